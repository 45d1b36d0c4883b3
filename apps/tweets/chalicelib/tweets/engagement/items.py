"""Items of the engagements table: likes, retweets, bookmarks and votes."""

from typing import Any, NamedTuple

from chalicelib.tweets.core.versioned import next_version

from shared.aws.dynamo import Item
from shared.base.clock import now_ms

KINDS = ("like", "retweet", "bookmark", "vote")


class Write(NamedTuple):
    """Arguments of `Table.update` and of `Table.update_action`."""

    key: Item
    expression: str
    values: Item
    condition: str


def entry_key(tweet_id: str | int, kind: str = "") -> str:
    """Return the range key of an engagement.

    The tweet's id is padded, so that text order is id order.
    """
    return f"{int(tweet_id):019d}#{kind}"


def key(user_id: str, tweet_id: str, kind: str) -> Item:
    """Key of an engagement."""
    return {"user_id": user_id, "entry": entry_key(tweet_id, kind)}


def begin(user_id: str, tweet: Item, kind: str, **members: Any) -> Write:
    """Begin an engagement, unless it is active.

    Args:
        tweet: the stored tweet.
        members: further attributes; those given as ``None`` are removed.
    """
    changes = {
        "active": True,
        "kind": kind,
        "tweet_id": tweet["id"],
        "author_id": tweet["author_id"],
        **members,
    }
    return Write(
        key(user_id, tweet["id"], kind),
        *next_version(changes, inactive=False),
        "attribute_not_exists(#active) OR #active = :inactive",
    )


def end(user_id: str, tweet_id: str, kind: str) -> Write:
    """End an engagement that is active; it leaves the index by tweet."""
    changes = {"active": False, "tweet_kind": None}
    return Write(
        key(user_id, tweet_id, kind),
        *next_version(changes, still_active=True),
        "#active = :still_active",
    )


def end_retweet(engagement: Item) -> Write:
    """End a retweet's engagement, unless the user retweeted again since."""
    ended = end(engagement["user_id"], engagement["tweet_id"], "retweet")
    return ended._replace(
        values={**ended.values, "undone": engagement["retweet_id"]},
        condition=f"{ended.condition} AND #retweet_id = :undone",
    )


def new_vote(user_id: str, tweet: Item, choice: int, index_key: str) -> Item:
    """Make a vote, which never changes.

    Args:
        choice: the option's position, from one.
        index_key: see `shards.index_key`.
    """
    return {
        **key(user_id, tweet["id"], "vote"),
        "kind": "vote",
        "tweet_id": tweet["id"],
        "author_id": tweet["author_id"],
        "active": True,
        "choice": choice,
        "tweet_kind": index_key,
        "version": 1,
        "updated_at": now_ms(),
    }
