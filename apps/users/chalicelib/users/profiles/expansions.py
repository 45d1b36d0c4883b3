"""Relations and tweets that user objects on a page refer to.

One BatchGetItem per hundred keys reads all of them. `shared.contracts.tweets` says
what may be read of tweets; `tweet_object` presents them as the tweets domain does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.errors import missing_resource
from shared.contracts import tweet_object, tweets, user_object
from shared.contracts.fields import chosen, in_posts
from shared.contracts.graph import Relation, RelationRead

# The viewer's relation to a user, and the user's to the viewer.
Pair = tuple[Relation | None, Relation | None]


@dataclass(frozen=True)
class UserQuery:
    """Fields and expansions that a request asks for.

    Attributes:
        fields: user fields; an expansion also shows the id that it expands.
        expansions: expansions that name tweets.
        posts: the request uses the dialect that calls tweets posts.
    """

    fields: frozenset[str]
    expansions: frozenset[str] = frozenset()
    tweet_fields: frozenset[str] = frozenset()
    posts: bool = False

    @classmethod
    def of(cls, query: Item) -> "UserQuery":
        """Parse a query in either dialect."""
        expansions = chosen(query, "expansions") & user_object.TWEET_IDS
        fields, tweet_fields = chosen(query, "user") | expansions, chosen(query, "tweet")
        return cls(fields, expansions, tweet_fields, in_posts(query))


@dataclass
class Expansions:
    """Relations by user id, and tweets and their counters by tweet id."""

    relations: dict[str, Pair] = field(default_factory=dict)
    tweets: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, Item] = field(default_factory=dict)

    def pair(self, user_id: str) -> Pair:
        """Return both relations of a pair; ``None`` if not requested."""
        return self.relations.get(user_id, (None, None))


def load(
    viewer_id: str | None,
    users: list[Item],
    counts: dict[str, Item],
    query: UserQuery,
    pairs: Mapping[str, Pair] | None = None,
) -> Expansions:
    """Read all that a page of users refers to; no call if nothing.

    Args:
        pairs: relations by user id, if they have been read.
    """
    read = None if pairs is not None else _relation_read(viewer_id, users, query)
    ids = _named(users, counts, query.expansions)
    keys: dict[str, list[dynamo.Key]] = {
        **(read.keys if read else {}),
        tweets.TWEETS.name: [{"id": tweet_id} for tweet_id in ids],
        tweets.COUNTERS.name: [{"id": i} for i in ids if "public_metrics" in query.tweet_fields],
    }
    keys = {table: wanted for table, wanted in keys.items() if wanted}
    found = dynamo.batch_get(keys) if keys else {}
    return Expansions(
        dict(read.both(found)) if read else dict(pairs or {}),
        {item["id"]: tweets.decode(item) for item in found.get(tweets.TWEETS.name, ())},
        {item["id"]: item for item in found.get(tweets.COUNTERS.name, ())},
    )


def included(
    users: list[Item], expansions: Expansions, query: UserQuery, errors: list[Item]
) -> list[Item]:
    """Present the tweets that user objects name.

    The user objects hold no ids that the viewer may not know.

    Args:
        users: user objects as shown.
        errors: gets an error per tweet that is gone.
    """
    shown: dict[str, Item] = {}
    for name in sorted(query.expansions):
        for user in users:
            if (tweet_id := user.get(name)) is None:
                continue
            tweet = expansions.tweets.get(tweet_id)
            if tweet is None or tweet.get("deleted"):
                errors.append(missing_resource("tweet", tweet_id, name))
                continue
            counts = expansions.counts.get(tweet_id)
            shown[tweet_id] = tweet_object.present(tweet, query.tweet_fields, counts=counts)
    return list(shown.values())


def _relation_read(
    viewer_id: str | None, users: list[Item], query: UserQuery
) -> RelationRead | None:
    """Return the read of the viewer's relations, if a field needs them.

    In both directions for the connection, else those that decide who sees the tweets.
    """
    connected = "connection_status" in query.fields
    if viewer_id is None or not (connected or query.fields & user_object.TWEET_IDS):
        return None
    ids = (user["id"] for user in users if connected or user["id"] != viewer_id)
    return RelationRead(viewer_id, ids, both=connected)


def _named(users: list[Item], counts: dict[str, Item], expansions: frozenset[str]) -> list[str]:
    """Ids of the tweets to expand, each once."""
    ids: dict[str, None] = {}
    for user in users:
        recent = counts.get(user["id"], {}).get("most_recent")
        if "pinned_tweet_id" in expansions and user.get("pinned_tweet_id"):
            ids[user["pinned_tweet_id"]] = None
        if "most_recent_tweet_id" in expansions and recent:
            ids[str(recent)] = None
    return list(ids)
