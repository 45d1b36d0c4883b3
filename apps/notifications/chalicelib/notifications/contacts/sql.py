"""Contacts in SQL that SQLite, PostgreSQL and Aurora DSQL all understand.

DSQL allows no foreign keys, and each statement is a transaction of its own. Statements
name their parameters ``:like_this``; an engine translates them if it must.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from chalicelib.notifications.contacts import numbers, outside_sql
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core.content import OUTSIDE

from shared.base.clock import now_ms

_MIGRATIONS = Path(__file__).parent / "migrations"

_CREATE_HISTORY = """
CREATE TABLE IF NOT EXISTS contacts_migrations (
    version INTEGER PRIMARY KEY,
    applied_at BIGINT NOT NULL
)
"""
_APPLIED = "SELECT version FROM contacts_migrations"
_RECORD_MIGRATION = """
INSERT INTO contacts_migrations (version, applied_at) VALUES (:version, :now)
ON CONFLICT (version) DO NOTHING
"""
_FIND = """
SELECT email, username, name, email_version, verified_version
FROM contacts WHERE user_id = :user_id
"""
_SET_EMAIL = """
INSERT INTO contacts (user_id, email, email_version, updated_at)
VALUES (:user_id, :email, :version, :now)
ON CONFLICT (user_id) DO UPDATE SET
    email = excluded.email,
    email_version = excluded.email_version,
    updated_at = excluded.updated_at
WHERE contacts.email_version < excluded.email_version
"""
_SET_VERIFIED = """
INSERT INTO contacts (user_id, verified_version, updated_at) VALUES (:user_id, :version, :now)
ON CONFLICT (user_id) DO UPDATE SET
    verified_version = excluded.verified_version,
    updated_at = excluded.updated_at
WHERE contacts.verified_version < excluded.verified_version
"""
_SET_NAME = """
INSERT INTO contacts (user_id, username, name, name_version, updated_at)
VALUES (:user_id, :username, :name, :version, :now)
ON CONFLICT (user_id) DO UPDATE SET
    username = excluded.username,
    name = excluded.name,
    name_version = excluded.name_version,
    updated_at = excluded.updated_at
WHERE (contacts.name IS NULL AND contacts.name_version = 0)
    OR contacts.name_version < excluded.name_version
"""
_SET_PENDING = """
INSERT INTO contacts_pending (user_id, email, version) VALUES (:user_id, :email, :version)
ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, version = excluded.version
WHERE contacts_pending.version < excluded.version
"""
_FIND_PENDING = "SELECT email FROM contacts_pending WHERE user_id = :user_id"
_SET_FORMER = _SET_PENDING.replace("contacts_pending", "contacts_former")
_FIND_FORMER = _FIND_PENDING.replace("contacts_pending", "contacts_former")
# A row without content stays, newer than any event, so late events add nothing.
_LAST_VERSION = 2**63 - 1
_FORGET = """
INSERT INTO contacts (user_id, email_version, verified_version, name_version, updated_at)
VALUES (:user_id, :last, :last, :last, :now)
ON CONFLICT (user_id) DO UPDATE SET
    email = NULL,
    username = NULL,
    name = NULL,
    email_version = excluded.email_version,
    verified_version = excluded.verified_version,
    name_version = excluded.name_version,
    updated_at = excluded.updated_at
"""
_FORGET_PENDING = """
INSERT INTO contacts_pending (user_id, version) VALUES (:user_id, :last)
ON CONFLICT (user_id) DO UPDATE SET email = NULL, version = excluded.version
"""
_USERS = """
SELECT user_id FROM contacts WHERE user_id > :after AND email_version < :last
ORDER BY user_id LIMIT :limit
"""
_ERASED = "SELECT user_id FROM contacts WHERE email_version = :last AND user_id IN"
_TOGETHER = 100
_FORGET_FORMER = _FORGET_PENDING.replace("contacts_pending", "contacts_former")

Row = Sequence[Any]


def migrations() -> list[tuple[int, str]]:
    """Return (number, statement) of all migrations; one statement per file."""
    paths = sorted(_MIGRATIONS.glob("[0-9]*.sql"))
    return [(int(path.name.partition("_")[0]), path.read_text()) for path in paths]


class Engine(Protocol):
    """Port of a database: runs single SQL statements, from any thread."""

    def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run a statement in a transaction of its own; return its rows, if any."""
        ...


