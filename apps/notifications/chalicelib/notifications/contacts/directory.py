"""The process's contacts: the configured store behind a cache.

Addresses live in a relational store apart from all other data, so that they can be
exported, corrected and erased in one place.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from chalicelib.notifications.contacts.port import ConfigurationError, Contact, Contacts
from chalicelib.notifications.core import cache

from shared.base.config import settings
from shared.base.process import Cache, process

if TYPE_CHECKING:
    from chalicelib.notifications.contacts.sql import Engine

CACHE_SECONDS = 30.0
_MEMBERS = frozenset(field.name for field in fields(Contact))


class CachedContacts:
    """Contacts with an in-process cache of some seconds, and a shared one.

    Absence is not cached: a mail may be sent moments after a registration.
    """

    def __init__(self, inner: Contacts, seconds: float = CACHE_SECONDS) -> None:
        self._inner = inner
        self._cache: Cache[str, Contact] = process.cache(10_000, seconds)

    def find(self, user_id: str) -> Contact | None:
        """See `Contacts.find`; at most the caches' seconds old."""
        cached = self._cache.get(user_id)
        if cached is not None:
            return cached
        shared = cache.contacts().get(user_id)
        if shared is not None:
            return self._cache.put(user_id, _contact(shared))
        contact = self._inner.find(user_id)
        if contact is None:
            return None
        cache.contacts().fill(user_id, asdict(contact))
        return self._cache.put(user_id, contact)

    def set_email(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_email`."""
        self._inner.set_email(user_id, email, version)
        self._changed(user_id)

    def set_verified(self, user_id: str, version: int) -> None:
        """See `Contacts.set_verified`."""
        self._inner.set_verified(user_id, version)
        self._changed(user_id)

    def set_name(self, user_id: str, username: str, name: str, version: int) -> None:
        """See `Contacts.set_name`."""
        self._inner.set_name(user_id, username, name, version)
        self._changed(user_id)

    def set_pending(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_pending`."""
        self._inner.set_pending(user_id, email, version)

    def find_pending(self, user_id: str) -> str | None:
        """See `Contacts.find_pending`; rare, so not cached."""
        return self._inner.find_pending(user_id)

    def set_former(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_former`."""
        self._inner.set_former(user_id, email, version)

    def find_former(self, user_id: str) -> str | None:
        """See `Contacts.find_former`; rare, so not cached."""
        return self._inner.find_former(user_id)

    def forget(self, user_id: str, until: int | None = None) -> None:
        """See `Contacts.forget`."""
        self._inner.forget(user_id, until)
        self._changed(user_id)

    def erased_among(self, recipient_ids: Sequence[str]) -> set[str]:
        """See `Contacts.erased_among`."""
        return self._inner.erased_among(recipient_ids)

    def put_outside(self, contact: Contact) -> None:
        """See `Contacts.put_outside`."""
        self._inner.put_outside(contact)
        self._changed(contact.user_id)

    def outside_among(self, recipient_ids: Sequence[str]) -> list[Contact]:
        """See `Contacts.outside_among`."""
        return self._inner.outside_among(recipient_ids)

    def outside_page(self, owner: str, after: str, limit: int) -> list[Contact]:
        """See `Contacts.outside_page`."""
        return self._inner.outside_page(owner, after, limit)

    def users_page(self, after: str, limit: int) -> list[str]:
        """See `Contacts.users_page`."""
        return self._inner.users_page(after, limit)

    def holders(self, number: str) -> list[str]:
        """See `Contacts.holders`."""
        return self._inner.holders(number)

    def _changed(self, user_id: str) -> None:
        self._cache.pop(user_id)
        cache.contacts().changed([user_id])


def _contact(stored: dict[str, Any]) -> Contact:
    """Contact in the shared cache: another version may have put more members."""
    return Contact(**{name: value for name, value in stored.items() if name in _MEMBERS})


@process.lazy
def database() -> "Engine":
    """Return the process's database, connected at first use and migrated.

    Raises:
        ConfigurationError: CONTACTS_URL is missing or of an unknown kind.
    """
    from chalicelib.notifications.contacts.sql import migrate

    engine = open_engine(settings().contacts_url)
    migrate(engine)
    return engine


@process.lazy
def store() -> CachedContacts:
    """Return the process's contacts, in `database`."""
    from chalicelib.notifications.contacts.sql import SqlContacts

    return CachedContacts(SqlContacts(database()))


def open_store(url: str) -> Contacts:
    """Return the store behind a URL, with an up-to-date schema.

    Raises:
        ConfigurationError: see `open_engine`.
    """
    from chalicelib.notifications.contacts.sql import SqlContacts, migrate

    engine = open_engine(url)
    migrate(engine)
    opened: Contacts = SqlContacts(engine)
    return opened


def open_engine(url: str) -> "Engine":
    """Return the database behind a URL.

    Args:
        url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://…``.

    Raises:
        ConfigurationError: the URL is empty or of an unknown kind; the message does not
            repeat it, since it may hold a password.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from chalicelib.notifications.contacts.sqlite import SqliteEngine

        return SqliteEngine(rest[1:])
    if scheme in ("postgresql", "postgres") and rest:
        from chalicelib.notifications.contacts.postgres import PostgresEngine

        return PostgresEngine(url)
    kind = f"the scheme [{scheme}]" if url else "nothing"
    raise ConfigurationError(
        f"CONTACTS_URL must be sqlite:///<path> or postgresql://<dsn>; it holds {kind}."
    )
