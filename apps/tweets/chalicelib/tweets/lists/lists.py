"""Lists: curated groups of accounts.

Each has one owner, who alone sees a private list. Others see a public list as they see what
its owner posts: not through a block, nor of a hidden account, nor of a protected one whom they
do not follow.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import COUNTERS, LISTS, ListEntry

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.errors import Problem, forbidden, not_found
from shared.base.ids import new_id

LIST = "list"
_SETTINGS = ("name", "description", "private")


def create(user_id: str, body: Item) -> Item:
    """Make a list (one put)."""
    list_id = new_id()
    made = ListEntry(
        list_id,
        LIST,
        user_key=f"owner#{user_id}",
        position=int(list_id),
        owner_id=user_id,
        updated_at=now_ms(),
        **{name: body[name] for name in _SETTINGS if name in body},
    )
    if not LISTS.save(made, ListEntry.list_id.does_not_exist()):
        # The SDK tries again when an answer was lost; then the list is there, and the caller's.
        stored = LISTS.get_many([{"list_id": list_id, "entry": LIST}], consistent=True)
        if [one["owner_id"] for one in stored] != [user_id]:
            raise RuntimeError("a new list's id is taken")
    return {"id": list_id, "name": body["name"]}


def update(user_id: str, list_id: str, body: Item) -> Item:
    """Change an own list (one conditional update).

    Raises:
        Problem: 404 when the caller cannot see the list, 403 when it is another user's.
    """
    changes: list[Any] = [getattr(ListEntry, n).set(body[n]) for n in _SETTINGS if n in body]
    changes += [ListEntry.version.add(1), ListEntry.updated_at.set(now_ms())]
    if not LISTS.change(ListEntry(list_id, LIST), changes, ListEntry.owner_id == user_id):
        raise _refusal(user_id, list_id)
    return {"updated": True}


def delete(user_id: str, list_id: str) -> Item:
    """Delete an own list (one conditional delete).

    Members and followers go by stream.

    Raises:
        Problem: 404 when the caller cannot see the list, 403 when it is another user's.
    """
    if not LISTS.remove(ListEntry(list_id, LIST), ListEntry.owner_id == user_id):
        raise _refusal(user_id, list_id)
    return {"deleted": True}


def load(list_ids: Iterable[str], *, counted: bool = False) -> dict[str, Item]:
    """Return lists by id, with their counters under ``counts``.

    Calls: one BatchGetItem per hundred.
    """
    ids = list(dict.fromkeys(list_ids))
    if not ids:
        return {}
    keys: dict[str, list[Item]] = {LISTS.name: [{"list_id": i, "entry": LIST} for i in ids]}
    if counted:
        keys[COUNTERS.name] = [{"id": f"list#{i}"} for i in ids]
    found = dynamo.batch_get(keys, recheck_missing={LISTS.name})
    counts = {item["id"].partition("#")[2]: item for item in found.get(COUNTERS.name, ())}
    return {
        item["list_id"]: {**item, "counts": counts.get(item["list_id"], {})}
        for item in found[LISTS.name]
    }


def visible(viewer_id: str | None, found: Mapping[str, Item]) -> dict[str, Item]:
    """Return the lists that the viewer may know of.

    Calls: one BatchGetItem for cards of others and relations to them that are not cached.

    Args:
        found: lists by id.
    """
    known = {
        list_id: one
        for list_id, one in found.items()
        if not one.get("private") or one["owner_id"] == viewer_id
    }
    owners = {one["owner_id"] for one in known.values()} - {viewer_id}
    if not owners:
        return known
    cards, relations = visibility.cards_and_relations(viewer_id, owners)
    return {
        list_id: one
        for list_id, one in known.items()
        if (owner_id := one["owner_id"]) == viewer_id
        or visibility.may_read(viewer_id, cards.get(owner_id), relations.get(owner_id))
    }


def load_visible(viewer_id: str | None, list_id: str, *, counted: bool = False) -> Item:
    """Return a list that the viewer may see.

    Calls: one BatchGetItem, and as `visible`.

    Raises:
        Problem: 404 when the viewer cannot see it.
    """
    found = visible(viewer_id, load([list_id], counted=counted)).get(list_id)
    if found is None:
        raise not_found("list", list_id)
    return found


def load_own(user_id: str, list_id: str, *, counted: bool = False) -> Item:
    """Return an own list (one BatchGetItem).

    Raises:
        Problem: 404 when the caller cannot see it, 403 when it is another user's.
    """
    found = load_visible(user_id, list_id, counted=counted)
    if found["owner_id"] != user_id:
        raise forbidden("Only the owner of a list can change it.")
    return found


def _refusal(user_id: str, list_id: str) -> Problem:
    """Return the problem behind a condition that failed.

    Raises:
        Problem: as `load_own`.
    """
    load_own(user_id, list_id)
    return not_found("list", list_id)
