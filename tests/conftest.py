"""Fixtures: one embedded AWS a session, all four apps in this process, their pumps running."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

# Time is no property of ours on a shared machine; CI tries the same examples each time.
hypothesis_settings.register_profile(
    "rookery", deadline=None, derandomize=os.environ.get("CI") == "true"
)
hypothesis_settings.load_profile("rookery")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import permissions  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    # Models read the settings when they are imported: the stage's names must be fixed before.
    os.environ.setdefault("STAGE", "dev")
    os.environ.setdefault("ACCOUNT_ID", "000000000000")
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("RATE_LIMIT_MULTIPLIER", "1000")
    permissions.watch()


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator["object"]:
    """The running platform (see `tests.platform.Platform`)."""
    from tests.platform import Platform

    with Platform.start(tmp_path_factory.mktemp("state")) as running:
        yield running
