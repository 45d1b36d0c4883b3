"""Contacts in PostgreSQL, or in a database with its protocol.

These are RDS, Aurora and Aurora DSQL.

pg8000 is pure Python: it runs on either architecture and brings no second OpenSSL into the
bundle. See docs/decisions for the alternatives.
"""

import math
import ssl
import threading
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from chalicelib.notifications.contacts import sign_in
from chalicelib.notifications.contacts.port import ConfigurationError
from chalicelib.notifications.contacts.sql import Row
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from shared.base.backoff import pause
from shared.base.process import process

_ATTEMPTS = 6
# For connecting and for every answer. A client-side timeout: DSQL refuses most session settings.
_TIMEOUT_SECONDS = 10
# SQLSTATEs to retry. DSQL commits optimistically and answers 40001 to the loser; two processes
# that create one table at once may collide in the catalogue despite IF NOT EXISTS (23505, 42710,
# 42P07). 40P01 is a deadlock.
_RETRIED = frozenset({"40001", "40P01", "23505", "42710", "42P07"})
# Classes of SQLSTATEs after which the connection is useless: connection, resources, operator,
# system.
_LOST = ("08", "53", "57", "58")
# DSQL ends connections after an hour: an older one is replaced between two statements instead.
_IAM_SECONDS = 50 * 60
_TLS_MODES = ("disable", "require", "verify-full")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(host: str, options: Mapping[str, str]) -> ssl.SSLContext | bool:
    """TLS of a connection; verifies the server by default."""
    mode = options.get("sslmode") or ("disable" if _loopback(host) else "verify-full")
    if mode not in _TLS_MODES:
        raise ConfigurationError(f"CONTACTS_URL: sslmode must be one of {', '.join(_TLS_MODES)}.")
    if mode == "disable":
        return False
    context = ssl.create_default_context(cafile=options.get("sslrootcert"))
    if mode == "require":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def connection_settings(url: str) -> dict[str, Any]:
    """Return the arguments of a pg8000 connection from a libpq URL.

    It has the form ``postgresql://user:password@host:port/database`` and takes the options
    ``sslmode`` (``disable``, ``require``, ``verify-full``) and ``sslrootcert``. Without
    ``sslmode`` the server's certificate is verified, except on a loopback address, which
    needs no TLS. ``auth=dsql`` and ``auth=rds`` are read by `sign_in.kind_of`.

    Raises:
        ConfigurationError: an option is unknown, or the user or host is missing; the message
            does not repeat the URL, since it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        raise ConfigurationError("CONTACTS_URL is not a URL.") from None
    options = dict(parse_qsl(parts.query))
    unknown = sorted(set(options) - {"sslmode", "sslrootcert", "auth"})
    if unknown:
        raise ConfigurationError(f"CONTACTS_URL: unknown options {', '.join(unknown)}.")
    if not parts.hostname or not parts.username:
        raise ConfigurationError("CONTACTS_URL must name a user and a host.")
    return {
        "user": unquote(parts.username),
        "password": None if parts.password is None else unquote(parts.password),
        "host": parts.hostname,
        "port": port,
        "database": unquote(parts.path.removeprefix("/"))
        # DSQL has one database.
        or ("postgres" if sign_in_kind(url) == sign_in.DSQL else unquote(parts.username)),
        "ssl_context": _tls(parts.hostname, options),
        "timeout": _TIMEOUT_SECONDS,
    }


def sign_in_kind(url: str) -> str:
    """Return how a libpq URL signs in (see `sign_in.kind_of`).

    Raises:
        ConfigurationError: the options contradict each other, or a token would travel
            without TLS.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    kind = sign_in.kind_of(parts.hostname or "", options.get("auth"), parts.password)
    if kind != sign_in.PASSWORD and options.get("sslmode") == "disable":
        raise ConfigurationError(f"CONTACTS_URL: auth={kind} needs TLS.")
    return kind


def _state(error: Exception) -> str:
    """SQLSTATE that the server sent; empty if there is none."""
    told = error.args[0] if error.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""


class PostgresEngine:
    """One autocommit connection per thread, replaced when the server drops it.

    Args:
        url: see `connection_settings`.
        connect: opens a connection, with those settings.

    Raises:
        ConfigurationError: the URL cannot be used.
    """

    def __init__(self, url: str, connect: Callable[..., Connection] = Connection) -> None:
        self._settings = connection_settings(url)
        self._kind = sign_in_kind(url)
        self._connect = connect
        self._local = threading.local()

    def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """See `Engine.run`.

        Serialization failures are retried and lost connections replaced, so statements must
        be safe to repeat.

        Raises:
            pg8000.exceptions.Error: the server keeps refusing, or cannot be reached.
        """
        attempt = 0
        while True:
            try:
                rows: list[Row] | None = self._connection().run(statement, **parameters)
                return rows or []
            except (DatabaseError, InterfaceError, OSError) as error:
                state = _state(error)
                # Without a state from the server, the connection broke or could not be made.
                if not isinstance(error, DatabaseError) or state.startswith(_LOST):
                    self._drop()
                elif state not in _RETRIED:
                    raise
                attempt += 1
                if attempt == _ATTEMPTS:
                    raise
            pause(attempt)

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and process.clock.monotonic() >= self._local.until:
            self._drop()
            connection = None
        if connection is None:
            connection = self._local.connection = self._connect(**self._signed_in())
            lasts = math.inf if self._kind == sign_in.PASSWORD else _IAM_SECONDS
            self._local.until = process.clock.monotonic() + lasts
        return connection

    def _signed_in(self) -> dict[str, Any]:
        """Settings of a new connection, with a token where IAM signs in."""
        found = self._settings
        if self._kind == sign_in.PASSWORD:
            return found
        token = sign_in.token(self._kind, found["host"], found["port"], found["user"])
        return {**found, "password": token}

    def _drop(self) -> None:
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            try:
                connection.close()
            except (InterfaceError, OSError):
                # It was lost already, which is why it is dropped.
                return
