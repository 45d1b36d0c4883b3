"""What people are to a list: its members, its followers, and who pinned it.

One item per list, role and person, put and deleted by key; the counters
follow by stream.
"""

from collections.abc import Iterable
from typing import Any

from chalicelib.tweets.core.models import ListEntry
from chalicelib.tweets.lists import lists
from pynamodb.exceptions import PutError

from shared.aws import dynamo, sdk
from shared.aws.streams import Change, changes
from shared.base.clock import now_ms
from shared.base.errors import forbidden, not_found
from shared.contracts import graph, profiles

Item = dict[str, Any]

# X's own bound. Counters follow by stream, so a burst may pass it by a little.
MAX_MEMBERS = 5000
_COUNTED = {"member": "members", "follower": "followers"}


def add_member(owner_id: str, list_id: str, user_id: str) -> Item:
    """Put somebody on an own list.

    Calls: the list and its counters, the relation, one conditional put.

    Raises:
        Problem: 404 for an unknown list or user, 403 when the list is somebody
            else's or full, or when the user blocked the owner.
    """
    found = lists.owned(owner_id, list_id, counted=True)
    card = profiles.card(user_id)
    if card is None or not card.active:
        raise not_found("user", user_id, "user_id")
    if found["counts"].get("members", 0) >= MAX_MEMBERS:
        raise forbidden(f"A list holds at most {MAX_MEMBERS} members.")
    if user_id != owner_id and graph.relations(owner_id, [user_id])[user_id].blocked_by:
        raise forbidden("This user has blocked you.")
    # What the event of the membership tells, also when the list is gone.
    told = {"owner_id": owner_id, "private": bool(found.get("private"))}
    _put(list_id, "member", user_id, **told)
    return {"is_member": True}


def remove_member(owner_id: str, list_id: str, user_id: str) -> Item:
    """Take somebody off an own list; who is not on it stays off.

    Raises:
        Problem: 404 for an unknown list, 403 for somebody else's.
    """
    lists.owned(owner_id, list_id)
    _delete(list_id, "member", user_id)
    return {"is_member": False}


def follow(user_id: str, list_id: str) -> Item:
    """Follow a list.

    Raises:
        Problem: 404 when it is not there for the caller.
    """
    lists.readable(user_id, list_id)
    _put(list_id, "follower", user_id)
    return {"following": True}


def unfollow(user_id: str, list_id: str) -> Item:
    """Follow a list no more (one delete)."""
    _delete(list_id, "follower", user_id)
    return {"following": False}


def pin(user_id: str, list_id: str) -> Item:
    """Pin a list, for the caller's eyes only.

    Raises:
        Problem: 404 when it is not there for the caller.
    """
    lists.readable(user_id, list_id)
    _put(list_id, "pin", user_id)
    return {"pinned": True}


def unpin(user_id: str, list_id: str) -> Item:
    """Pin a list no more (one delete)."""
    _delete(list_id, "pin", user_id)
    return {"pinned": False}


def holders(list_id: str, role: str, *, after: str = "", limit: int) -> list[str]:
    """Ids of those who have a role, in the order of their ids (one Query)."""
    answer = sdk.client("dynamodb").query(
        TableName=ListEntry.Meta.table_name,
        KeyConditionExpression="list_id = :list AND entry BETWEEN :after AND :last",
        ExpressionAttributeValues=dynamo.encode_item(
            # "!" sorts below every digit, "~" above: the lower bound is exclusive.
            {":list": list_id, ":after": f"{role}#{after}!", ":last": f"{role}#~"}
        ),
        Limit=limit,
    )
    return [raw["entry"]["S"].partition("#")[2] for raw in answer["Items"]]


def role_amounts(change: Change) -> Iterable[tuple[str, str, int]]:
    """What one change adds to the counters of its list."""
    role = change.keys["entry"].partition("#")[0]
    amount = bool(change.new) - bool(change.old)
    if amount and role in _COUNTED:
        yield f"list#{change.keys['list_id']}", _COUNTED[role], amount


def follow_lists(stream_event: Any) -> None:
    """Remove what is left of the lists that a batch of changes deletes."""
    for change in changes(stream_event):
        tidy(change)


def tidy(change: Change) -> None:
    """Remove what is left of a list that was deleted; doing it twice is harmless."""
    if change.new is not None or change.keys["entry"] != lists.LIST:
        return
    table, list_id = ListEntry.Meta.table_name, change.keys["list_id"]
    query: Item = {
        "TableName": table,
        "KeyConditionExpression": "list_id = :list",
        "ExpressionAttributeValues": {":list": {"S": list_id}},
        "ProjectionExpression": "entry",
    }
    while True:
        answer = sdk.client("dynamodb").query(**query)
        entries = (raw["entry"]["S"] for raw in answer["Items"])
        dynamo.batch_write(table, deletes=[{"list_id": list_id, "entry": e} for e in entries])
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _put(list_id: str, role: str, user_id: str, **more: Any) -> None:
    try:
        ListEntry(
            list_id,
            f"{role}#{user_id}",
            user_key=f"{role}#{user_id}",
            position=int(list_id),
            updated_at=now_ms(),
            **more,
        ).save(condition=ListEntry.entry.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _delete(list_id: str, role: str, user_id: str) -> None:
    ListEntry(list_id, f"{role}#{user_id}").delete()
