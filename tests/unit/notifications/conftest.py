"""Stores of contacts in both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.base.domain import load_app

load_app("notifications")
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.port import Contacts
from chalicelib.notifications.contacts.sql import Engine, migrate

from tests.unit.notifications.postgres import as_admin, postgres_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'contacts.db'}"
    base: str = request.getfixturevalue("postgres_url")
    as_admin(base, "DROP SCHEMA public CASCADE")
    as_admin(base, "CREATE SCHEMA public")
    return base


@pytest.fixture
def engine(url: str) -> Engine:
    """An engine of a store whose tables are there."""
    opened = directory.open_engine(url)
    migrate(opened)
    return opened


@pytest.fixture
def store(url: str) -> Contacts:
    return directory.open_store(url)
