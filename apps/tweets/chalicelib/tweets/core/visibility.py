"""Visibility of tweets: the rules of every read and every reference."""

import json
from collections.abc import Iterable, Mapping

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import TWEETS

from shared.aws.dynamo import Item
from shared.base.process import Cache, process
from shared.contracts import graph, profiles
from shared.contracts.graph import Relation
from shared.contracts.profiles import UserCard

# Relations, by viewer and author, that hide nothing and could reveal nothing either.
harmless_relations: Cache[tuple[str, str], Relation] = process.cache(10_000, profiles.CACHE_SECONDS)


def load_tweets(
    tweet_ids: Iterable[str], *, consistent: bool = False, cached: bool = False
) -> dict[str, Item]:
    """Return stored tweets by id, tombstones included.

    Calls: one BatchGetItem per hundred.

    A tweet of this moment is found, whatever a late replica says; it may not be in its newest
    state unless ``consistent``.

    Args:
        consistent: in the newest state.
        cached: they may be as old as `cache` says.
    """
    wanted = list(dict.fromkeys(tweet_ids))
    known = cache.tweets().get(wanted) if cached else {}
    keys = [{"id": tweet_id} for tweet_id in wanted if tweet_id not in known]
    if not keys:
        return known
    found = TWEETS.get_many(keys, consistent=consistent, recheck_missing=True)
    if cached:
        cache.tweets().renew(found)
    return known | {item["id"]: item for item in found}


def load_tweet(tweet_id: str) -> Item | None:
    """Return a tweet that has not been deleted."""
    item = load_tweets([tweet_id]).get(tweet_id)
    return item if item and not item.get("deleted") else None


def entities(tweet: Item) -> Item:
    """Return the entities of a stored tweet, which are kept as JSON text."""
    stored: Item | str = tweet.get("entities") or {}
    return json.loads(stored) if isinstance(stored, str) else stored


def mentioned_ids(tweet: Item) -> list[str]:
    """Return the ids of all users whom the whole text mentions, once each."""
    shown = (one["id"] for one in entities(tweet).get("mentions", ()))
    return list(dict.fromkeys([*shown, *tweet.get("later_mention_ids", ())]))


def may_see(
    viewer_id: str | None, tweet: Item, author: UserCard | None, relation: Relation | None
) -> bool:
    """True if the viewer may read the tweet.

    Muting does not matter here: it keeps tweets out of timelines, not out of reach.
    """
    return not tweet.get("deleted") and may_read(viewer_id, author, relation)


def may_read(viewer_id: str | None, author: UserCard | None, relation: Relation | None) -> bool:
    """True if the viewer may read what an account posts, and its public lists.

    Args:
        relation: the viewer's to the account; ``None`` for a stranger.
    """
    if author is None or not author.active:
        return False
    if viewer_id == author.id:
        return True
    if relation and (relation.blocked_by or relation.blocked):
        return False
    return not author.protected or bool(relation and relation.following)


def visible_tweets(
    viewer_id: str, tweet_ids: Iterable[str], *, cached: bool = False
) -> dict[str, Item]:
    """Return the tweets that the viewer may refer to, by the given id.

    To refer is to reply, quote, like or retweet.

    The newest version stands for an older one, and the original for its retweet.

    Args:
        cached: they may be as old as `cache` says; relations never are older than seconds.
    """
    tweets = load_tweets(tweet_ids, cached=cached)
    # From a retweet to its original, and from that to its newest version.
    for _ in range(2):
        others = {i: other for i, tweet in tweets.items() if (other := _stand_in(tweet))}
        found = load_tweets(others.values(), cached=cached)
        tweets |= {i: found[other] for i, other in others.items() if other in found}
    authors = {tweet["author_id"] for tweet in tweets.values()}
    cards, relations = cards_and_relations(viewer_id, authors)
    return {
        tweet_id: tweet
        for tweet_id, tweet in tweets.items()
        if may_see(
            viewer_id,
            tweet,
            cards.get(tweet["author_id"]),
            relations.get(tweet["author_id"]),
        )
    }


def _stand_in(tweet: Item) -> str | None:
    """Return the id of the tweet that stands for this one.

    ``None`` if this one stands for itself, as tombstones do.
    """
    if tweet.get("deleted"):
        return None
    return tweet.get("superseded_by") or tweet.get("retweeted_tweet_id")


def cards_and_relations(
    viewer_id: str | None, author_ids: set[str]
) -> tuple[Mapping[str, UserCard], Mapping[str, Relation]]:
    """Return cards of authors and the viewer's relations to them.

    Calls: one BatchGetItem.

    Both are remembered for some seconds, relations only if they are harmless: an unblocked
    relation to a public author. A viewer who follows, is approved or is unblocked must not
    wait, and a block is felt within the cache's life.
    """
    if viewer_id is None:
        return profiles.cards(author_ids), {}
    known = {
        author_id: relation
        for (_, author_id), relation in harmless_relations.get_many(
            (viewer_id, author_id) for author_id in author_ids
        ).items()
    }
    missing = author_ids - known.keys() - {viewer_id}
    cards, found = graph.cards_and_relations(viewer_id, author_ids, missing)
    for author_id, relation in found.items():
        card = cards.get(author_id)
        if card and not card.protected and not relation.severed:
            harmless_relations.put((viewer_id, author_id), relation)
    return cards, known | found
