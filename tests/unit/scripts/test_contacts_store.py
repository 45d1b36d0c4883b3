"""The local store of contacts, its copy, and what a damaged one leaves."""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from scripts.base.domain import load_app
from scripts.local.contacts import ContactsStore
from scripts.local.strangers import TABLES

load_app("notifications")
from chalicelib.notifications.contacts.sql import migrations

DAMAGE = b"SQLite format 3\0" + b"\xff" * 5_000


def write(path: Path, digest: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for _, statement in migrations():
            database.execute(statement)
        values = ("email", digest, "bounced", 1)
        database.execute("INSERT INTO suppressions VALUES (?, ?, ?, ?)", values)


def suppressed(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT digest FROM suppressions")]


@pytest.fixture
def store(tmp_path: Path) -> ContactsStore:
    return ContactsStore(tmp_path)


def test_a_first_start_and_a_whole_store_need_nothing(store: ContactsStore) -> None:
    assert store.restore() is None
    store.keep_copy()
    assert not store.copy.exists()
    write(store.path, "bounced")
    assert store.restore() is None
    assert not store.is_lost


@pytest.mark.parametrize("damage", [DAMAGE, b"nothing of SQLite", None])
def test_the_copy_takes_the_place_of_a_damaged_store(
    store: ContactsStore, tmp_path: Path, damage: bytes | None
) -> None:
    write(store.path, "bounced")
    store.keep_copy()
    if damage is None:
        store.path.unlink()
    else:
        store.path.write_bytes(damage)
    said = store.restore()
    assert said is not None
    assert ("is missing" if damage is None else "is damaged: set aside as damaged-") in said
    assert "takes its place" in said and "later changes of devices" in said
    assert suppressed(store.path) == ["bounced"]
    aside = {one.read_bytes() for one in tmp_path.glob("damaged-*")}
    assert aside == ({damage} if damage else set())
    # Until the accounts were published, also by another start.
    assert ContactsStore(tmp_path).is_lost
    store.was_published()
    assert not ContactsStore(tmp_path).is_lost


@pytest.mark.parametrize("copy", [DAMAGE, None])
def test_without_a_whole_copy_it_is_said_what_is_lost(
    store: ContactsStore, copy: bytes | None
) -> None:
    store.path.write_bytes(DAMAGE)
    if copy:
        store.copy.write_bytes(copy)
    said = store.restore()
    assert (
        said is not None and "suppressed addresses, outside contacts and segments are lost" in said
    )
    assert ("so is its copy" in said) == bool(copy)
    assert not store.path.exists() and not store.copy.exists() and store.is_lost


def test_a_damaged_store_does_not_replace_the_copy(store: ContactsStore) -> None:
    write(store.path, "bounced")
    store.keep_copy()
    for damage in (DAMAGE, store.path.read_bytes()[:9_000] + b"\xff" * 9_000):
        store.path.write_bytes(damage)
        store.keep_copy()
        assert suppressed(store.copy) == ["bounced"]
    assert not store.copy.with_suffix(".tmp").exists()


def test_copies_are_made_in_their_time_and_after_changes(
    store: ContactsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store.path, "one")
    store.tend()
    assert not store.copy.exists()
    monkeypatch.setattr(store, "_due", 0.0)
    store.tend()
    assert suppressed(store.copy) == ["one"]
    before = store.copy.stat().st_ino
    store.keep_copy()
    assert store.copy.stat().st_ino == before, "nothing had changed"
    with contextlib.closing(sqlite3.connect(store.path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO suppressions VALUES ('email', 'two', 'bounced', 1)")
        database.commit()
        # What the log alone holds is copied too, beside an open connection.
        store.keep_copy()
    assert suppressed(store.copy) == ["one", "two"]


def test_every_table_of_users_is_cleaned_of_strangers() -> None:
    text = "\n".join(statement for _, statement in migrations())
    made = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*?)\n\)", text, re.DOTALL)
    columns = {name: set(re.findall(r"^\s+(\w+) ", body, re.MULTILINE)) for name, body in made}
    # Those with an owner are of outside contacts.
    users = {
        name: found & {"user_id", "recipient_id"}
        for name, found in columns.items()
        if "owner" not in found
    }
    assert {name: {column} for name, column in TABLES.items()} == {
        name: found for name, found in users.items() if found
    }
