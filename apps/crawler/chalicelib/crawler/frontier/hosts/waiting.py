"""The waiting pages of a host in the order of its run."""

from collections.abc import Iterable
from typing import Any

from ada_url import URL
from chalicelib.crawler.core.limits import RETRY_SECONDS
from chalicelib.crawler.frontier.hosts.chunks import Chunks
from chalicelib.crawler.frontier.hosts.entries import Entry
from chalicelib.crawler.frontier.hosts.lanes import Lane, Queue, Stack

# Lanes of a best-first run, by score.
_SCORES = 8
LATE, OUT = "late", "out"
# Lanes of retries by their waiting time, so that each is nearly in the order of its due times:
# a page that a server wants in five minutes holds back no other.
RETRIES = ("retry", *(f"retry{number}" for number in range(1, len(RETRY_SECONDS) + 1)))


class Waiting:
    """Lanes of a host: of the order, late ones, retries, links elsewhere.

    ``late`` holds what trap rules hold back until nothing else is left; it is first in, first
    out, so that an endless calendar and a large shop there take turns.

    Args:
        order: ``depth-first``, ``breadth-first`` or ``best-first``.
        pointers: of the lanes, by name.
    """

    def __init__(self, order: str, pointers: dict[str, list[Any]]) -> None:
        self._order = order
        names = [str(score) for score in range(_SCORES)] if order == "best-first" else ["0"]
        kind: type[Stack] | type[Queue] = Stack if order == "depth-first" else Queue
        self._main: list[Lane] = [kind(name, pointers.get(name)) for name in names]
        self._late = Queue(LATE, pointers.get(LATE))
        self._retries = [Queue(name, pointers.get(name)) for name in RETRIES]
        self._out = Queue(OUT, pointers.get(OUT))

    @property
    def _lanes(self) -> list[Lane]:
        return [*self._main, self._late, *self._retries, self._out]

    @property
    def pointers(self) -> dict[str, list[Any]]:
        """Positions to keep in the host's item."""
        return {lane.name: lane.pointer for lane in self._lanes if any(lane.pointer)}

    def push(self, entries: list[Entry]) -> None:
        """Add pages that one page found, in the order of its links."""
        late = [entry for entry in entries if entry.rule]
        here = [entry for entry in entries if not entry.rule]
        self._late.push(late)
        if self._order == "depth-first":
            # The first link comes to lie on top.
            self._main[0].push(reversed(here))
        elif self._order == "breadth-first":
            self._main[0].push(here)
        else:
            for entry in here:
                self._main[_score(entry)].push([entry])

    def push_retry(self, entry: Entry, now: int) -> None:
        """Add a page to try again."""
        waits = entry.due - now
        self._retries[sum(waits > 1000 * one for one in RETRY_SECONDS)].push([entry])

    def push_out(self, entries: Iterable[Entry]) -> None:
        """Add links to pass on to other hosts."""
        self._out.push(entries)

    def peek_out(self, chunks: Chunks) -> Entry | None:
        """Return the next link to another host."""
        return self._out.peek(chunks)

    def pop_out(self, chunks: Chunks) -> Entry | None:
        """Take a link to another host."""
        return self._out.pop(chunks)

    def pop(self, chunks: Chunks, now: int) -> Entry | None:
        """Take the next page: a retry that is due, else by order, else a late one."""
        first = self._first_retry(chunks)
        if first is not None and first[0] <= now:
            return first[1].pop(chunks)
        for lane in (*self._main, self._late):
            entry = lane.pop(chunks)
            if entry is not None:
                return entry
        return None

    def next_retry(self, chunks: Chunks) -> int:
        """Return the moment (Unix ms) of the first retry; 0 if there is none."""
        first = self._first_retry(chunks)
        return first[0] if first else 0

    def _first_retry(self, chunks: Chunks) -> tuple[int, Queue] | None:
        """Moment of the first retry, and its lane."""
        heads = ((lane.peek(chunks), lane) for lane in self._retries)
        found = [(entry.due, lane) for entry, lane in heads if entry is not None]
        return min(found, key=lambda one: one[0], default=None)

    def clear(self) -> None:
        """Forget the pages of this host, not the links to others."""
        for lane in (*self._main, self._late, *self._retries):
            lane.clear()

    def save(self, chunks: Chunks) -> None:
        """Write the pages that no chunk holds yet."""
        for lane in self._lanes:
            lane.save(chunks)


def _score(entry: Entry) -> int:
    """Lane of a page: the first for addresses near the top of the site."""
    parsed = URL(entry.url)
    segments = sum(1 for segment in parsed.pathname.split("/") if segment)
    parameters = parsed.search.count("&") + 1 if parsed.search else 0
    return min(_SCORES - 1, segments + parameters)
