"""Skeletons of authors, pulled from their heads and below those from the index."""

from collections.abc import Iterable

from chalicelib.tweets import head_store
from chalicelib.tweets.heads import GONE, Head
from chalicelib.tweets.pages import Entry
from chalicelib.tweets.skeletons import OVERREAD, Skeleton, Window, authored


def of_head(head: Head, bounds: Window, without: frozenset[str], limit: int) -> Skeleton:
    """The newest entries of a head within a window that does not end below its floor."""
    lines = (line for line in head.lines() if line.position <= bounds.newest)
    kept: list[Entry] = []
    for line in lines:
        if line.position < bounds.oldest:
            return Skeleton(kept, None)
        if line.kind == GONE or line.kind in without:
            continue
        original = str(line.retweeted) if line.retweeted else None
        kept.append(Entry(str(line.position), original))
        if len(kept) == limit:
            return Skeleton(kept, line.position)
    return Skeleton(kept, head.floor if head.floor > bounds.oldest else None)


def sources(heads: Iterable[Head], bounds: Window, without: frozenset[str]) -> list[Skeleton]:
    """One skeleton an author (one Query each for those whose heads end above the window)."""
    everyone = list(heads)
    limit = bounds.size + OVERREAD
    beyond = [head.author_id for head in everyone if head.floor > bounds.newest]
    deep = head_store.in_parallel(lambda one: authored(one, bounds, without, limit), beyond)
    within = (head for head in everyone if head.floor <= bounds.newest)
    return [*(of_head(head, bounds, without, limit) for head in within), *deep]
