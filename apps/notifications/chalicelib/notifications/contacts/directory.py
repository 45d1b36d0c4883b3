"""Where people can be reached: a cache in front of the contacts, and the choice of a store.

Addresses live in a relational store apart from everything else, so that they
can be exported, corrected and erased in one place.
"""

import threading

from cachetools import TTLCache
from chalicelib.notifications.contacts.port import ConfigurationError, Contact, Contacts

from shared.base.config import settings

CACHE_SECONDS = 30.0


class CachedContacts:
    """Contacts with an in-process cache of seconds.

    Absence is not remembered: a mail may be sent moments after a registration.
    """

    def __init__(self, inner: Contacts, seconds: float = CACHE_SECONDS) -> None:
        self._inner = inner
        self._cache: TTLCache[str, Contact] = TTLCache(maxsize=10_000, ttl=seconds)
        self._lock = threading.Lock()

    def find(self, user_id: str) -> Contact | None:
        """The contact, at most the cache's seconds old."""
        with self._lock:
            cached = self._cache.get(user_id)
        if cached is not None:
            return cached
        contact = self._inner.find(user_id)
        if contact is not None:
            with self._lock:
                self._cache[user_id] = contact
        return contact

    def set_email(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_email`."""
        self._inner.set_email(user_id, email, version)
        self._drop(user_id)

    def set_verified(self, user_id: str, version: int) -> None:
        """See `Contacts.set_verified`."""
        self._inner.set_verified(user_id, version)
        self._drop(user_id)

    def set_name(self, user_id: str, username: str, name: str, version: int) -> None:
        """See `Contacts.set_name`."""
        self._inner.set_name(user_id, username, name, version)
        self._drop(user_id)

    def set_pending(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_pending`."""
        self._inner.set_pending(user_id, email, version)

    def find_pending(self, user_id: str) -> str | None:
        """See `Contacts.find_pending`; rare, and never cached."""
        return self._inner.find_pending(user_id)

    def set_former(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_former`."""
        self._inner.set_former(user_id, email, version)

    def find_former(self, user_id: str) -> str | None:
        """See `Contacts.find_former`; rare, and never cached."""
        return self._inner.find_former(user_id)

    def forget(self, user_id: str) -> None:
        """See `Contacts.forget`."""
        self._inner.forget(user_id)
        self._drop(user_id)

    def _drop(self, user_id: str) -> None:
        with self._lock:
            self._cache.pop(user_id, None)


_store: CachedContacts | None = None
_store_lock = threading.Lock()


def store() -> CachedContacts:
    """The process's contacts, connected at first use.

    Raises:
        ConfigurationError: CONTACTS_URL is missing or of an unknown kind.
    """
    global _store
    if _store is None:
        with _store_lock:
            if _store is None:
                _store = CachedContacts(open_store(settings().contacts_url))
    return _store


def reset() -> None:
    """Forget the store (tests that change the settings call this)."""
    global _store
    with _store_lock:
        _store = None


def open_store(url: str) -> Contacts:
    """The store behind a URL, its schema up to date.

    Args:
        url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://…``.

    Raises:
        ConfigurationError: the URL is empty or of an unknown kind; it is not
            repeated in the message, because it may hold a password.
    """
    from chalicelib.notifications.contacts.sql import Engine, SqlContacts

    scheme, _, rest = url.partition("://")
    engine: Engine | None = None
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from chalicelib.notifications.contacts.sqlite import SqliteEngine

        engine = SqliteEngine(rest[1:])
    elif scheme in ("postgresql", "postgres") and rest:
        from chalicelib.notifications.contacts.postgres import PostgresEngine

        engine = PostgresEngine(url)
    if engine is not None:
        opened: Contacts = SqlContacts(engine)
        return opened
    kind = f"the scheme [{scheme}]" if url else "nothing"
    raise ConfigurationError(
        f"CONTACTS_URL must be sqlite:///<path> or postgresql://<dsn>; it holds {kind}."
    )
