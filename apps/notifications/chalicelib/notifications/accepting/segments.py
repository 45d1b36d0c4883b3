"""Segments: recipients by conditions, walked in bounded slices.

Conditions are those on a caller's contacts (``locale``, ``time_zone``, ``attributes``, ``topic``),
or of users ``{"users": "all" | "verified"}`` or ``{"followers_of": user id}``. A slice reads a
bounded number of rows and may find nobody in them; the next one goes on after them. Users come
from the contacts, so no table of another domain is scanned.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.contacts import directory, segments
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import users
from chalicelib.notifications.topics import subscribers

from shared.aws.walks import Position
from shared.base.errors import forbidden, invalid_request, not_found
from shared.contracts import follower_lists

# All contacts of the caller; no stored segment has this name.
EVERYBODY = "all"
USERS, FOLLOWERS = "users", "followers_of"
ALL_USERS, VERIFIED = "all", "verified"
# Read per slice where a condition may leave few of them.
_READ = 100

Conditions = dict[str, Any]
Slice = tuple[list[str], Position | None]


def conditions(caller: Caller, segment: str | Conditions) -> Conditions:
    """Return what a request's segment stands for.

    Raises:
        Problem: 404 for an unknown name; as `check`.
    """
    if segment == EVERYBODY:
        return {}
    where = segment
    if isinstance(where, str):
        found = segments.store().find(caller.owner, where)
        if found is None:
            raise not_found("segment", where, "to")
        where = found
    check(caller, where)
    return where


def check(caller: Caller, where: Mapping[str, Any]) -> None:
    """Check conditions before they are kept or used.

    Raises:
        Problem: 403: they are on users, and the caller is no administrator; 400: there is no
            user whose followers are meant.
    """
    if not where.keys() & {USERS, FOLLOWERS}:
        return
    if not caller.to_everybody:
        raise forbidden("Segments of users are for administrators and keys with the scope admin.")
    author = where.get(FOLLOWERS)
    if author is not None and author not in users.active([author]):
        raise invalid_request("There is no such user.", followers_of=author)


def some(owner: str, where: Mapping[str, Any], position: Position | None, size: int) -> Slice:
    """Return the next recipients of a segment, and the position after them.

    Calls: one page of what is walked; 1 BatchGetItem per hundred users.

    Args:
        owner: of the contacts and topics.
        size: most recipients.
    """
    if FOLLOWERS in where:
        return _followers(where[FOLLOWERS], position, size)
    after = position["after"] if position else ""
    if USERS in where:
        return _users(where[USERS] == VERIFIED, after, size)
    return _contacts(owner, where, after, size)


def _followers(author: str, position: Position | None, size: int) -> Slice:
    place = (int(position["shard"]), str(position["after"])) if position else None
    ids, following = follower_lists.follower_page(author, place, size)
    there = users.active(ids)
    found = [one for one in ids if one in there]
    return found, {"shard": following[0], "after": following[1]} if following else None


def _users(verified: bool, after: str, size: int) -> Slice:
    read = _READ if verified else size
    ids = directory.store().users_page(after, read)
    there = users.active(ids)
    wanted = {one for one, card in there.items() if card.verified or not verified}
    return _cut(ids, wanted, size, more=len(ids) == read)


def _contacts(owner: str, where: Mapping[str, Any], after: str, size: int) -> Slice:
    read = _READ if where else size
    if "topic" in where:
        topic = subscribers.topic_key(owner, where["topic"])
        ids = subscribers.page(topic, after or None, read)
        found: Iterable[Contact] = directory.store().outside_among(
            [one for one in ids if one.startswith(Caller.contacts_of(owner))]
        )
    else:
        found = directory.store().outside_page(owner, after, read)
        ids = [one.user_id for one in found]
    wanted = {one.user_id for one in found if _matches(one, where)}
    return _cut(ids, wanted, size, more=len(ids) == read)


def _matches(contact: Contact, where: Mapping[str, Any]) -> bool:
    attributes = contact.attributes or {}
    return (
        where.get("locale") in (None, contact.locale)
        and where.get("time_zone") in (None, contact.time_zone)
        and all(attributes.get(name) == told for name, told in where.get("attributes", {}).items())
    )


def _cut(ids: Sequence[str], wanted: set[str], size: int, *, more: bool) -> Slice:
    """Take the first of a page that are wanted.

    Args:
        more: others may follow the page.
    """
    found = [one for one in ids if one in wanted]
    if len(found) > size:
        return found[:size], {"after": found[size - 1]}
    return found, {"after": ids[-1]} if more and ids else None