def migrate(engine: Engine) -> list[int]:
    """Apply the missing migrations; return their numbers.

    Two processes may do this at once: every statement is safe to repeat.
    """
    run = engine.run
    run(_CREATE_HISTORY, {})
    applied = {int(row[0]) for row in run(_APPLIED, {})}
    missing = [(number, sql) for number, sql in migrations() if number not in applied]
    for number, statement in missing:
        run(statement, {})
        run(_RECORD_MIGRATION, {"version": number, "now": now_ms()})
    return [number for number, _ in missing]


class SqlContacts:
    """Contacts behind an engine, whose schema is up to date."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._run = engine, engine.run

    def migrate(self) -> list[int]:
        """See `migrate`."""
        return migrate(self._engine)

    def find(self, user_id: str) -> Contact | None:
        """See `Contacts.find`."""
        if user_id.startswith(OUTSIDE):
            return outside_sql.find(self._run, user_id)
        rows = self._run(_FIND, {"user_id": user_id})
        if not rows or rows[0][3] == _LAST_VERSION:
            return None
        email, username, name, email_version, verified_version = rows[0]
        verified = email is not None and verified_version >= email_version
        return Contact(user_id, email, verified, username, name)

    def set_email(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_email`."""
        self._run(
            _SET_EMAIL,
            {"user_id": user_id, "email": email, "version": version, "now": now_ms()},
        )

    def set_verified(self, user_id: str, version: int) -> None:
        """See `Contacts.set_verified`."""
        self._run(_SET_VERIFIED, {"user_id": user_id, "version": version, "now": now_ms()})

    def set_name(self, user_id: str, username: str, name: str, version: int) -> None:
        """See `Contacts.set_name`."""
        self._run(
            _SET_NAME,
            {
                "user_id": user_id,
                "username": username,
                "name": name,
                "version": version,
                "now": now_ms(),
            },
        )

    def set_pending(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_pending`."""
        self._run(_SET_PENDING, {"user_id": user_id, "email": email, "version": version})

    def find_pending(self, user_id: str) -> str | None:
        """See `Contacts.find_pending`."""
        rows = self._run(_FIND_PENDING, {"user_id": user_id})
        return str(rows[0][0]) if rows and rows[0][0] is not None else None

    def set_former(self, user_id: str, email: str, version: int) -> None:
        """See `Contacts.set_former`."""
        self._run(_SET_FORMER, {"user_id": user_id, "email": email, "version": version})

    def find_former(self, user_id: str) -> str | None:
        """See `Contacts.find_former`."""
        rows = self._run(_FIND_FORMER, {"user_id": user_id})
        return str(rows[0][0]) if rows and rows[0][0] is not None else None

    def forget(self, user_id: str, until: int | None = None) -> None:
        """See `Contacts.forget`."""
        if user_id.startswith(OUTSIDE):
            outside_sql.remove(self._run, user_id, _LAST_VERSION if until is None else until)
            return
        self._run(_FORGET, {"user_id": user_id, "last": _LAST_VERSION, "now": now_ms()})
        for statement in (_FORGET_PENDING, _FORGET_FORMER):
            self._run(statement, {"user_id": user_id, "last": _LAST_VERSION})

    def erased_among(self, recipient_ids: Sequence[str]) -> set[str]:
        """See `Contacts.erased_among`."""
        users = [one for one in recipient_ids if not one.startswith(OUTSIDE)]
        erased = set(recipient_ids) - set(users)
        for of_owner in outside_sql.by_owner(erased):
            erased -= {one.user_id for one in self.outside_among(of_owner)}
        for start in range(0, len(users), _TOGETHER):
            some = users[start : start + _TOGETHER]
            ids = {f"id{number}": one for number, one in enumerate(some)}
            places = ", ".join(f":{name}" for name in ids)
            rows = self._run(f"{_ERASED} ({places})", {**ids, "last": _LAST_VERSION})
            erased |= {str(row[0]) for row in rows}
        return erased

    def put_outside(self, contact: Contact) -> None:
        """See `Contacts.put_outside`."""
        outside_sql.put(self._run, contact)

    def outside_among(self, recipient_ids: Sequence[str]) -> list[Contact]:
        """See `Contacts.outside_among`."""
        return outside_sql.among(self._run, recipient_ids)

    def outside_page(self, owner: str, after: str, limit: int) -> list[Contact]:
        """See `Contacts.outside_page`."""
        return outside_sql.page(self._run, owner, after, limit)

    def users_page(self, after: str, limit: int) -> list[str]:
        """See `Contacts.users_page`."""
        values = {"after": after, "last": _LAST_VERSION, "limit": limit}
        return [str(row[0]) for row in self._run(_USERS, values)]

    def holders(self, number: str) -> list[str]:
        """See `Contacts.holders`."""
        return numbers.holders(self._run, number)
