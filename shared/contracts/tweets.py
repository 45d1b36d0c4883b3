"""Tweets and their counters, as other domains may read them.

Owner: the tweets domain, which alone writes these tables (`Tweet` and `Counter` of
its models); other domains have read-only rights. Promise:

- A tweet has the attributes in `ATTRIBUTES`, of which all but ``id``, ``author_id``
  and ``kind`` may be absent; `decode` gives them as `tweet_object.present` takes them.
- A deleted tweet is a tombstone with ``deleted``, and its id is never used again.
- A version that an edit replaced names the newest one in ``superseded_by``.
- The index `BY_AUTHOR` orders an author's tweets by ``position``, the id as a number;
  tombstones and replaced versions drop out of it.
- A tweet with ``long_text`` holds the start of a text that `tweets-texts` holds whole; ids of
  users whom the rest mentions are ``later_mention_ids``.
- Counters have `COUNTS`; absent means zero.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from shared.aws.dynamo import Item
from shared.aws.table import Action, Table
from shared.base.config import settings

TWEETS: Table[Any] = Table(settings().name("tweets", "tweets"), "id")
COUNTERS: Table[Any] = Table(settings().name("tweets", "counters"), "id")
BY_AUTHOR = "by_author"

ATTRIBUTES = frozenset({
    "id", "position", "author_id", "kind", "text", "entities", "conversation_id",
    "in_reply_to_tweet_id", "in_reply_to_user_id", "quoted_tweet_id", "retweeted_tweet_id",
    "reply_settings", "hidden", "lang", "edit_history", "superseded_by", "poll", "media", "deleted",
    "long_text", "later_mention_ids",
})  # fmt: skip
COUNTS = frozenset({
    "retweets", "replies", "likes", "quotes", "bookmarks", "impressions",
})  # fmt: skip

_PINNABLE = (
    "#author_id = :user AND attribute_not_exists(#deleted) AND #kind <> :retweet "
    "AND attribute_not_exists(#superseded_by)"
)
_PAGE = 20


def decode(item: Item) -> Item:
    """Return a stored tweet with its entities as a dictionary."""
    entities = item.get("entities")
    return {**item, "entities": json.loads(entities)} if isinstance(entities, str) else item


def deleted_among(tweet_ids: Iterable[str]) -> set[str]:
    """Return those ids whose tweets are tombstones, whoever deleted them.

    Calls: one consistent BatchGetItem per hundred; none without ids.
    """
    keys = [{"id": tweet_id} for tweet_id in sorted(set(tweet_ids))]
    if not keys:
        return set()
    return {one["id"] for one in TWEETS.get_many(keys, consistent=True) if one.get("deleted")}


def check_pinnable_action(tweet_id: str, user_id: str) -> Action:
    """Condition: the tweet is there, the user's, newest, and no retweet.

    A transaction that fails on it tells the stored tweet.
    """
    values = {"user": user_id, "retweet": "retweet"}
    return TWEETS.check_action({"id": tweet_id}, _PINNABLE, values)


def by_author(author_id: str) -> Iterator[Item]:
    """Positions and kinds of an author's tweets, newest first.

    One Query per 20; the index is eventually consistent.
    """
    return TWEETS.query(
        "#author_id = :author", {"author": author_id}, index=BY_AUTHOR, descending=True, limit=_PAGE
    )
