"""Recipients of a request: users, contacts, topics and segments."""

from typing import Any

from chalicelib.notifications.accepting import segments
from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import users
from chalicelib.notifications.topics import subscribers

from shared.base.errors import Problem, forbidden, invalid_request, not_found

MAX_RECIPIENTS = 1000
Audience = dict[str, Any]


def address(caller: Caller, to: Any) -> tuple[str | None, Audience | None]:
    """Return the one recipient of a request, or its audience.

    Calls: 1 BatchGetItem per hundred users, 1 SQL statement per hundred contacts.

    Args:
        to: of the body: an id or key, a list of them, ``{"topic": …}`` or ``{"segment": …}``.

    Raises:
        Problem: 403 for others without the permission, 404 for an unknown recipient, 400 for
            unknown ones in a list.
    """
    if isinstance(to, str):
        found = resolve(caller, [to]).get(to)
        if found is None:
            raise not_found("recipient", to, "to")
        return found, None
    if not caller.to_others:
        raise _only_self()
    if isinstance(to, list):
        ids = list(dict.fromkeys(to))
        known = resolve(caller, ids)
        unknown = [one for one in ids if one not in known]
        if unknown:
            raise invalid_request("Some recipients are unknown; nothing was sent.", to=unknown)
        return None, {"ids": [known[one] for one in ids]}
    if "topic" in to:
        return None, {"topic": subscribers.topic_key(caller.owner, to["topic"])}
    segment = to["segment"]
    audience = {"owner": caller.owner, "where": segments.conditions(caller, segment)}
    if isinstance(segment, str):
        audience["name"] = segment
    return None, {"segment": audience}


def resolve(caller: Caller, ids: list[str]) -> dict[str, str]:
    """Return recipient ids by the caller's names, without unknown ones.

    A name is a key of one of the caller's contacts, else a user id. For keys without the scope
    for it, users are not there.

    Raises:
        Problem: 403 for others without the permission.
    """
    if not caller.to_others:
        if any(one != caller.id for one in ids):
            raise _only_self()
        return _users(ids)
    keys = {f"{caller.contact_prefix}{one}": one for one in ids}
    contacts = directory.store().outside_among(list(keys))
    found = {keys[one.user_id]: one.user_id for one in contacts}
    if not caller.to_users:
        return found
    return found | _users([one for one in ids if one not in found and one.isdecimal()])


def _users(ids: list[str]) -> dict[str, str]:
    return {one: one for one in users.active(ids)}


def _only_self() -> Problem:
    return forbidden("You may send notifications to yourself only.")
