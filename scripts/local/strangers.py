"""Brings the contacts (SQLite) back to the accounts that the tables hold.

They are a store of their own: after an end that was not clean, they may be of accounts
that are not there.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

# Tables with rows of users, and the columns that name them.
TABLES = {
    "contacts": "user_id",
    "contacts_pending": "user_id",
    "contacts_former": "user_id",
    "devices": "user_id",
    "device_owners": "user_id",
    "phones": "user_id",
    "consents": "user_id",
    "number_holders": "recipient_id",
}
# Ids of recipients outside the platform, who have no account.
_OUTSIDE = "contact:"
# BatchGetItem takes as many keys.
_BATCH = 100


def remove_strangers(path: Path, dynamodb: Any, users_table: str) -> int:
    """Remove what belongs to accounts that do not exist; return how many.

    Rows of erased accounts hold nothing any more and stay: late events find them, and the
    account is there as a tombstone.
    """
    if not path.exists():
        return 0
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as database, database:
        made = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        # Before anybody registered, and in a store of an earlier version, some are missing.
        tables = {table: column for table, column in TABLES.items() if table in made}
        ids = {
            str(row[0])
            for table, column in tables.items()
            for row in database.execute(f"SELECT DISTINCT {column} FROM {table}")  # noqa: S608
            if not str(row[0]).startswith(_OUTSIDE)
        }
        strangers = sorted(ids - set(_existing(dynamodb, users_table, ids)))
        for table, column in tables.items():
            database.executemany(
                f"DELETE FROM {table} WHERE {column} = ?",  # noqa: S608
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
