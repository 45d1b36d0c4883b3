"""Fixtures of the tests of deletions."""

import pytest

from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Person, Platform


@pytest.fixture(scope="module")
def moderator(platform: Platform) -> Person:
    return staff(platform, "moderator")


@pytest.fixture
def pair(platform: Platform) -> tuple[Person, Person]:
    """An author and another person."""
    return platform.register(), platform.register()
