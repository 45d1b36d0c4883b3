"""Roles of users in a list: members, followers, and pins.

One item per list, role and user, put and deleted by key; the counters
follow by stream.
"""

from collections.abc import Iterable
from typing import Any

from chalicelib.tweets.core.models import LISTS, TIMELINES, ListEntry
from chalicelib.tweets.lists import lists
from chalicelib.tweets.timelines import following

from shared.aws.dynamo import Item
from shared.aws.streams import Change, changes
from shared.base.clock import now_ms
from shared.base.errors import forbidden, not_found, suspended
from shared.contracts import graph, profiles

# X's own bound. Counters follow by stream, so a burst may pass it by a little.
MAX_MEMBERS = 5000
_COUNTED = {"member": "members", "follower": "followers"}


def add_member(owner_id: str, list_id: str, user_id: str) -> Item:
    """Put a user on an own list.

    Calls: the list and its counters, the relation, one conditional put, the members' version.

    Raises:
        Problem: 404 for an unknown list or user, 403 when the list is another user's
            or full, when one blocks the other, or when the user is suspended.
    """
    found = lists.load_own(owner_id, list_id, counted=True)
    card = profiles.card(user_id)
    if card is None or card.gone:
        raise not_found("user", user_id, "user_id")
    if card.status == "suspended":
        raise suspended(user_id, "user_id")
    if found["counts"].get("members", 0) >= MAX_MEMBERS:
        raise forbidden(f"A list holds at most {MAX_MEMBERS} members.")
    relation = graph.relations(owner_id, [user_id])[user_id] if user_id != owner_id else None
    if relation and relation.blocked_by:
        raise forbidden("This user has blocked you.")
    if relation and relation.blocked:
        raise forbidden("You have blocked this account; unblock it to add it.")
    # The membership's events tell these, also when the list is gone.
    _put(list_id, "member", user_id, owner_id=owner_id, private=bool(found.get("private")))
    following.note_members(list_id)
    return {"is_member": True}


def remove_member(owner_id: str, list_id: str, user_id: str) -> Item:
    """Take a user off an own list; a user who is not on it stays off.

    Raises:
        Problem: 404 for an unknown list, 403 for another user's.
    """
    lists.load_own(owner_id, list_id)
    _delete(list_id, "member", user_id)
    following.note_members(list_id)
    return {"is_member": False}


def follow(user_id: str, list_id: str) -> Item:
    """Follow a list.

    Raises:
        Problem: 404 when the caller cannot see it.
    """
    lists.load_visible(user_id, list_id)
    _put(list_id, "follower", user_id)
    return {"following": True}


def unfollow(user_id: str, list_id: str) -> Item:
    """Unfollow a list (one delete)."""
    _delete(list_id, "follower", user_id)
    return {"following": False}


def pin(user_id: str, list_id: str) -> Item:
    """Pin a list; only the caller sees that.

    Raises:
        Problem: 404 when the caller cannot see it.
    """
    lists.load_visible(user_id, list_id)
    _put(list_id, "pin", user_id)
    return {"pinned": True}


def unpin(user_id: str, list_id: str) -> Item:
    """Unpin a list (one delete)."""
    _delete(list_id, "pin", user_id)
    return {"pinned": False}


def key(role: str, user_id: str) -> str:
    """Return the key of a role, in the list and in the index by user."""
    return f"{role}#{user_id}"


def user_ids(list_id: str, role: str, *, after: str = "", limit: int) -> list[str]:
    """Return ids of users with a role in a list, in order (one Query).

    Args:
        after: exclusive lower bound, the last id of the page before.
    """
    page = LISTS.page(
        "#list_id = :list AND #entry BETWEEN :after AND :last",
        # "!" sorts below every digit, "~" above: the lower bound is exclusive.
        {"list": list_id, "after": key(role, f"{after}!"), "last": key(role, "~")},
        limit=limit,
    )
    return [item["entry"].partition("#")[2] for item in page.items]


def has(list_id: str, role: str, user_id: str) -> bool:
    """Return whether a user has a role in a list (one read)."""
    return LISTS.get({"list_id": list_id, "entry": key(role, user_id)}) is not None


def role_amounts(change: Change) -> Iterable[tuple[str, str, int]]:
    """Yield a change's additions to the counters of its list."""
    role = change.keys["entry"].partition("#")[0]
    amount = bool(change.new) - bool(change.old)
    if amount and role in _COUNTED:
        yield f"list#{change.keys['list_id']}", _COUNTED[role], amount


# A version that is noted with its change is younger when the stream is read.
_NOTED_MS = 60_000


def follow_lists(stream_event: Any) -> None:
    """Remove what is left of deleted lists; note members not noted yet.

    The version of a list's members is written after the membership: a process may end
    between the two.
    """
    found = changes(stream_event)
    for change in found:
        remove_remains(change)
    remove_orphans(found)
    changed = {one.keys["list_id"] for one in found if one.keys["entry"].startswith("member#")}
    for list_id in sorted(changed):
        following.note_members(list_id, unless_since=now_ms() - _NOTED_MS)


def remove_remains(change: Change) -> None:
    """Remove members, followers and pins of a deleted list.

    Doing it twice is harmless. Entries are removed while the Query goes on: of a list with
    more followers than one run can remove, the retry finds fewer.
    """
    if change.new is not None or change.keys["entry"] != lists.LIST:
        return
    list_id = change.keys["list_id"]
    entries = LISTS.query(
        "#list_id = :list", {"list": list_id}, attributes="#entry", consistent=True
    )
    LISTS.batch_write(deletes=({"list_id": list_id, "entry": one["entry"]} for one in entries))
    # Entries of its timeline expire.
    TIMELINES.batch_write(deletes=following.list_keys(list_id))


def remove_orphans(found: Iterable[Change]) -> None:
    """Remove new roles in lists that were deleted when they were written.

    A request may read a list, and write the role after the list's remains were removed.

    Calls: one consistent BatchGetItem per hundred lists.
    """
    begun = [
        one.keys
        for one in found
        if one.new is not None and one.old is None and one.keys["entry"] != lists.LIST
    ]
    keys = [{"list_id": list_id, "entry": lists.LIST} for list_id in {k["list_id"] for k in begun}]
    if not keys:
        return
    there = {one["list_id"] for one in LISTS.get_many(keys, consistent=True)}
    LISTS.batch_write(deletes=(key for key in begun if key["list_id"] not in there))


def _put(list_id: str, role: str, user_id: str, **more: Any) -> None:
    """Write a role, unless it is there: the refusal is no error."""
    own_key = key(role, user_id)
    entry = ListEntry(
        list_id, own_key, user_key=own_key, position=int(list_id), updated_at=now_ms(), **more
    )
    LISTS.save(entry, ListEntry.entry.does_not_exist())


def _delete(list_id: str, role: str, user_id: str) -> None:
    LISTS.delete({"list_id": list_id, "entry": key(role, user_id)})
