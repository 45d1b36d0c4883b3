"""Index keys under which engagements with a tweet are listed.

One key of an index takes a thousand writes per second. A tweet whose author has
25,000 followers or fewer needs one key: four in a hundred would have to like it
within the same second. Larger authors have follower shards
(`shared.contracts.follower_shards`), and engagements use the same number, up to
`MAX_SHARDS`: `<tweet>#like`, `<tweet>#like#1`, … Writers and readers both know it
from the author's card, which they read anyway; writers use a new number only when
no reader's card is older. Engagements listed before stay where they are.
"""

from chalicelib.tweets.core.models import BY_TWEET, ENGAGEMENTS

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.contracts import follower_shards, profiles
from shared.contracts.follower_shards import Place

# 16,000 engagements per second; more shards would only make reading who liked a tweet dearer.
MAX_SHARDS = 16


def index_key(tweet: Item, kind: str, user_id: str) -> str:
    """Return the index key that lists a user's engagement.

    Args:
        tweet: the stored tweet.
        kind: ``like``, ``retweet`` or ``vote``.
    """
    author = _author(tweet["author_id"])
    shard = follower_shards.shard(author, user_id, now_ms(), MAX_SHARDS)
    return follower_shards.key(f"{tweet['id']}#{kind}", shard)


def read_page(tweet_id: str, author_id: str, kind: str, after: str, limit: int) -> list[Item]:
    """Return engagements with a tweet by user id (one Query per shard).

    Args:
        after: the user id to go on after; ``0`` for the first page.
    """
    shards = min(_author(author_id).get("follower_shards", 1), MAX_SHARDS)
    listed = f"{tweet_id}#{kind}"
    if shards == 1:
        return _read(listed, after, limit)
    return follower_shards.merged(_read, listed, shards, after, limit, lambda i: str(i["user_id"]))


def read_chain(
    tweet_id: str, author_id: str, kind: str, place: Place | None, limit: int
) -> tuple[list[Item], Place | None]:
    """Return engagements with a tweet, shard after shard.

    As `follower_shards.chained`. Calls: one Query, or two where a shard ends; four at most.
    """
    shards = min(_author(author_id).get("follower_shards", 1), MAX_SHARDS)
    listed = f"{tweet_id}#{kind}"
    return follower_shards.chained(
        _read, listed, shards, place, limit, lambda item: str(item["user_id"])
    )


def _read(key: str, after: str | None, limit: int) -> list[Item]:
    condition = "#tweet_kind = :key AND #user_id > :after"
    values = {"key": key, "after": after or follower_shards.BEGINNING}
    return ENGAGEMENTS.page(condition, values, index=BY_TWEET, limit=limit).items


def _author(author_id: str) -> Item:
    card = profiles.card(author_id)
    return card.item if card else {}
