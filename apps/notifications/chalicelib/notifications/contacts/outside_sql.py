"""Statements of outside contacts; a recipient id begins with its owner's."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chalicelib.notifications.contacts import numbers
from chalicelib.notifications.contacts.port import Contact

from shared.base.clock import now_ms

Run = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]

_SELECT = """
SELECT c.recipient_id, email, phone, locale, time_zone, attributes FROM outside_contacts c
LEFT JOIN contact_attributes a ON a.owner = c.owner AND a.recipient_id = c.recipient_id
WHERE c.owner = :owner
"""
_FIND = f"{_SELECT} AND c.recipient_id = :id"
_PAGE = f"{_SELECT} AND c.recipient_id > :after ORDER BY c.recipient_id LIMIT :limit"
_AMONG = f"{_SELECT} AND c.recipient_id IN"
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
_PUT_ATTRIBUTES = """
INSERT INTO contact_attributes (owner, recipient_id, attributes)
VALUES (:owner, :id, :attributes)
ON CONFLICT (owner, recipient_id) DO UPDATE SET attributes = excluded.attributes
"""
_MADE = "SELECT created_at FROM outside_contacts WHERE owner = :owner AND recipient_id = :id"
_REMOVE = """
DELETE FROM outside_contacts
WHERE owner = :owner AND recipient_id = :id AND created_at <= :until
"""
_REMOVE_ATTRIBUTES = "DELETE FROM contact_attributes WHERE owner = :owner AND recipient_id = :id"
_MAX_AMONG = 100


def find(run: Run, recipient_id: str) -> Contact | None:
    """See `Contacts.find`."""
    rows = run(_FIND, _key(recipient_id))
    return _contact(rows[0]) if rows else None


def put(run: Run, contact: Contact) -> None:
    """See `Contacts.put_outside`."""
    key, former = _key(contact.user_id), find(run, contact.user_id)
    if contact.phone:
        numbers.add(run, contact.phone, contact.user_id)
    if contact.attributes:
        attributes = json.dumps(contact.attributes, ensure_ascii=False)
        run(_PUT_ATTRIBUTES, {**key, "attributes": attributes})
    elif former and former.attributes:
        run(_REMOVE_ATTRIBUTES, key)
    run(
        _PUT,
        {
            **key,
            "email": contact.email,
            "phone": contact.phone,
            "locale": contact.locale,
            "time_zone": contact.time_zone,
            "now": now_ms(),
        },
    )
    if former and former.phone and former.phone != contact.phone:
        numbers.remove(run, former.phone, contact.user_id)


def remove(run: Run, recipient_id: str, until: int) -> None:
    """Delete an outside contact, unless it was made after a moment (Unix ms).

    The contact's row leads to the others, so it goes last; without it there are no others.
    """
    key, former = _key(recipient_id), find(run, recipient_id)
    made = run(_MADE, key)
    if former is None or not made or int(made[0][0]) > until:
        return
    if former.phone:
        numbers.remove(run, former.phone, recipient_id)
    run(_REMOVE_ATTRIBUTES, key)
    run(_REMOVE, {**key, "until": until})


def among(run: Run, recipient_ids: Sequence[str]) -> list[Contact]:
    """See `Contacts.outside_among`."""
    found: list[Contact] = []
    for start in range(0, len(recipient_ids), _MAX_AMONG):
        some = recipient_ids[start : start + _MAX_AMONG]
        names = {f"id{number}": one for number, one in enumerate(some)}
        places = ", ".join(f":{name}" for name in names)
        owner = _key(some[0])["owner"]
        found += [_contact(row) for row in run(f"{_AMONG} ({places})", {**names, "owner": owner})]
    return found


def by_owner(recipient_ids: Iterable[str]) -> list[list[str]]:
    """Return outside contacts grouped by owner, as `among` takes them."""
    found: dict[str, list[str]] = {}
    for one in sorted(recipient_ids):
        found.setdefault(_key(one)["owner"], []).append(one)
    return list(found.values())


def page(run: Run, owner: str, after: str, limit: int) -> list[Contact]:
    """See `Contacts.outside_page`."""
    rows = run(_PAGE, {"owner": owner, "after": after, "limit": limit})
    return [_contact(row) for row in rows]


def _contact(row: Sequence[Any]) -> Contact:
    recipient_id, email, phone, locale, time_zone, attributes = row
    return Contact(
        recipient_id,
        email,
        email is not None,
        phone=phone,
        locale=locale,
        time_zone=time_zone,
        attributes=json.loads(attributes) if attributes else None,
    )


def _key(recipient_id: str) -> dict[str, str]:
    return {"owner": recipient_id.split(":", 2)[1], "id": recipient_id}
