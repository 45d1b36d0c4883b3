"""Likes, retweets and votes of a large account's tweets, on several keys of the index by tweet.

One key of an index takes a thousand writes a second. A tweet whose author has
25,000 followers or less needs one key: four in a hundred would have to like it
within the same second. Beyond that an author has shards of followers
(`shared.contracts.follower_shards`), and engagements use the same number, up to
`MAX_SHARDS`: `<tweet>#like`, `<tweet>#like#1`, … Both sides know it from the
author's card, which they read anyway; writers take a new number only when no
reader's card is older. What was listed before stays where it is.
"""

from typing import Any

from chalicelib.tweets.core.models import BY_TWEET, Engagement

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.contracts import follower_shards, profiles

Item = dict[str, Any]

# 16,000 engagements a second; more would make reading who liked a tweet dearer for little.
MAX_SHARDS = 16


def listed_under(tweet: Item, kind: str, user_id: str) -> str:
    """The key of the index under which somebody's engagement is listed (the card is warm).

    Args:
        tweet: the stored tweet.
        kind: ``like``, ``retweet`` or ``vote``.
    """
    author = _author(tweet["author_id"])
    shard = follower_shards.shard(author, user_id, now_ms(), MAX_SHARDS)
    return follower_shards.key(f"{tweet['id']}#{kind}", shard)


def engaged(tweet_id: str, author_id: str, kind: str, after: str, limit: int) -> list[Item]:
    """The next who like or retweeted a tweet, in the order of their ids (one Query a shard)."""
    shards = min(_author(author_id).get("follower_shards", 1), MAX_SHARDS)
    listed = f"{tweet_id}#{kind}"
    if shards == 1:
        return _read(listed, after, limit)
    return follower_shards.merged(_read, listed, shards, after, limit, lambda i: str(i["user_id"]))


def _read(key: str, after: str | None, limit: int) -> list[Item]:
    answer = sdk.client("dynamodb").query(
        TableName=Engagement.Meta.table_name,
        IndexName=BY_TWEET,
        KeyConditionExpression="tweet_kind = :key AND user_id > :after",
        ExpressionAttributeValues=dynamo.encode_item({":key": key, ":after": after}),
        Limit=limit,
    )
    return [dynamo.decode_item(raw) for raw in answer["Items"]]


def _author(author_id: str) -> Item:
    card = profiles.card(author_id)
    return card.item if card else {}
