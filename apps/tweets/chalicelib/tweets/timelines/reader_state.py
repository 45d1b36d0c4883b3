"""State of a home timeline's reader.

One item among the entries, above all tweet ids. It holds when the reader last
opened the timeline (nothing is pushed to readers who stay away), since when pushes
arrive without a gap, what a rebuild filled in, and which followed authors are pulled.
The first page of a timeline finds it in the very Query that reads the entries.
"""

import random
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from botocore.exceptions import ClientError
from chalicelib.tweets.core.models import TIMELINES
from chalicelib.tweets.heads.recent_switches import Switch
from chalicelib.tweets.timelines import entries

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.ids import MAX_ID, first_id_at, time_ms
from shared.base.observability import logger
from shared.base.process import Cache, process

POSITION = MAX_ID + 1
# One of so many page reads is counted, for all of them.
_SAMPLE = 16
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class ReaderLimits:
    """Bounds by which a reader counts as active.

    Attributes:
        active_days: readers active within this many days get pushes; they count as returning
            one day sooner, so clock skew or a late message cannot leave a gap.
        settle_ms: longer than a worker's view of a follow or of a reader's return is old.
    """

    active_days: int = 7
    settle_ms: int = 60_000


@dataclass(frozen=True)
class ReaderState:
    """See the module.

    Attributes:
        active_day: day of the last home page, in days since 1970.
        since: pushes of tweets made since then (ms) arrive.
        filled_at / filled_floor: at that moment (ms) a rebuild filled in everything down to an id.
        modes_at: moment (ms) that ``pulled`` describes; 0 if it was never looked up.
        pulled: followed authors who are pulled: 0, or the first tweet id that is pushed again.
        reads / reads_day: pages counted since a day; ``daily_reads``: the rate before.
    """

    user_id: str
    active_day: int = 0
    since: int = 0
    filled_at: int = 0
    filled_floor: int = 0
    modes_at: int = 0
    pulled: dict[str, int] = field(default_factory=dict)
    reads: int = 0
    reads_day: int = 0
    daily_reads: int = 0

    def covered_from(self, followed_at: int, now: int) -> int:
        """Return the id from which on an author's pushed tweets are there.

        Args:
            followed_at: moment of the follow (ms), or a later one.
        """
        settled = followed_at + process.limits(ReaderLimits).settle_ms
        kept = now - entries.RELIABLE_MS
        if self.filled_at >= max(settled, self.since) and self.filled_at > kept:
            return self.filled_floor
        return first_id_at(max(settled, self.since, kept))

    def uncovered_authors(self, followed_at: Mapping[str, int], lowest: int, now: int) -> set[str]:
        """Return authors whose pushed tweets from an id on may be missing.

        The same as `covered_from` being above it, for hundreds of authors at once.

        Args:
            followed_at: moment of each follow (ms), or a later one.
        """
        settled = time_ms(lowest) - process.limits(ReaderLimits).settle_ms
        if self.covered_from(0, now) > lowest:
            return set(followed_at)
        suspects = {one for one, at in followed_at.items() if at > settled}
        return {one for one in suspects if self.covered_from(followed_at[one], now) > lowest}

    def pulled_after(self, switches: Mapping[str, Switch]) -> dict[str, int]:
        """Return ``pulled`` brought up to date by the newest switches of followed authors."""
        newer = {
            author_id: 0 if one.mode == "pull" else one.first for author_id, one in switches.items()
        }
        return self.pulled | newer


def today(now: int | None = None) -> int:
    """Return the day in days since 1970."""
    return (now_ms() if now is None else now) // _DAY_MS


def load(user_id: str) -> ReaderState | None:
    """Return a reader's state (one GetItem)."""
    item = TIMELINES.get(_key(user_id))
    return of_item(item) if item else None


def load_with_entries(
    user_id: str, oldest: int, newest: int, limit: int
) -> tuple[ReaderState | None, list[Item]]:
    """Return a reader's state and entries between two tweet ids, newest first.

    Calls: one Query at the top of the timeline, further down a GetItem as well.
    """
    if newest < MAX_ID:
        return load(user_id), entries.read(user_id, oldest, newest, limit)
    items = entries.read(user_id, oldest, POSITION, limit + 1)
    if items and items[0]["position"] == POSITION:
        return of_item(items[0]), items[1:]
    return None, items[:limit]


def load_many(user_ids: Iterable[str]) -> dict[str, ReaderState]:
    """Return states by reader; users who never read a home page have none.

    Calls: one BatchGetItem per hundred.
    """
    found = TIMELINES.get_many(_key(user_id) for user_id in user_ids)
    return {item["user_id"]: of_item(item) for item in found}


