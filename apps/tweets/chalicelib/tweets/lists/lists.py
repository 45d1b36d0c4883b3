"""Lists: curated groups of accounts, each with one owner; private ones are its owner's alone."""

from collections.abc import Iterable
from typing import Any

from chalicelib.tweets.core.models import Counter, ListEntry
from pynamodb.exceptions import DeleteError, PutError, UpdateError

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import forbidden, not_found
from shared.base.ids import new_id

Item = dict[str, Any]

LIST = "list"
_MEMBERS = ("name", "description", "private")


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
        **{name: body[name] for name in _MEMBERS if name in body},
    )
    try:
        made.save(condition=ListEntry.list_id.does_not_exist())
    except PutError as error:
        # The SDK tries again when an answer was lost; then the list is there, and the caller's.
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        table, key = ListEntry.Meta.table_name, {"list_id": list_id, "entry": LIST}
        stored = dynamo.batch_get({table: [key]}, consistent=True)[table]
        if [one["owner_id"] for one in stored] != [user_id]:
            raise
    return {"id": list_id, "name": body["name"]}


def update(user_id: str, list_id: str, body: Item) -> Item:
    """Change an own list (one conditional update).

    Raises:
        Problem: 404 when the list is not there for the caller, 403 when it is somebody else's.
    """
    changes: list[Any] = [getattr(ListEntry, n).set(body[n]) for n in _MEMBERS if n in body]
    changes += [ListEntry.version.add(1), ListEntry.updated_at.set(now_ms())]
    try:
        ListEntry(list_id, LIST).update(changes, condition=ListEntry.owner_id == user_id)
    except UpdateError as error:
        _explain(error, user_id, list_id)
    return {"updated": True}


def delete(user_id: str, list_id: str) -> Item:
    """Delete an own list (one conditional delete); members and followers go by stream.

    Raises:
        Problem: 404 when the list is not there for the caller, 403 when it is somebody else's.
    """
    try:
        ListEntry(list_id, LIST).delete(condition=ListEntry.owner_id == user_id)
    except DeleteError as error:
        _explain(error, user_id, list_id)
    return {"deleted": True}


def load(list_ids: Iterable[str], *, counted: bool = False) -> dict[str, Item]:
    """Lists by id, with their counters under ``counts`` (one BatchGetItem a hundred)."""
    table, counters = ListEntry.Meta.table_name, Counter.Meta.table_name
    ids = list(dict.fromkeys(list_ids))
    if not ids:
        return {}
    keys: dict[str, list[Item]] = {table: [{"list_id": i, "entry": LIST} for i in ids]}
    if counted:
        keys[counters] = [{"id": f"list#{i}"} for i in ids]
    found = dynamo.batch_get(keys, sure={table})
    counts = {item["id"].partition("#")[2]: item for item in found.get(counters, ())}
    return {
        item["list_id"]: {**item, "counts": counts.get(item["list_id"], {})}
        for item in found[table]
    }


def visible(viewer_id: str | None, found: Item) -> bool:
    """Whether the viewer may know of a list."""
    return not found.get("private") or found["owner_id"] == viewer_id


def readable(viewer_id: str | None, list_id: str, *, counted: bool = False) -> Item:
    """A list that the viewer may see (one BatchGetItem).

    Raises:
        Problem: 404 when it is not there for the viewer.
    """
    found = load([list_id], counted=counted).get(list_id)
    if found is None or not visible(viewer_id, found):
        raise not_found("list", list_id)
    return found


def owned(user_id: str, list_id: str, *, counted: bool = False) -> Item:
    """An own list (one BatchGetItem).

    Raises:
        Problem: 404 when it is not there for the caller, 403 when it is somebody else's.
    """
    found = readable(user_id, list_id, counted=counted)
    if found["owner_id"] != user_id:
        raise forbidden("Only the owner of a list can change it.")
    return found


def _explain(error: UpdateError | DeleteError, user_id: str, list_id: str) -> None:
    """The problem behind a condition that failed."""
    if error.cause_response_code != "ConditionalCheckFailedException":
        raise error
    owned(user_id, list_id)
    raise not_found("list", list_id) from error
