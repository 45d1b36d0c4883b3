"""Skeletons of pulled authors: heads, and below them the index.

A page far down lies below many heads, and would read an index for each. So a page has a
`Depth`: it may read so many indexes, and ends where it would need more. A head that lies
above a page holds fifty tweets at least (retweets are long), so that is some four
thousand tweets down; X shows eight hundred.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappush, heappushpop

from chalicelib.tweets.heads import store
from chalicelib.tweets.heads.heads import GONE, Head
from chalicelib.tweets.pipeline.skeletons import Entry, Skeleton, by_author
from chalicelib.tweets.pipeline.window import Window

from shared.base.process import process


@dataclass(frozen=True)
class DepthLimits:
    """Number of indexes that one page may read."""

    queries: int = 80


def of_heads(
    heads: Iterable[Head], window: Window, without: frozenset[str], limit: int
) -> list[Skeleton]:
    """Return one skeleton per head; the heads must not end above the window.

    None goes deeper than the newest ``limit`` entries of all that came before it: of
    thousands of heads, most are read no further than their first line.
    """
    newest: list[int] = []
    found: list[Skeleton] = []
    for head in heads:
        least = newest[0] if len(newest) == limit else 0
        skeleton = _of_head(head, window, without, limit, least)
        found.append(skeleton)
        for entry in skeleton.entries:
            if len(newest) < limit:
                heappush(newest, int(entry.tweet_id))
            else:
                heappushpop(newest, int(entry.tweet_id))
    return found


def _of_head(
    head: Head, window: Window, without: frozenset[str], limit: int, least: int
) -> Skeleton:
    """Return the newest entries of a head within a window, down to a least id."""
    lines = (line for line in head.lines() if line.position <= window.newest)
    kept: list[Entry] = []
    for line in lines:
        if line.position < window.oldest:
            return Skeleton(kept, None)
        if line.position < least:
            return Skeleton(kept, line.position + 1)
        if line.kind == GONE or line.kind in without:
            continue
        original = str(line.retweeted) if line.retweeted else None
        kept.append(Entry(str(line.position), original))
        if len(kept) == limit:
            return Skeleton(kept, line.position)
    return Skeleton(kept, head.floor if head.floor > window.oldest else None)


class TooDeep(Exception):
    """A page has read as many indexes as it may."""


class Depth:
    """The number of indexes that one page may still read."""

    def __init__(self) -> None:
        self._all = self._left = process.limits(DepthLimits).queries

    def take(self, queries: int) -> None:
        """Count queries that are about to be made.

        Raises:
            TooDeep: fewer are left; none was taken.
        """
        if queries > self._left:
            raise TooDeep
        self._left -= queries

    def limit(self, window: Window, read: Callable[[Window], Skeleton]) -> Skeleton:
        """Return ``read``'s skeleton, or an empty one if that is too deep.

        Then the next page goes on with this window; the list is at its end when not even
        a page of its own could read it.
        """
        unused = self._left == self._all
        try:
            return read(window)
        except TooDeep:
            return Skeleton([], None if unused else window.newest + 1)


def of_authors(
    heads: Iterable[Head], window: Window, without: frozenset[str], depth: Depth
) -> list[Skeleton]:
    """Return one skeleton per author.

    Calls: one Query for each author whose head ends above the window.

    Raises:
        TooDeep: that are more queries than the page may still make.
    """
    everyone = list(heads)
    limit = window.depth
    beyond = [head.author_id for head in everyone if head.floor > window.newest]
    depth.take(len(beyond))
    deep = store.in_parallel(lambda one: by_author(one, window, without, limit), beyond)
    within = (head for head in everyone if head.floor <= window.newest)
    return [*of_heads(within, window, without, limit), *deep]
