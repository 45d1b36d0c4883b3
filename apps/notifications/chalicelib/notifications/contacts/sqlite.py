"""Contacts in an SQLite file: the default of the local stack."""

import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.notifications.contacts.sql import Row

from shared.base.backoff import pause

_BUSY_SECONDS = 10.0
# Some seconds of pauses.
_ATTEMPTS = 20


class SqliteEngine:
    """One connection per thread, and a write-ahead log.

    Readers never wait for the writer.

    Args:
        path: of the file; its directory is made if it is missing.
    """

    def __init__(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()

    def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """See `Engine.run`; waits up to ten seconds for another writer."""
        return self._connection().execute(statement, dict(parameters)).fetchall()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Autocommit: each statement is a transaction of its own.
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
            _write_ahead(connection)
            # The event that brought a row is deleted once it is written: no power failure
            # may take the row then.
            connection.execute("PRAGMA synchronous = FULL")
            self._local.connection = connection
        return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on, which a file remembers.

    Of several that open a new file at once SQLite refuses some without any wait: each holds the
    lock that the others need.

    Raises:
        OperationalError: others hold the file for seconds.
    """
    for attempt in range(_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if attempt == _ATTEMPTS - 1:
                raise
            pause(attempt)
        else:
            return
