"""Likes and bookmarks.

Both directions are idempotent; the stream updates the counters.
"""

from dataclasses import dataclass

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import ENGAGEMENTS
from chalicelib.tweets.engagement import items, shards

from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.base.process import process


@dataclass(frozen=True)
class MarkLimits:
    """Limits of reading a viewer's marks.

    Attributes:
        span: engagements read between the first and the last tweet of a page: a quarter of a
            megabyte, 30 read units.
    """

    span: int = 1000


def like(user_id: str, tweet_id: str) -> Item:
    """Like a tweet.

    Calls: one read, unless this process has just read the tweet, and one update.

    Ten thousand users who like one tweet within a second must not all read its one key.

    Raises:
        Problem: 404 when the caller cannot see the tweet.
    """
    tweet = target(user_id, tweet_id, cached=True)
    listed = shards.index_key(tweet, "like", user_id)
    ENGAGEMENTS.update(*items.begin(user_id, tweet, "like", tweet_kind=listed))
    return {"liked": True}


def unlike(user_id: str, tweet_id: str) -> Item:
    """Undo a like, if there is one (one conditional update)."""
    _end(user_id, tweet_id, "like")
    return {"liked": False}


def bookmark(user_id: str, tweet_id: str) -> Item:
    """Bookmark a tweet, in no folder (one read, one conditional update).

    Raises:
        Problem: as `like`.
    """
    tweet = target(user_id, tweet_id)
    ENGAGEMENTS.update(*items.begin(user_id, tweet, "bookmark", folder_id=None))
    return {"bookmarked": True}


def remove_bookmark(user_id: str, tweet_id: str) -> Item:
    """Remove a bookmark (one conditional update)."""
    _end(user_id, tweet_id, "bookmark")
    return {"bookmarked": False}


def viewer_marks(user_id: str, tweet_ids: list[str]) -> dict[str, set[str]]:
    """Return kinds of the viewer's active engagements by tweet id.

    Calls: one range query from the lowest id to the highest. A page may span years: where the
    viewer engaged with more than `MarkLimits.span` tweets in between, the rest is read by key.
    """
    if not tweet_ids:
        return {}
    numbers, wanted = [int(tweet_id) for tweet_id in tweet_ids], set(tweet_ids)
    page = ENGAGEMENTS.page(
        "#user_id = :user AND #entry BETWEEN :first AND :last",
        {
            "user": user_id,
            "first": items.entry_key(min(numbers)),
            "last": items.entry_key(max(numbers), "~"),
        },
        limit=process.limits(MarkLimits).span,
    )
    found = page.items
    if page.last_key:
        keys = (items.key(user_id, tweet_id, kind) for tweet_id in wanted for kind in items.KINDS)
        last = page.last_key["entry"]
        found = found + ENGAGEMENTS.get_many(one for one in keys if one["entry"] > last)
    marks: dict[str, set[str]] = {}
    for engagement in found:
        if engagement["active"] and engagement["tweet_id"] in wanted:
            marks.setdefault(engagement["tweet_id"], set()).add(engagement["kind"])
    return marks


def target(user_id: str, tweet_id: str, *, cached: bool = False) -> Item:
    """Return the tweet to engage with.

    That is the original of a retweet, and the newest version of an edited tweet.

    Raises:
        Problem: 404 when the caller cannot see the tweet.
    """
    tweet = visibility.visible_tweets(user_id, [tweet_id], cached=cached).get(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id, "tweet_id")
    return tweet


def other_ids(tweet_id: str) -> list[str]:
    """Return further ids under which engagements with a tweet may be.

    Calls: one consistent read.

    They are the original of a retweet, and the other versions of an edited tweet, newest first.
    """
    stored = visibility.load_tweets([tweet_id], consistent=True).get(tweet_id)
    if stored is None:
        return []
    versions = [i for i in reversed(stored.get("edit_history", ())) if i != tweet_id]
    original = stored.get("retweeted_tweet_id")
    return [original, *versions] if original else versions


def _end(user_id: str, tweet_id: str, kind: str) -> None:
    """End an engagement; if there is none, try the tweet's other ids."""
    if not ENGAGEMENTS.update(*items.end(user_id, tweet_id, kind)):
        any(ENGAGEMENTS.update(*items.end(user_id, i, kind)) for i in other_ids(tweet_id))
