"""Skeletons: ids of a list's tweets, from a table or an index."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from chalicelib.tweets.core.models import BY_AUTHOR, TWEETS
from chalicelib.tweets.pipeline.window import Window

from shared.aws.dynamo import Item
from shared.aws.table import Table

NO_KINDS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """One line of a skeleton; ``retweeted_id`` saves a second round of reads."""

    tweet_id: str
    retweeted_id: str | None = None


@dataclass(frozen=True)
class Skeleton:
    """Entries, newest first.

    Attributes:
        floor: the lowest id that the entries cover; ``None`` if nothing lies below them.
    """

    entries: list[Entry]
    floor: int | None


def by_author(
    user_id: str, window: Window, without: frozenset[str] = NO_KINDS, limit: int | None = None
) -> Skeleton:
    """Return a user's own tweets, from the index by author (one Query)."""
    return of_index(BY_AUTHOR, "author_id", user_id, window, without, limit)


def of_index(
    index: str,
    key: str,
    value: str,
    window: Window,
    without: frozenset[str] = NO_KINDS,
    limit: int | None = None,
) -> Skeleton:
    """Return tweets from an index whose range key is ``position``."""
    limit = limit or window.depth
    items = positions(TWEETS, index, key, value, window.oldest, window.newest, limit)
    return of_items(items, limit, without)


def merge(*sources: Skeleton) -> Skeleton:
    """Merge sources by id.

    Entries below the highest floor are left for the next round.
    """
    floors = [source.floor for source in sources if source.floor is not None]
    floor = max(floors) if floors else None
    found = {int(entry.tweet_id): entry for source in sources for entry in source.entries}
    kept = [entry for i, entry in sorted(found.items(), reverse=True) if i >= (floor or 0)]
    return Skeleton(kept, floor)


def cut(skeleton: Skeleton, size: int) -> Skeleton:
    """Return the newest entries; those below them are left for the next round."""
    if len(skeleton.entries) <= size:
        return skeleton
    kept = skeleton.entries[:size]
    return Skeleton(kept, int(kept[-1].tweet_id))


def of_items(
    items: list[Item],
    limit: int,
    without: frozenset[str] = NO_KINDS,
    authors: Container[str] | None = None,
) -> Skeleton:
    """Return the entries of a Query's items.

    Args:
        limit: the Query's; fewer items than that are all there are.
        authors: keep only entries of these authors.
    """
    entries = [
        Entry(str(item["position"]), item.get("retweeted_tweet_id"))
        for item in items
        if item.get("kind") not in without and (authors is None or item["author_id"] in authors)
    ]
    return Skeleton(entries, items[-1]["position"] if len(items) == limit else None)


def positions(
    table: Table[Any],
    index: str | None,
    key: str,
    value: str,
    oldest: int,
    newest: int,
    limit: int,
    ascending: bool = False,
) -> list[Item]:
    """Return items of one hash key between two positions, newest first.

    Calls: one Query, none if no position fits.
    """
    if oldest > newest:
        return []
    return table.page(
        f"#{key} = :value AND #position BETWEEN :oldest AND :newest",
        {"value": value, "oldest": oldest, "newest": newest},
        index=index,
        descending=not ascending,
        limit=limit,
    ).items