def of_item(item: Item) -> ReaderState:
    """Return the state in an item of the timelines table."""
    names = ("active_day", "since", "filled_at", "filled_floor", "modes_at")
    numbers = {name: item.get(name, 0) for name in (*names, "reads", "reads_day", "daily_reads")}
    return ReaderState(item["user_id"], pulled=_unpack(item.get("pulled", b"")), **numbers)


def on_arrival(user_id: str, stored: ReaderState | None, now: int) -> ReaderState:
    """Return the state of a reader who opens the home timeline now.

    After long absence it starts afresh.
    """
    day = today(now)
    state = stored or ReaderState(user_id, reads_day=day)
    limits = process.limits(ReaderLimits)
    if day - state.active_day >= limits.active_days:
        return replace(state, active_day=day, since=now + limits.settle_ms, modes_at=0, pulled={})
    return replace(state, active_day=max(day, state.active_day))


def save(before: ReaderState | None, state: ReaderState) -> None:
    """Write a reader's arrival and modes (one update), if they changed.

    Two requests at the same moment write much the same: the later ``since`` and the
    newer modes are the careful ones, and the next page makes a lost update again. So a
    refusal is ignored: another page of the same reader arrived first.
    """
    if before is not None and (before.active_day, before.modes_at) == (
        state.active_day,
        state.modes_at,
    ):
        return
    values: Item = {"active_day": state.active_day, "since": state.since}
    values |= {"modes_at": state.modes_at, "pulled": _pack(state.pulled)}
    if before is None or before.active_day != state.active_day:
        days = max(1, state.active_day - state.reads_day)
        rate = state.reads // days
        values |= {"daily_reads": (state.daily_reads + rate) // 2 if state.daily_reads else rate}
        values |= {"reads": 0, "reads_day": state.active_day}
    expected = before.since if before else 0
    condition = "#since = :expected" if expected else "attribute_not_exists(#since)"
    _set(state.user_id, values, condition, expected=expected)


def note_rebuild(state: ReaderState, at: int, floor: int) -> None:
    """Write that a rebuild filled in everything down to an id.

    Not if the reader lapsed meanwhile.

    Args:
        at: moment (ms) that the rebuild shows.
    """
    condition = (
        "#since = :expected AND (attribute_not_exists(#filled_at) OR #filled_at < :filled_at)"
    )
    values = {"filled_at": at, "filled_floor": floor}
    _set(state.user_id, values, condition, expected=state.since)


def count_page(user_id: str) -> None:
    """Count a page for the review of authors (one update in sixteen).

    A count that fails is no reason to refuse the page.
    """
    if random.randrange(_SAMPLE):  # noqa: S311
        return
    try:
        TIMELINES.update(
            _key(user_id), "ADD #reads :reads", {"reads": _SAMPLE}, "attribute_exists(#user_id)"
        )
    except ClientError as error:
        logger().info("page not counted", code=error.response["Error"]["Code"])


# Readers active on a day stay so for a week: that needs no second look.
active_days: Cache[str, int] = process.cache(200_000)


def active_readers(user_ids: list[str]) -> list[str]:
    """Return the users to whom tweets are pushed.

    Calls: one BatchGetItem per hundred users not seen active before.
    """
    oldest = today() - process.limits(ReaderLimits).active_days
    days = active_days.get_many(user_ids)
    unknown = [one for one in user_ids if days.get(one, 0) < oldest]
    if unknown:
        fresh = {user_id: state.active_day for user_id, state in load_many(unknown).items()}
        active_days.put_many(fresh)
        days |= fresh
    return [one for one in user_ids if days.get(one, 0) >= oldest]


def _key(user_id: str) -> Item:
    return {"user_id": user_id, "position": POSITION}


def _set(user_id: str, values: Item, condition: str, *, expected: int) -> None:
    """Set attributes of a reader's state on a condition."""
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    TIMELINES.update(_key(user_id), expression, {**values, "expected": expected}, condition)


def _pack(pulled: dict[str, int]) -> bytes:
    """Pack authors into sixteen bytes each; a map would take 48."""
    numbers: list[int] = []
    for author_id, until in sorted(pulled.items()):
        numbers += (int(author_id), until)
    return struct.pack(f">{len(numbers)}Q", *numbers)


def _unpack(packed: bytes) -> dict[str, int]:
    numbers = struct.unpack(f">{len(packed) // 8}Q", packed)
    return {str(author): until for author, until in zip(numbers[::2], numbers[1::2], strict=True)}
