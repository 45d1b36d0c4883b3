"""Switches of delivery modes that this process knows.

All switches are in one list, newest last. A process reads what is new every few seconds, and
looks back as far as its readers need, but never far: `Switches.of` then says that it does not
know, and the reader looks at the authors' heads instead. So neither a long list nor a reader
who was away makes a page dear.
"""

import threading
from collections.abc import Iterable, Set
from dataclasses import dataclass
from operator import attrgetter

from chalicelib.tweets.core.models import SWITCHES
from chalicelib.tweets.heads.delivery_rule import Mode

from shared.aws.dynamo import Item, Key
from shared.base.clock import now_ms, now_seconds
from shared.base.process import process

# Readers who were away for a week start afresh: nobody needs older switches.
_LIFETIME_SECONDS = 8 * 86_400
_LIST = "all"
# Above every digit: keys up to the end of a millisecond, or of all times.
_LAST = "~"


@dataclass(frozen=True)
class SwitchLimits:
    """Times in which a switch spreads, and sizes of what a process reads.

    Attributes:
        lead_ms: from a switch to its watermark: longer than any process goes without reading
            the list, differences between clocks included.
        refresh_ms: a process reads the list again after so long.
        page: switches per Query (80 KB, 10 read units).
        pages: Queries of one refresh; so many pages a process looks back in all.
        known: switches that a process keeps, the newest (30 MB).
    """

    lead_ms: int = 60_000
    refresh_ms: int = 5_000
    page: int = 1_000
    pages: int = 4
    known: int = 100_000


@dataclass(frozen=True, slots=True)
class Switch:
    """From the tweet id ``first`` on, the author's tweets go in another mode.

    Attributes:
        at: moment of the switch (ms).
    """

    at: int
    author_id: str
    mode: Mode
    first: int


class KnownSwitches:
    """The newest switch of each author, in memory.

    An author's newest switch is enough for readers: if it leads to pull, the head is read
    for every page, and if it leads to push, for all pages that reach below its watermark.

    Attributes:
        read_from: all switches made since then (ms) were learned.
    """

    def __init__(self, read_from: int) -> None:
        self.read_from = read_from
        self._forgotten_to = 0
        self._newest: dict[str, Switch] = {}

    @property
    def complete_from(self) -> int:
        """All switches made since that moment (ms) are known."""
        return max(self.read_from, self._forgotten_to)

    def learn(self, found: Iterable[Switch]) -> None:
        """Take switches, in any order; bounded, the oldest are forgotten."""
        for one in found:
            held = self._newest.get(one.author_id)
            if held is None or held.at <= one.at:
                self._newest[one.author_id] = one
        if len(self._newest) > process.limits(SwitchLimits).known:
            self._forget_older_half()

    def of(self, author_ids: Set[str], since: int) -> dict[str, Switch]:
        """Return the newest switches of some authors, if made since a moment (ms)."""
        found = self._newest.keys() & author_ids
        return {one: self._newest[one] for one in found if self._newest[one].at >= since}

    def _forget_older_half(self) -> None:
        # Half of them, so that the next switches cost nothing again.
        by_age = sorted(self._newest.values(), key=attrgetter("at"))
        middle = len(by_age) // 2
        self._newest = {one.author_id: one for one in by_age[middle:]}
        self._forgotten_to = by_age[middle - 1].at + 1


class Switches:
    """The list of switches, as far as this process has read it."""

    def __init__(self) -> None:
        now = now_ms()
        self._known = KnownSwitches(read_from=now)
        self._started = self._read_at = now
        self._looked_back = 0
        self._lock = threading.Lock()

    def of(self, author_ids: Set[str], since: int) -> dict[str, Switch] | None:
        """Return the newest switches of some authors made since a moment (ms).

        Calls: none if the list was read seconds ago, else mostly one Query; never more than
        `SwitchLimits.pages` to refresh and as many to look back.

        Returns:
            by author; ``None`` if the process does not know the list so far back.
        """
        with self._lock:
            self._refresh()
            if since < self._known.complete_from:
                self._look_back(since)
            if since < self._known.complete_from:
                return None
            return self._known.of(author_ids, since)

    def _refresh(self) -> None:
        limits = process.limits(SwitchLimits)
        now = now_ms()
        if now - self._read_at < limits.refresh_ms:
            return
        # Switches written meanwhile may have become readable late.
        oldest = self._read_at - limits.lead_ms
        read_from = self._read(oldest, _LAST, limits.pages)
        if read_from > oldest:
            # There were more: those in between are not known.
            self._known.read_from = max(self._known.read_from, read_from)
        self._read_at = now

    def _look_back(self, since: int) -> None:
        """Read switches before the known ones, at least as long a time again."""
        limits = process.limits(SwitchLimits)
        pages = limits.pages - self._looked_back // limits.page
        until = self._known.read_from
        oldest = max(since - (self._started - until), now_ms() - _LIFETIME_SECONDS * 1000)
        if pages > 0 and oldest <= since:
            self._known.read_from = self._read(oldest, _key(until, _LAST), pages, back=True)

    def _read(self, oldest: int, newest: str, pages: int, *, back: bool = False) -> int:
        """Read switches, newest first; return since when (ms) all are known."""
        start: Key | None = None
        for _ in range(pages):
            page = SWITCHES.page(
                "#list = :list AND #at BETWEEN :oldest AND :newest",
                {"list": _LIST, "oldest": _key(oldest, ""), "newest": newest},
                descending=True,
                limit=process.limits(SwitchLimits).page,
                start=start,
            )
            self._known.learn(map(_switch, page.items))
            self._looked_back += len(page.items) if back else 0
            if page.last_key is None:
                return oldest
            start = page.last_key
        assert start is not None
        return int(start["at"].partition("#")[0]) + 1


# Switches that this process knows.
switches = process.lazy(Switches)


def put_action(author_id: str, now: int, mode: Mode, first: int) -> Item:
    """Return the put of a switch into the list that all processes read."""
    return SWITCHES.put_action(
        {
            "list": _LIST,
            "at": _key(now, author_id),
            "mode": mode,
            "first": first,
            "expires_at": now_seconds() + _LIFETIME_SECONDS,
        }
    )


def _key(ms: int, author_id: str) -> str:
    return f"{max(0, ms):013d}#{author_id}"


def _switch(item: Item) -> Switch:
    at, _, author_id = item["at"].partition("#")
    return Switch(int(at), author_id, item["mode"], item["first"])
