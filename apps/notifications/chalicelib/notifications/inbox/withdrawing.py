"""Withdrawal of entries whose tweet is gone, or whose actor is blocked.

A withdrawn entry stays as a tombstone without content: its message may still come again,
finds it, and neither shows nor counts it anew. An unread one leaves the unread count in
the same transaction. As with reading, an entry that is withdrawn in the moment between its
arrival and its count is subtracted before it is added.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.notifications.core import cache
from chalicelib.notifications.core.content import MESSAGE, Content
from chalicelib.notifications.core.models import INBOX
from chalicelib.notifications.inbox import entries

from shared.aws import dynamo
from shared.aws.dynamo import Item, TransactionCanceled
from shared.base.backoff import pause
from shared.contracts import tweets

_ATTEMPTS = 8
# A transaction takes a hundred actions; fifty leave room and keep conflicts short.
_CHUNK = 50
_WITHDRAW = (
    "SET #withdrawn = :yes "
    "REMOVE #type, #actor_id, #tweet_id, #crawl_id, #title, #text, #url, #read_at"
)
_YES = {"yes": True}


def withdraw(found: Iterable[tuple[str, str]]) -> None:
    """Withdraw entries, by user and id; absent ones change nothing.

    Calls: 1 consistent BatchGetItem per hundred; per recipient with some of them 1 GetItem,
    1 BatchGetItem and, per fifty unread ones, 1 transaction; 1 update per read one.

    Raises:
        TransactionCanceled: others kept changing the same entries.
    """
    keys = [entries.key(user_id, item_id) for user_id, item_id in found]
    by_user: dict[str, list[str]] = {}
    for item in INBOX.get_many(keys, consistent=True):
        if not entries.is_withdrawn(item):
            by_user.setdefault(item["user_id"], []).append(item["id"])
    for user_id, ids in by_user.items():
        try:
            _withdraw(user_id, ids)
        finally:
            # Some may have been withdrawn before a failure.
            cache.inboxes().changed([user_id])


def withdraw_gone(contents: Sequence[Content]) -> Mapping[int, Exception]:
    """Withdraw those delivered notifications whose tweet has been deleted.

    It comes after the delivery: a tweet that is deleted later finds the entry, and one that
    was deleted before is seen here.

    Calls: 1 consistent BatchGetItem per hundred tweets.

    Returns:
        failures by the index of their notification.
    """
    about = {
        index: {one for one in (content.tweet_id, content.cause_id) if one}
        for index, content in enumerate(contents)
    }
    gone = tweets.deleted_among(set[str]().union(*about.values()))
    failures: dict[int, Exception] = {}
    for index, ids in about.items():
        if ids & gone:
            try:
                withdraw([(contents[index].user_id, contents[index].id)])
            except Exception as failure:
                failures[index] = failure
    return failures


def about_tweets(
    user_id: str, tweet_ids: Sequence[str], since: str, before: str | None, limit: int
) -> tuple[list[str], str | None]:
    """Return ids of a user's entries about some tweets, newest first.

    Calls: one Query, which reads the entries about other tweets too.

    Args:
        since: lower bound of the entries' ids.
        before: the id that the former page returned, ``None`` for the newest entries.
        limit: entries read.

    Returns:
        the ids, and the id before which to go on, ``None`` at the end.
    """
    values: dict[str, Any] = {f"t{number}": one for number, one in enumerate(tweet_ids)}
    names = ", ".join(f":{name}" for name in values)
    found = f"#tweet_id IN ({names})", {**values, "since": since}
    return _matching(user_id, " AND #id >= :since", *found, before, limit)


def by_actor(
    user_id: str, actor_id: str, before: str | None, limit: int
) -> tuple[list[str], str | None]:
    """Return ids of entries of one actor but messages, as `about_tweets`."""
    values = {"actor": actor_id, "message": MESSAGE}
    return _matching(user_id, "", "#actor_id = :actor AND #type <> :message", values, before, limit)


def _matching(
    user_id: str, range_: str, filter_: str, values: Item, before: str | None, limit: int
) -> tuple[list[str], str | None]:
    """Read a slice of an inbox, newest first (`about_tweets`)."""
    page = INBOX.page(
        f"#user_id = :user{range_}",
        {**values, "user": user_id},
        filter=filter_,
        descending=True,
        consistent=True,
        limit=limit,
        start=entries.key(user_id, before) if before else None,
    )
    return [item["id"] for item in page.items], page.last_key["id"] if page.last_key else None


def _withdraw(user_id: str, ids: list[str]) -> None:
    """Withdraw entries of one user."""
    attempt = 0
    while True:
        _, generation = entries.counter(user_id)
        keys = [entries.key(user_id, item_id) for item_id in ids]
        left = [one for one in INBOX.get_many(keys, consistent=True) if "withdrawn" not in one]
        unread = [one["id"] for one in left if not entries.is_read(one, generation)][:_CHUNK]
        if not unread:
            _withdraw_read(user_id, left)
            return
        actions = [entries.subtraction(user_id, generation, len(unread))]
        actions += [
            INBOX.update_action(entries.key(user_id, one), _WITHDRAW, _YES, entries.UNREAD)
            for one in unread
        ]
        try:
            dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
        except TransactionCanceled:
            # One of them was read meanwhile, or all: look again.
            attempt += 1
            if attempt == _ATTEMPTS:
                raise
            pause(attempt)


def _withdraw_read(user_id: str, items: Iterable[Item]) -> None:
    """Withdraw read entries, which nothing counts."""
    for item in items:
        INBOX.update(entries.key(user_id, item["id"]), _WITHDRAW, _YES, "attribute_exists(#id)")
