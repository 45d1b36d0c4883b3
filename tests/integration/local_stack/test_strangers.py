"""Contacts of accounts that are not there go, those of others stay."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from scripts.base.domain import load_app
from scripts.local.strangers import TABLES, remove_strangers
from shared.aws import sdk
from tests.platform import Platform

load_app("notifications")
from chalicelib.notifications.contacts.sql import migrations

pytestmark = pytest.mark.integration
STRANGER, OUTSIDE = "2127407310741271609", "contact:key:ada"


def fill(database: sqlite3.Connection, person: str) -> None:
    """Write a row of a person into each table that has rows of persons."""
    for table, column in TABLES.items():
        values: dict[str, object] = {column: person}
        for _, name, kind, required, default, _ in database.execute(f"PRAGMA table_info({table})"):
            if required and default is None:
                values.setdefault(name, 1 if kind == "BIGINT" else f"{name} of {person}")
        database.execute(
            f"INSERT INTO {table} ({','.join(values)}) VALUES ({','.join('?' * len(values))})",
            list(values.values()),
        )


def people(path: Path) -> dict[str, set[str]]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return {
            table: {row[0] for row in database.execute(f"SELECT {column} FROM {table}")}
            for table, column in TABLES.items()
        }


def test_what_belongs_to_accounts_that_are_not_there_goes(
    platform: Platform, tmp_path: Path
) -> None:
    person, path = platform.register(), tmp_path / "contacts.db"
    users, dynamodb = "rookery-dev-users-users", sdk.client("dynamodb")
    assert remove_strangers(path, dynamodb, users) == 0
    assert not path.exists()
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for _, statement in migrations():
            database.execute(statement)
        # More than a BatchGetItem takes.
        strangers = [STRANGER, *(str(number) for number in range(120))]
        for one in (person.id, OUTSIDE, *strangers):
            fill(database, one)
    assert remove_strangers(path, dynamodb, users) == len(strangers)
    assert people(path) == {table: {person.id, OUTSIDE} for table in TABLES}
    assert remove_strangers(path, dynamodb, users) == 0


def test_an_older_store_lacks_tables(platform: Platform, tmp_path: Path) -> None:
    path = tmp_path / "contacts.db"
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(migrations()[0][1])
        database.execute("INSERT INTO contacts (user_id, updated_at) VALUES (?, 1)", [STRANGER])
    assert remove_strangers(path, sdk.client("dynamodb"), "rookery-dev-users-users") == 1
