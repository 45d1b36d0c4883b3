"""Brings the contacts (SQLite) back to what the tables say.

They are a store of their own: a start checks the file, and after an end that was
not clean removes contacts of accounts that are not there.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_FILES = ("contacts.db", "contacts.db-wal", "contacts.db-shm", "contacts.db-journal")
_TABLES = ("contacts", "contacts_pending", "contacts_former")
# BatchGetItem takes as many keys.
_BATCH = 100


def is_whole(path: Path) -> bool:
    """Return True if SQLite finds the file in order, or there is none."""
    if not path.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            return [row[0] for row in database.execute("PRAGMA quick_check(1)")] == ["ok"]
    except sqlite3.DatabaseError:
        return False


def set_damaged_aside(state: Path) -> str | None:
    """Rename a damaged file and return its new name; None if all is well."""
    if is_whole(state / "contacts.db"):
        return None
    mark = f"damaged-{time.time_ns()}-"
    for name in _FILES:
        if (state / name).exists():
            (state / name).rename(state / f"{mark}{name}")
    return f"{mark}contacts.db"


def remove_strangers(path: Path, dynamodb: Any, users_table: str) -> int:
    """Remove contacts whose account does not exist; return how many.

    Rows of erased accounts hold nothing any more and stay: late events find them.
    """
    if not path.exists():
        return 0
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as database, database:
        try:
            rows = database.execute("SELECT user_id FROM contacts WHERE username IS NOT NULL "
                                    "OR email IS NOT NULL")  # fmt: skip
            ids = [str(row[0]) for row in rows]
        except sqlite3.OperationalError:
            # No table yet: nobody has registered.
            return 0
        strangers = set(ids) - set(_existing(dynamodb, users_table, ids))
        for table in _TABLES:
            database.executemany(
                f"DELETE FROM {table} WHERE user_id = ?",  # noqa: S608
                [(one,) for one in strangers],
            )
    return len(strangers)


def _existing(dynamodb: Any, table: str, ids: Iterable[str]) -> Iterator[str]:
    source = iter(ids)
    while batch := list(itertools.islice(source, _BATCH)):
        keys = [{"id": {"S": one}} for one in batch]
        while keys:
            request = {table: {"Keys": keys, "ProjectionExpression": "id", "ConsistentRead": True}}
            answer = dynamodb.batch_get_item(RequestItems=request)
            yield from (one["id"]["S"] for one in answer["Responses"].get(table, ()))
            keys = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
