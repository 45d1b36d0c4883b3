"""Skeletons of authors, pulled from their heads and below those from the index.

A page below many heads would read an index for each. So a page has a `Depth`: it
may read `MAX_QUERIES` indexes, and ends where it would need more. A head that lies
above a page holds fifty tweets at least (retweets are long), so that is some four
thousand tweets down; X shows eight hundred.
"""

from collections.abc import Callable, Iterable
from heapq import heappush, heappushpop

from chalicelib.tweets.heads import store
from chalicelib.tweets.heads.heads import GONE, Head
from chalicelib.tweets.pages.hydration import Entry
from chalicelib.tweets.pages.skeletons import OVERREAD, Skeleton, Window, authored

MAX_QUERIES = 80


def of_heads(
    heads: Iterable[Head], bounds: Window, without: frozenset[str], limit: int
) -> list[Skeleton]:
    """One skeleton a head that does not end above the window.

    None goes deeper than the newest ``limit`` entries of all that came before it: of
    thousands of heads, most are read no further than their first line.
    """
    newest: list[int] = []
    found: list[Skeleton] = []
    for head in heads:
        least = newest[0] if len(newest) == limit else 0
        skeleton = _of_head(head, bounds, without, limit, least)
        found.append(skeleton)
        for entry in skeleton.entries:
            if len(newest) < limit:
                heappush(newest, int(entry.tweet_id))
            else:
                heappushpop(newest, int(entry.tweet_id))
    return found


def _of_head(
    head: Head, bounds: Window, without: frozenset[str], limit: int, least: int
) -> Skeleton:
    """The newest entries of a head within a window, down to a least id."""
    lines = (line for line in head.lines() if line.position <= bounds.newest)
    kept: list[Entry] = []
    for line in lines:
        if line.position < bounds.oldest:
            return Skeleton(kept, None)
        if line.position < least:
            return Skeleton(kept, line.position + 1)
        if line.kind == GONE or line.kind in without:
            continue
        original = str(line.retweeted) if line.retweeted else None
        kept.append(Entry(str(line.position), original))
        if len(kept) == limit:
            return Skeleton(kept, line.position)
    return Skeleton(kept, head.floor if head.floor > bounds.oldest else None)


class TooDeep(Exception):
    """A page has read as many indexes as it may."""


class Depth:
    """How many indexes one page may still read."""

    def __init__(self) -> None:
        self._left = MAX_QUERIES

    def take(self, queries: int) -> None:
        """Count some.

        Raises:
            TooDeep: there are not so many left; none was taken.
        """
        if queries > self._left:
            raise TooDeep
        self._left -= queries

    def bounded(self, bounds: Window, read: Callable[[Window], Skeleton]) -> Skeleton:
        """What ``read`` finds in a window, or nothing where that would be too deep.

        Then the next page goes on with this window; the list is at its end when not even
        a page of its own could read it.
        """
        unused = self._left == MAX_QUERIES
        try:
            return read(bounds)
        except TooDeep:
            return Skeleton([], None if unused else bounds.newest + 1)


def sources(
    heads: Iterable[Head], bounds: Window, without: frozenset[str], depth: Depth
) -> list[Skeleton]:
    """One skeleton an author (one Query each for those whose heads end above the window).

    Raises:
        TooDeep: they are more than the page may still read.
    """
    everyone = list(heads)
    limit = bounds.size + OVERREAD
    beyond = [head.author_id for head in everyone if head.floor > bounds.newest]
    depth.take(len(beyond))
    deep = store.in_parallel(lambda one: authored(one, bounds, without, limit), beyond)
    within = (head for head in everyone if head.floor <= bounds.newest)
    return [*of_heads(within, bounds, without, limit), *deep]
