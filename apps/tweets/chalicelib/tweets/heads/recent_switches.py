"""Switches of delivery modes that this process knows.

A process reads what is new every few seconds, and looks back as far as its readers need, but
never far: `Switches.of` then says that it does not know, and the reader looks at the authors'
heads instead. So neither a long list nor a reader who was away makes a page dear.
"""

import threading
from collections.abc import Iterable, Set
from dataclasses import dataclass
from operator import attrgetter

from chalicelib.tweets.core import announcements
from chalicelib.tweets.core.announcements import (
    Announcement,
    AnnouncementLimits,
    News,
    Subscription,
)
from chalicelib.tweets.heads.delivery_rule import Mode

from shared.base.clock import now_ms
from shared.base.process import process


@dataclass(frozen=True)
class SwitchLimits:
    """Sizes of what a process keeps.

    Attributes:
        known: switches that a process keeps, the newest (30 MB).
        back: switches that a process reads from before its start (40 read units).
    """

    known: int = 100_000
    back: int = 4_000


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
        self._list = Subscription("modes")
        self._known = KnownSwitches(read_from=self._list.started)
        self._looked_back = 0
        self._lock = threading.Lock()

    def of(self, author_ids: Set[str], since: int) -> dict[str, Switch] | None:
        """Return the newest switches of some authors made since a moment (ms).

        Calls: none if the list was read seconds ago, else mostly one Query; never more than
        `AnnouncementLimits.pages` to refresh and as many to look back.

        Returns:
            by author; ``None`` if the process does not know the list so far back.
        """
        with self._lock:
            if news := self._list.news():
                self._learn(news)
                if not news.complete:
                    # Those between the last refresh and the oldest found are not known.
                    self._known.read_from = max(self._known.read_from, news.since)
            if since < self._known.complete_from:
                self._look_back(since)
            if since < self._known.complete_from:
                return None
            return self._known.of(author_ids, since)

    def _look_back(self, since: int) -> None:
        """Read switches before the known ones, at least as long a time again."""
        left = process.limits(SwitchLimits).back - self._looked_back
        until = self._known.read_from
        expired = now_ms() - announcements.LIFETIME_SECONDS * 1000
        oldest = max(since - (self._list.started - until), expired)
        if left > 0 and oldest <= since:
            pages = -(-left // process.limits(AnnouncementLimits).page)
            news = announcements.read("modes", oldest, until, pages)
            self._looked_back += len(news.found)
            self._learn(news)
            self._known.read_from = news.since

    def _learn(self, news: News) -> None:
        self._known.learn(map(_switch, news.found))


# Switches that this process knows.
switches = process.lazy(Switches)
process.on_reset(switches.forget)


def _switch(announced: Announcement) -> Switch:
    at, author_id, item = announced
    return Switch(at, author_id, item["mode"], item["first"])
