"""What people post and like, on how many lists they are, and their newest tweet, by events.

Each event counts once: its id is stored in the transaction that counts it. An edit counts nothing.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.models import Counter
from chalicelib.users.profiles import pins

from shared.aws import dynamo, sdk
from shared.aws.events import Event, RetryLater
from shared.aws.streams import DEDUPLICATION_SECONDS
from shared.base.clock import now_seconds
from shared.base.config import settings

Item = dict[str, Any]

# Events may be reordered: only an id above all that were handled becomes the newest.
_NEWER = "attribute_not_exists(#recent_seen) OR #recent_seen < :id"
_PAGE = 20


def count(event: Event) -> None:
    """Add one event to its user's counters.

    Raises:
        RetryLater: the counters changed while the newest tweet was looked up; the event
            comes again.
    """
    _HANDLERS[event.type](event)


def _created(event: Event) -> None:
    """A tweet counts; one that is no retweet becomes the newest."""
    author, table = event.data["author_id"], Counter.Meta.table_name
    amounts = _amounts(event, 1)
    if event.data["kind"] == "retweet":
        _once(event, _add(author, **amounts))
        return
    values = {"id": int(event.data["tweet_id"]), "one": 1}
    counted = ", ".join(f"#{name} :one" for name in (*amounts, "recent_changes"))
    expression = f"SET #most_recent = :id, #recent_seen = :id ADD {counted}"
    newest = actions.update(table, {"id": author}, expression, values, _NEWER)
    if not _once(event, newest):
        _once(event, _add(author, **amounts))


def _edited(event: Event) -> None:
    """A new version takes the place of those before: on top of the profile, and as the newest."""
    author, versions = event.data["author_id"], event.data["edit_history_tweet_ids"]
    pins.replace(author, versions[:-1], versions[-1])
    expression = "SET #most_recent = :id, #recent_seen = :id ADD #recent_changes :one"
    values = {"id": int(versions[-1]), "one": 1}
    actions.run(actions.update(Counter.Meta.table_name, {"id": author}, expression, values, _NEWER))


def _deleted(event: Event) -> None:
    """A tweet counts no more; was it the newest, or may become it, the next one is looked up."""
    author, tweet_id = event.data["author_id"], event.data["tweet_id"]
    amounts = _amounts(event, -1)
    table, key = Counter.Meta.table_name, {"id": author}
    pins.replace(author, event.data.get("edit_history_tweet_ids", [tweet_id]), None)
    answer = sdk.client("dynamodb").get_item(
        TableName=table, Key=dynamo.encode_item(key), ConsistentRead=True
    )
    stored = dynamo.decode_item(answer.get("Item", {}))
    number, seen = int(tweet_id), stored.get("recent_seen")
    simple = seen is not None and number <= seen and stored.get("most_recent") != number
    if event.data["kind"] == "retweet" or simple:
        _once(event, _add(author, recent_changes=1, **amounts))
        return
    changes = stored.get("recent_changes")
    values: Item = {"less": -1, "one": 1, "seen": max(number, seen or 0)}
    expression, condition = "SET #recent_seen = :seen", "attribute_not_exists(#recent_changes)"
    if changes is not None:
        condition, values["changes"] = "#recent_changes = :changes", changes
    if (newest := _newest(author, number)) is None:
        expression += " REMOVE #most_recent"
    else:
        expression += ", #most_recent = :newest"
        values["newest"] = newest
    expression += f" ADD {', '.join(f'#{name} :less' for name in amounts)}, #recent_changes :one"
    if not _once(event, actions.update(table, key, expression, values, condition)):
        raise RetryLater("the newest tweet changed meanwhile")


def _listed(event: Event) -> None:
    """Who is put on a public list, or taken off, is listed; private lists tell nobody."""
    if not event.data.get("private"):
        amount = 1 if event.type == "list.member_added" else -1
        _once(event, _add(event.data["user_id"], listed=amount))


def _amounts(event: Event, amount: int) -> dict[str, int]:
    """What a tweet adds to which counters of its author."""
    return {"tweets": amount, **({"media": amount} if event.data.get("has_media") else {})}


def _once(event: Event, action: Item) -> bool:
    """Make a change together with the event's mark; returns whether it is made, now or before."""
    marker = {"id": f"event#{event.id}", "expires_at": now_seconds() + DEDUPLICATION_SECONDS}
    try:
        dynamo.transact([dynamo.put(Counter.Meta.table_name, marker, unless_exists="id"), action])
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            return True
        if canceled.failed(1):
            return False
        raise
    return True


def _newest(author_id: str, but: int) -> int | None:
    """The author's newest tweet that is there and no retweet (a Query of ids, newest first)."""
    query: Item = {
        "TableName": settings().name("tweets", "tweets"),
        "IndexName": "by_author",
        "KeyConditionExpression": "author_id = :author",
        "ExpressionAttributeValues": {":author": dynamo.encode(author_id)},
        "ScanIndexForward": False,
        "Limit": _PAGE,
    }
    while True:
        answer = sdk.client("dynamodb").query(**query)
        for item in map(dynamo.decode_item, answer["Items"]):
            # The index may still hold the one that was deleted.
            if item["kind"] != "retweet" and item["position"] != but:
                newest: int = item["position"]
                return newest
        if "LastEvaluatedKey" not in answer:
            return None
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _add(user_id: str, **amounts: int) -> Item:
    return dynamo.add(Counter.Meta.table_name, {"id": user_id}, amounts)


_HANDLERS: dict[str, Callable[[Event], Any]] = {
    "tweet.created": _created,
    "tweet.edited": _edited,
    "tweet.deleted": _deleted,
    "tweet.liked": lambda event: _once(event, _add(event.data["user_id"], likes=1)),
    "tweet.unliked": lambda event: _once(event, _add(event.data["user_id"], likes=-1)),
    "list.member_added": _listed,
    "list.member_removed": _listed,
}
