"""What stands around users on a page: their relations to the viewer, and tweets they name.

One BatchGetItem a hundred keys reads all of it. The tweets are the tweets
domain's (read-only rights); `shared.contracts.tweet_object` shows them as it does there.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from shared.aws import dynamo
from shared.base.config import settings
from shared.base.errors import missing_resource
from shared.contracts import graph, tweet_object, user_object
from shared.contracts.fields import chosen, in_posts
from shared.contracts.graph import Relation

Item = dict[str, Any]
Pair = tuple[Relation | None, Relation | None]


@dataclass(frozen=True)
class Asked:
    """What a request asks of users.

    Attributes:
        fields: user fields; an expansion shows the id that it expands as well.
        expansions: those that name tweets.
        posts: whether they do in the dialect that calls tweets posts.
    """

    fields: frozenset[str]
    expansions: frozenset[str] = frozenset()
    tweet_fields: frozenset[str] = frozenset()
    posts: bool = False

    @classmethod
    def of(cls, query: Item) -> "Asked":
        """The fields and expansions of a query, in either dialect."""
        expansions = chosen(query, "expansions") & user_object.TWEET_IDS
        fields, tweet_fields = chosen(query, "user") | expansions, chosen(query, "tweet")
        return cls(fields, expansions, tweet_fields, in_posts(query))


@dataclass
class Related:
    """Relations by user id (the viewer's, and the user's to the viewer), and tweets by id."""

    relations: dict[str, Pair] = field(default_factory=dict)
    tweets: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, Item] = field(default_factory=dict)

    def pair(self, user_id: str) -> Pair:
        """The relations of the viewer and a user, ``None`` where they were not asked for."""
        return self.relations.get(user_id, (None, None))


def load(
    viewer_id: str | None, users: list[Item], counts: dict[str, Item], asked: Asked
) -> Related:
    """Everything of this page in one read; no read at all where nothing needs one."""
    follows = graph.follows_table()
    tweets, counters = (settings().name("tweets", name) for name in ("tweets", "counters"))
    pairs = _pairs(viewer_id, users, asked)
    ids = _named(users, counts, asked.expansions)
    keys: dict[str, list[dynamo.Key]] = {
        follows: [{"user_id": one, "target_id": other} for one, other in pairs],
        tweets: [{"id": tweet_id} for tweet_id in ids],
        counters: [{"id": i} for i in ids if "public_metrics" in asked.tweet_fields],
    }
    keys = {table: wanted for table, wanted in keys.items() if wanted}
    found = dynamo.batch_get(keys) if keys else {}
    stored = {
        (item["user_id"], item["target_id"]): graph.to_relation(item)
        for item in found.get(follows, ())
    }
    around = Related()
    for one, other in pairs:
        if one == viewer_id:
            around.relations[other] = (
                stored.get((one, other)) or Relation(one, other),
                stored.get((other, one)),
            )
    around.tweets = {item["id"]: _decoded(item) for item in found.get(tweets, ())}
    around.counts = {item["id"]: item for item in found.get(counters, ())}
    return around


def included(data: list[Item], around: Related, asked: Asked, errors: list[Item]) -> list[Item]:
    """The tweets that the user objects shown name; one that is gone adds to ``errors``.

    Ids that the viewer may not know are not in the user objects to begin with.
    """
    shown: dict[str, Item] = {}
    for name in sorted(asked.expansions):
        for user in data:
            if (tweet_id := user.get(name)) is None:
                continue
            tweet = around.tweets.get(tweet_id)
            if tweet is None or tweet.get("deleted"):
                errors.append(missing_resource("tweet", tweet_id, name))
                continue
            counts = around.counts.get(tweet_id)
            shown[tweet_id] = tweet_object.present(tweet, asked.tweet_fields, counts=counts)
    return list(shown.values())


def _pairs(viewer_id: str | None, users: list[Item], asked: Asked) -> list[tuple[str, str]]:
    """Pairs to read: both ways for the connection, else what decides who sees the tweets."""
    if viewer_id is None:
        return []
    ids = [user["id"] for user in users]
    if "connection_status" in asked.fields:
        return [(viewer_id, i) for i in ids] + [(i, viewer_id) for i in ids]
    if user_object.TWEET_IDS.isdisjoint(asked.fields):
        return []
    return [(viewer_id, i) for i in ids if i != viewer_id]


def _named(users: list[Item], counts: dict[str, Item], expansions: frozenset[str]) -> list[str]:
    ids: dict[str, None] = {}
    for user in users:
        recent = counts.get(user["id"], {}).get("most_recent")
        if "pinned_tweet_id" in expansions and user.get("pinned_tweet_id"):
            ids[user["pinned_tweet_id"]] = None
        if "most_recent_tweet_id" in expansions and recent:
            ids[str(recent)] = None
    return list(ids)


def _decoded(tweet: Item) -> Item:
    entities = tweet.get("entities")
    return {**tweet, "entities": json.loads(entities)} if isinstance(entities, str) else tweet
