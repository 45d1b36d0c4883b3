"""Statements of outside contacts; a recipient id begins with its owner's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.notifications.contacts.port import Contact

from shared.base.clock import now_ms

Run = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]

_COLUMNS = "recipient_id, email, phone, locale, time_zone"
_FIND = f"SELECT {_COLUMNS} FROM outside_contacts WHERE owner = :owner AND recipient_id = :id"  # noqa: S608
_PUT = """
INSERT INTO outside_contacts
    (owner, recipient_id, email, phone, locale, time_zone, created_at, updated_at)
VALUES (:owner, :id, :email, :phone, :locale, :time_zone, :now, :now)
ON CONFLICT (owner, recipient_id) DO UPDATE SET
    email = excluded.email,
    phone = excluded.phone,
    locale = excluded.locale,
    time_zone = excluded.time_zone,
    updated_at = excluded.updated_at
"""
_REMOVE = "DELETE FROM outside_contacts WHERE owner = :owner AND recipient_id = :id"
_PAGE = """
SELECT recipient_id FROM outside_contacts
WHERE owner = :owner AND recipient_id > :after
    AND (:locale = '' OR locale = :locale) AND (:time_zone = '' OR time_zone = :time_zone)
ORDER BY recipient_id LIMIT :limit
"""
_KNOWN = """
SELECT recipient_id FROM outside_contacts WHERE owner = :owner AND recipient_id IN
"""
_MAX_KNOWN = 100


def find(run: Run, recipient_id: str) -> Contact | None:
    """See `Contacts.find`."""
    rows = run(_FIND, _key(recipient_id))
    if not rows:
        return None
    _, email, phone, locale, time_zone = rows[0]
    return Contact(
        recipient_id, email, email is not None, phone=phone, locale=locale, time_zone=time_zone
    )


def put(run: Run, contact: Contact) -> None:
    """See `Contacts.put_outside`."""
    run(
        _PUT,
        {
            **_key(contact.user_id),
            "email": contact.email,
            "phone": contact.phone,
            "locale": contact.locale,
            "time_zone": contact.time_zone,
            "now": now_ms(),
        },
    )


def remove(run: Run, recipient_id: str) -> None:
    """Delete an outside contact."""
    run(_REMOVE, _key(recipient_id))


def known(run: Run, recipient_ids: Sequence[str]) -> set[str]:
    """See `Contacts.known_outside`."""
    found: set[str] = set()
    for start in range(0, len(recipient_ids), _MAX_KNOWN):
        some = recipient_ids[start : start + _MAX_KNOWN]
        names = {f"id{number}": one for number, one in enumerate(some)}
        places = ", ".join(f":{name}" for name in names)
        owner = _key(some[0])["owner"]
        statement = f"{_KNOWN} ({places})"
        found.update(str(row[0]) for row in run(statement, {**names, "owner": owner}))
    return found


def page(run: Run, owner: str, after: str, limit: int, where: Mapping[str, str]) -> list[str]:
    """See `Contacts.outside_page`."""
    parameters = {
        "owner": owner,
        "after": after,
        "locale": where.get("locale", ""),
        "time_zone": where.get("time_zone", ""),
        "limit": limit,
    }
    return [str(row[0]) for row in run(_PAGE, parameters)]


def _key(recipient_id: str) -> dict[str, str]:
    return {"owner": recipient_id.split(":", 2)[1], "id": recipient_id}
