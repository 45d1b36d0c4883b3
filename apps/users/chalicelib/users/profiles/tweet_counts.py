"""Counters of users that follow from tweets' events.

Each event counts once: a marker with its id is stored in the transaction that
counts it. An edit counts nothing.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.users.core.models import COUNTERS
from chalicelib.users.profiles import pins

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.events import Event, RetryLater
from shared.aws.streams import DEDUPLICATION_SECONDS
from shared.aws.table import Action
from shared.base.clock import now_seconds
from shared.contracts import tweets

# Events may be reordered: only an id above all handled ones becomes the newest.
_NEWER = "attribute_not_exists(#recent_seen) OR #recent_seen < :id"


def count(event: Event) -> None:
    """Add one event to its user's counters.

    Raises:
        RetryLater: the counters changed while the newest tweet was looked up; the event
            comes again.
    """
    _HANDLERS[event.type](event)


def _count_created(event: Event) -> None:
    """Count a tweet; unless it is a retweet, it becomes the newest."""
    author = event.data["author_id"]
    amounts = _amounts(event, 1)
    if event.data["kind"] == "retweet":
        _once(event, COUNTERS.add_action({"id": author}, amounts))
        return
    values = {"id": int(event.data["tweet_id"]), "one": 1}
    counted = ", ".join(f"#{name} :one" for name in (*amounts, "recent_changes"))
    expression = f"SET #most_recent = :id, #recent_seen = :id ADD {counted}"
    if not _once(event, COUNTERS.update_action({"id": author}, expression, values, _NEWER)):
        _once(event, COUNTERS.add_action({"id": author}, amounts))


def _follow_edit(event: Event) -> None:
    """Replace earlier versions, as pinned and as newest tweet."""
    author, versions = event.data["author_id"], event.data["edit_history_tweet_ids"]
    pins.replace(author, versions[:-1], versions[-1])
    expression = "SET #most_recent = :id, #recent_seen = :id ADD #recent_changes :one"
    COUNTERS.update({"id": author}, expression, {"id": int(versions[-1]), "one": 1}, _NEWER)


def _count_deleted(event: Event) -> None:
    """Uncount a tweet.

    If it is the newest one, or may become it, look up the next one.
    """
    author, tweet_id = event.data["author_id"], event.data["tweet_id"]
    amounts = _amounts(event, -1)
    pins.replace(author, event.data.get("edit_history_tweet_ids", [tweet_id]), None)
    stored = COUNTERS.get({"id": author}, consistent=True) or {}
    number, seen = int(tweet_id), stored.get("recent_seen")
    older = seen is not None and number <= seen and stored.get("most_recent") != number
    if event.data["kind"] == "retweet" or older:
        _once(event, COUNTERS.add_action({"id": author}, {"recent_changes": 1, **amounts}))
        return
    if not _once(event, _replace_newest_action(author, number, stored, amounts)):
        raise RetryLater("the newest tweet changed meanwhile")


def _replace_newest_action(
    author: str, deleted: int, stored: Item, amounts: dict[str, int]
) -> Action:
    """Update that sets the newest tweet unless it changed meanwhile."""
    changes = stored.get("recent_changes")
    condition = "attribute_not_exists(#recent_changes)"
    if changes is not None:
        condition = "#recent_changes = :changes"
    newest = _newest(author, deleted)
    chosen = " REMOVE #most_recent" if newest is None else ", #most_recent = :newest"
    counted = ", ".join(f"#{name} :less" for name in amounts)
    return COUNTERS.update_action(
        {"id": author},
        f"SET #recent_seen = :seen{chosen} ADD {counted}, #recent_changes :one",
        {
            "seen": max(deleted, stored.get("recent_seen") or 0),
            "newest": newest,
            "less": -1,
            "one": 1,
            "changes": changes,
        },
        condition,
    )


def _count_listed(event: Event) -> None:
    """Count memberships of public lists; private lists stay secret."""
    if not event.data.get("private"):
        amount = 1 if event.type == "list.member_added" else -1
        _once(event, COUNTERS.add_action({"id": event.data["user_id"]}, {"listed": amount}))


def _count_likes(amount: int) -> Callable[[Event], Any]:
    return lambda event: _once(
        event, COUNTERS.add_action({"id": event.data["user_id"]}, {"likes": amount})
    )


def _amounts(event: Event, amount: int) -> dict[str, int]:
    """Amounts that a tweet adds to its author's counters."""
    return {"tweets": amount, **({"media": amount} if event.data.get("has_media") else {})}


def _once(event: Event, action: Action) -> bool:
    """Apply an action together with the event's marker.

    Returns:
        whether the action is applied, now or before; false if its own condition failed.
    """
    marker = {"id": f"event#{event.id}", "expires_at": now_seconds() + DEDUPLICATION_SECONDS}
    try:
        dynamo.transact([COUNTERS.insert_action(marker), action])
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            return True
        if canceled.failed(1):
            return False
        raise
    return True


def _newest(author_id: str, deleted: int) -> int | None:
    """Newest tweet of an author that is neither a retweet nor the deleted one."""
    for item in tweets.by_author(author_id):
        # The index may still hold the deleted one.
        if item["kind"] != "retweet" and item["position"] != deleted:
            newest: int = item["position"]
            return newest
    return None


_HANDLERS: dict[str, Callable[[Event], Any]] = {
    "tweet.created": _count_created,
    "tweet.edited": _follow_edit,
    "tweet.deleted": _count_deleted,
    "tweet.liked": _count_likes(1),
    "tweet.unliked": _count_likes(-1),
    "list.member_added": _count_listed,
    "list.member_removed": _count_listed,
}
