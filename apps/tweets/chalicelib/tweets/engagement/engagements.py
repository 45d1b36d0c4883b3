"""Likes and bookmarks: idempotent both ways; the counters follow by stream."""

from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import Engagement
from chalicelib.tweets.engagement import shards
from pynamodb.exceptions import UpdateError

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.base.errors import not_found

Item = dict[str, Any]

KINDS = ("like", "retweet", "bookmark", "vote")
# A quarter of a megabyte, 30 read units.
_SPAN = 1000


def entry_key(tweet_id: str | int, kind: str = "") -> str:
    """Range key of an engagement: the tweet first, padded so that text order is id order."""
    return f"{int(tweet_id):019d}#{kind}"


def like(user_id: str, tweet_id: str) -> Item:
    """Like a tweet: one read, unless this process read the tweet just now, and one update.

    Ten thousand who like one tweet in a second must not all read its one key.

    Raises:
        Problem: 404 when the tweet is not there for the caller.
    """
    tweet = target(user_id, tweet_id, cached=True)
    listed = shards.listed_under(tweet, "like", user_id)
    _engage(user_id, tweet, "like", Engagement.tweet_kind.set(listed))
    return {"liked": True}


def unlike(user_id: str, tweet_id: str) -> Item:
    """Take a like back (one conditional update); what was not liked stays not liked."""
    _disengage(user_id, tweet_id, "like")
    return {"liked": False}


def bookmark(user_id: str, tweet_id: str) -> Item:
    """Bookmark a tweet, for the caller's eyes only (one read, one conditional update).

    Raises:
        Problem: 404 when the tweet is not there for the caller.
    """
    _engage(user_id, target(user_id, tweet_id), "bookmark", Engagement.folder_id.remove())
    return {"bookmarked": True}


def remove_bookmark(user_id: str, tweet_id: str) -> Item:
    """Take a bookmark away (one conditional update)."""
    _disengage(user_id, tweet_id, "bookmark")
    return {"bookmarked": False}


def viewer_marks(user_id: str, tweet_ids: list[str]) -> dict[str, set[str]]:
    """What the viewer did to each tweet of a page: one range query over their span.

    A page may span years: where the viewer did more in them than `_SPAN` things, the tweets
    that are left are asked for by key.
    """
    if not tweet_ids:
        return {}
    numbers = [int(tweet_id) for tweet_id in tweet_ids]
    table, wanted = Engagement.Meta.table_name, set(tweet_ids)
    answer = sdk.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="user_id = :user AND entry BETWEEN :first AND :last",
        ExpressionAttributeValues=dynamo.encode_item(
            {
                ":user": user_id,
                ":first": entry_key(min(numbers)),
                ":last": entry_key(max(numbers), "~"),
            }
        ),
        Limit=_SPAN,
    )
    found = [dynamo.decode_item(raw) for raw in answer["Items"]]
    if last := answer.get("LastEvaluatedKey"):
        entries = (entry_key(tweet_id, kind) for tweet_id in wanted for kind in KINDS)
        left = [{"user_id": user_id, "entry": one} for one in entries if one > last["entry"]["S"]]
        found += dynamo.batch_get({table: left})[table]
    marks: dict[str, set[str]] = {}
    for engagement in found:
        if engagement["active"] and engagement["tweet_id"] in wanted:
            marks.setdefault(engagement["tweet_id"], set()).add(engagement["kind"])
    return marks


def target(user_id: str, tweet_id: str, *, cached: bool = False) -> Item:
    """The tweet to engage with; a retweet stands for its original.

    Raises:
        Problem: 404 when the tweet is not there for the caller, 403 when its
            author blocked the caller.
    """
    tweet = visibility.visible_tweets(user_id, [tweet_id], cached=cached).get(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id, "tweet_id")
    return tweet


def other_ids(tweet_id: str) -> list[str]:
    """What else a tweet may have been engaged as (one consistent read).

    That is the original of a retweet, and the other versions of an edited tweet, newest first.
    """
    stored = visibility.load_tweets([tweet_id], consistent=True).get(tweet_id)
    if stored is None:
        return []
    versions = [i for i in reversed(stored.get("edit_history", ())) if i != tweet_id]
    original = stored.get("retweeted_tweet_id")
    return [original, *versions] if original else versions


def tolerate_condition(error: UpdateError) -> None:
    """Pass over a condition that failed: what was asked for is so already."""
    if error.cause_response_code != "ConditionalCheckFailedException":
        raise error


def _engage(user_id: str, tweet: Item, kind: str, *more: Any) -> None:
    try:
        Engagement(user_id, entry_key(tweet["id"], kind)).update(
            [
                Engagement.active.set(True),
                Engagement.kind.set(kind),
                Engagement.tweet_id.set(tweet["id"]),
                Engagement.author_id.set(tweet["author_id"]),
                Engagement.version.add(1),
                Engagement.updated_at.set(now_ms()),
                *more,
            ],
            condition=Engagement.active.does_not_exist() | (Engagement.active == False),  # noqa: E712
        )
    except UpdateError as error:
        tolerate_condition(error)


def _disengage(user_id: str, tweet_id: str, kind: str) -> None:
    """End an engagement; only where there is none are the other ids of the tweet tried."""
    if not _ended(user_id, tweet_id, kind):
        any(_ended(user_id, other, kind) for other in other_ids(tweet_id))


def _ended(user_id: str, tweet_id: str, kind: str) -> bool:
    try:
        Engagement(user_id, entry_key(tweet_id, kind)).update(
            [
                Engagement.active.set(False),
                Engagement.tweet_kind.remove(),
                Engagement.version.add(1),
                Engagement.updated_at.set(now_ms()),
            ],
            condition=Engagement.active == True,  # noqa: E712
        )
    except UpdateError as error:
        tolerate_condition(error)
        return False
    return True
