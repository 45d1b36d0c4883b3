"""Who may see a tweet: the rules that every read and every reference runs through."""

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from cachetools import TTLCache
from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import Tweet

from shared.aws import dynamo
from shared.base.errors import forbidden
from shared.contracts import graph, profiles
from shared.contracts.graph import Relation
from shared.contracts.profiles import UserCard

Item = dict[str, Any]

_harmless: TTLCache[tuple[str, str], Relation] = TTLCache(10_000, profiles.CACHE_SECONDS)
_lock = threading.Lock()


def load_tweets(
    tweet_ids: Iterable[str], *, consistent: bool = False, cached: bool = False
) -> dict[str, Item]:
    """Items of the tweets table by id, tombstones included (one BatchGetItem a hundred).

    A tweet of this moment is found, whatever a late replica says; it may not be in its newest
    state unless that is asked for.

    Args:
        consistent: in the newest state.
        cached: they may be as old as `cache` says.
    """
    table = Tweet.Meta.table_name
    wanted = list(dict.fromkeys(tweet_ids))
    known = cache.tweets().get(wanted) if cached else {}
    keys = [{"id": tweet_id} for tweet_id in wanted if tweet_id not in known]
    if not keys:
        return known
    found = dynamo.batch_get({table: keys}, consistent, sure={table})[table]
    if cached:
        cache.tweets().renew(found)
    return known | {item["id"]: item for item in found}


def reset() -> None:
    """Forget the relations that this process remembers."""
    with _lock:
        _harmless.clear()


def load_tweet(tweet_id: str) -> Item | None:
    """One tweet that has not been deleted."""
    item = load_tweets([tweet_id]).get(tweet_id)
    return item if item and not item.get("deleted") else None


def entities(tweet: Item) -> Item:
    """The entities of a stored tweet, which are kept as JSON text."""
    stored: Item | str = tweet.get("entities") or {}
    return json.loads(stored) if isinstance(stored, str) else stored


def may_see(
    viewer_id: str | None, tweet: Item, author: UserCard | None, relation: Relation | None
) -> bool:
    """Whether the viewer may read the tweet.

    Muting is not asked here: it keeps tweets out of timelines, not out of reach.
    """
    if tweet.get("deleted") or author is None or not author.active:
        return False
    if viewer_id == tweet["author_id"]:
        return True
    if relation and (relation.blocked_by or relation.blocked):
        return False
    return not author.protected or bool(relation and relation.following)


def visible_tweets(
    viewer_id: str, tweet_ids: Iterable[str], *, cached: bool = False
) -> dict[str, Item]:
    """The tweets among ``tweet_ids`` that the viewer may reply to, quote, like or retweet.

    The newest version stands for an older one that was asked for, and the original
    for its retweet.

    Args:
        cached: they may be as old as `cache` says; relations never are older than seconds.

    Raises:
        Problem: 403 when an author blocked the viewer.
    """
    tweets = load_tweets(tweet_ids, cached=cached)
    # From a retweet to its original, and from that to its newest version.
    for _ in range(2):
        others = {i: other for i, tweet in tweets.items() if (other := _stand_in(tweet))}
        found = load_tweets(others.values(), cached=cached)
        tweets |= {i: found[other] for i, other in others.items() if other in found}
    authors = {tweet["author_id"] for tweet in tweets.values()}
    cards, relations = _met(viewer_id, authors)
    if any(relation.blocked_by for relation in relations.values()):
        raise forbidden("The author of this tweet has blocked you.")
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
    """The id of the tweet that is meant where this one is named; a tombstone is just itself."""
    if tweet.get("deleted"):
        return None
    return tweet.get("superseded_by") or tweet.get("retweeted_tweet_id")


def _met(
    viewer_id: str, author_ids: set[str]
) -> tuple[Mapping[str, UserCard], Mapping[str, Relation]]:
    """Cards of authors and the viewer's relations to them, in one BatchGetItem.

    Both are remembered for some seconds, relations only where they are harmless:
    only an unblocked relation to a public author is: whoever follows, is
    approved or is unblocked must not wait. A block is felt within the cache's life.
    """
    with _lock:
        known = {a: _harmless[viewer_id, a] for a in author_ids if (viewer_id, a) in _harmless}
    missing = author_ids - known.keys() - {viewer_id}
    cards, found = graph.cards_and_relations(viewer_id, author_ids, missing)
    with _lock:
        for author_id, relation in found.items():
            card = cards.get(author_id)
            if card and not card.protected and not relation.blocked and not relation.blocked_by:
                _harmless[viewer_id, author_id] = relation
    return cards, known | found
