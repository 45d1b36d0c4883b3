"""Announcements that every process reads within seconds.

An announcement is one item in a list, newest last: that an author's delivery mode switches, or
that a reader's activity has changed. Processes read what is new every few seconds, in bounded
calls, and so may keep other data for as long as nothing is announced about it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chalicelib.tweets.core.models import SWITCHES

from shared.aws.dynamo import Item, Key
from shared.base.clock import now_ms, now_seconds
from shared.base.process import process

# Readers who were away for a week start afresh: nobody needs older announcements.
LIFETIME_SECONDS = 8 * 86_400
Kind = Literal["modes", "readers"]
# Above every digit: keys up to the end of a millisecond, or of all times.
_LAST = "~"


@dataclass(frozen=True)
class AnnouncementLimits:
    """Times in which an announcement spreads, and sizes of reads.

    Attributes:
        lead_ms: what is announced takes effect after so long: longer than any process goes
            without reading the list, differences between clocks included.
        refresh_ms: a process reads the list again after so long.
        page: announcements per Query (80 KB, 10 read units).
        pages: Queries of one refresh.
    """

    lead_ms: int = 60_000
    refresh_ms: int = 5_000
    page: int = 1_000
    pages: int = 4


class Announcement(NamedTuple):
    """One announcement: its moment (ms), the user, and what else was written."""

    at: int
    user_id: str
    item: Item


@dataclass(frozen=True)
class News:
    """Announcements, and since when (ms) these are all.

    Attributes:
        complete: false if there were more than a refresh may read.
    """

    found: list[Announcement] = field(default_factory=list)
    since: int = 0
    complete: bool = True


class Subscription:
    """One list, from the moment on when this process began to read it."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self.started = self._read_at = now_ms()

    def news(self) -> News | None:
        """Return new announcements, some once more; `None` if read just now.

        Calls: mostly one Query, at most `AnnouncementLimits.pages`; none if the list was read
        seconds ago.
        """
        limits = process.limits(AnnouncementLimits)
        now = now_ms()
        if now - self._read_at < limits.refresh_ms:
            return None
        # What was written meanwhile may have become readable late.
        news = read(self._kind, self._read_at - limits.lead_ms, None, limits.pages)
        self._read_at = now
        return news


def read(kind: Kind, oldest: int, until: int | None, pages: int) -> News:
    """Return the announcements between two moments (ms), newest first.

    Calls: one Query per page.

    Args:
        until: inclusive upper bound; ``None`` for none.
    """
    found: list[Announcement] = []
    start: Key | None = None
    for _ in range(pages):
        page = SWITCHES.page(
            "#list = :list AND #at BETWEEN :oldest AND :newest",
            {
                "list": kind,
                "oldest": _key(oldest, ""),
                "newest": _LAST if until is None else _key(until, _LAST),
            },
            descending=True,
            limit=process.limits(AnnouncementLimits).page,
            start=start,
        )
        found += map(_announcement, page.items)
        if page.last_key is None:
            return News(found, oldest)
        start = page.last_key
    return News(found, found[-1].at + 1 if found else now_ms(), complete=False)


def put_action(kind: Kind, user_id: str, now: int, **members: str | int) -> Item:
    """Return the put of an announcement, as an action of a transaction."""
    return SWITCHES.put_action(_item(kind, user_id, now, members.items()))


def announce(kind: Kind, user_id: str, now: int) -> None:
    """Write an announcement (one put)."""
    SWITCHES.put(_item(kind, user_id, now, ()))


def _item(kind: Kind, user_id: str, now: int, members: Iterable[tuple[str, str | int]]) -> Item:
    expires_at = now_seconds() + LIFETIME_SECONDS
    return {"list": kind, "at": _key(now, user_id), "expires_at": expires_at, **dict(members)}


def _key(ms: int, user_id: str) -> str:
    return f"{max(0, ms):013d}#{user_id}"


def _announcement(item: Item) -> Announcement:
    at, _, user_id = item["at"].partition("#")
    return Announcement(int(at), user_id, item)
