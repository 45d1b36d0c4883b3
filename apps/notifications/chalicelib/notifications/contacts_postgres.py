"""Contacts in PostgreSQL or what speaks its protocol (RDS, Aurora, Aurora DSQL)."""

import re
import threading
from collections.abc import Mapping
from typing import Any

import psycopg
from chalicelib.notifications.contacts_sql import Row
from chalicelib.notifications.transactions import pause
from psycopg import errors

_ATTEMPTS = 6
_CONNECT_SECONDS = 5
_SILENCE_MS = 10_000
# A colon that begins a parameter, not one of a cast (``::text``).
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
# DSQL commits optimistically and answers 40001 to the loser; two processes that create the
# same table at once may collide in the catalogue whatever IF NOT EXISTS says.
_AGAIN = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.UniqueViolation,
    errors.DuplicateObject,
    errors.DuplicateTable,
)


class PostgresEngine:
    """One autocommit connection a thread, replaced when the server drops it.

    Args:
        url: a libpq connection URL.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()

    def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """See `Engine.run`.

        A serialization failure is retried, a lost connection is replaced:
        every statement it is given bears repetition.

        Raises:
            psycopg.Error: the server keeps refusing or cannot be reached.
        """
        sql = _PARAMETER.sub(r"%(\1)s", statement)
        attempt = 0
        while True:
            try:
                cursor = self._connection().execute(sql, dict(parameters))
                return list(cursor.fetchall()) if cursor.description else []
            except (*_AGAIN, psycopg.OperationalError) as error:
                if not isinstance(error, _AGAIN):
                    self._drop()
                attempt += 1
                if attempt == _ATTEMPTS:
                    raise
            pause(attempt)

    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        connection: psycopg.Connection[tuple[Any, ...]] | None
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            # The limits are the client's own: DSQL refuses most session settings.
            connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=_CONNECT_SECONDS,
                tcp_user_timeout=_SILENCE_MS,
            )
            self._local.connection = connection
        return connection

    def _drop(self) -> None:
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()
