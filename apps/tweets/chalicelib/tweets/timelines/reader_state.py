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
from chalicelib.tweets.core.announcements import announce
from chalicelib.tweets.core.models import TIMELINES
from chalicelib.tweets.heads.delivery_rule import Mode
from chalicelib.tweets.heads.recent_switches import Switch
from chalicelib.tweets.timelines import entries

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.ids import MAX_ID, first_id_at
from shared.base.observability import logger
from shared.base.process import process

POSITION = MAX_ID + 1
# One of so many page reads is counted, for all of them.
_SAMPLE = 32
_DAY_MS = 86_400_000
_NUMBERS = (
    "active_day", "since", "frequent_since", "filled_at", "filled_floor", "modes_at", "reads",
    "reads_day", "mean_reads",
)  # fmt: skip


@dataclass(frozen=True)
class ReaderLimits:
    """Bounds by which a reader counts as active.

    Attributes:
        active_days: readers active within this many days get pushes; they count as returning
            one day sooner, so clock skew or a late message cannot leave a gap.
        settle_ms: longer than a worker's view of a follow or of a reader's return is old.
        frequent_reads: home pages per day that make a frequent reader; below half of that one
            is frequent no more.
        smoothing: weight of one day in the mean of pages per day.
    """

    active_days: int = 7
    settle_ms: int = 60_000
    frequent_reads: float = 16.0
    smoothing: float = 0.15


@dataclass(frozen=True)
class ReaderState:
    """See the module.

    Attributes:
        active_day: day of the last home page, in days since 1970.
        since: pushes of tweets made since then (ms) arrive.
        frequent_since: since then (ms) also those of authors who are pushed to frequent readers
            only; 0 for other readers.
        filled_at / filled_floor: at that moment (ms) a rebuild filled in everything down to an id.
        modes_at: moment (ms) that ``pulled`` describes; 0 if it was never looked up.
        pulled: followed authors who are pulled: 0, or the first tweet id that is pushed again.
        reads / reads_day: pages counted since a day.
        mean_reads: hundredths of pages per day, the mean of the days before.
    """

    user_id: str
    active_day: int = 0
    since: int = 0
    frequent_since: int = 0
    filled_at: int = 0
    filled_floor: int = 0
    modes_at: int = 0
    pulled: dict[str, int] = field(default_factory=dict)
    reads: int = 0
    reads_day: int = 0
    mean_reads: int = 0

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

    def pulled_after(self, switches: Mapping[str, Switch]) -> dict[str, int]:
        """Return ``pulled`` after the newest switches of followed authors."""
        newer = {one.author_id: self.pulled_until(one.mode, one.first) for one in switches.values()}
        return self.pulled | newer

    def pulled_until(self, mode: Mode, first: int) -> int:
        """Return the first tweet id pushed to this reader again; 0 for none.

        Args:
            mode: of the author, from the tweet id ``first`` on.
        """
        if mode == "pull" or (mode == "frequent" and not self.frequent_since):
            return 0
        return first if mode == "push" else max(first, first_id_at(self.frequent_since))


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
    numbers = {name: item.get(name, 0) for name in _NUMBERS}
    return ReaderState(item["user_id"], pulled=_unpack(item.get("pulled", b"")), **numbers)


def on_arrival(
    user_id: str, stored: ReaderState | None, now: int, *, frequent: bool = False
) -> ReaderState:
    """Return the state of a reader who opens the home timeline now.

    After long absence it starts afresh. Modes are looked up again as well when the reader
    begins or ceases to be a frequent one.

    Args:
        frequent: whatever the number of pages.
    """
    day = today(now)
    before = stored or ReaderState(user_id, reads_day=day)
    if day <= before.active_day:
        return before
    limits = process.limits(ReaderLimits)
    state = replace(before, active_day=day, reads=0, reads_day=day, mean_reads=_mean(before, day))
    bound = limits.frequent_reads * (0.5 if before.frequent_since else 1)
    frequent = frequent or state.mean_reads >= bound * 100
    returned = day - before.active_day >= limits.active_days
    settled = now + limits.settle_ms
    if returned:
        state = replace(state, since=settled)
    if returned or frequent != bool(before.frequent_since):
        since = settled if frequent else 0
        state = replace(state, frequent_since=since, modes_at=0, pulled={})
    return state


def save(before: ReaderState | None, state: ReaderState) -> None:
    """Write a reader's arrival and modes (one update), if they changed.

    Workers must know of a reader who returns or reads more often: that is announced before
    (one put), since a page that died in between would not announce it again.

    Two requests at the same moment write much the same: the later ``since`` and the
    newer modes are the careful ones, and the next page makes a lost update again. So a
    refusal is ignored: another page of the same reader arrived first.
    """
    old = before or ReaderState(state.user_id)
    if before is not None and (old.active_day, old.modes_at) == (state.active_day, state.modes_at):
        return
    if (old.since, old.frequent_since) != (state.since, state.frequent_since):
        announce("readers", state.user_id, now_ms())
    names = ["active_day", "since", "modes_at"]
    if old.active_day != state.active_day:
        names += ["frequent_since", "reads", "reads_day", "mean_reads"]
    values: Item = {name: getattr(state, name) for name in names}
    values["pulled"] = _pack(state.pulled)
    condition = "#since = :expected" if old.since else "attribute_not_exists(#since)"
    _set(state.user_id, values, condition, expected=old.since)


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


def count_page(user_id: str) -> bool:
    """Count a page for the review of authors (one update in thirty-two).

    A count that fails is no reason to refuse the page.

    Returns:
        whether this page was counted.
    """
    if random.randrange(_SAMPLE):  # noqa: S311
        return False
    try:
        TIMELINES.update(
            _key(user_id), "ADD #reads :reads", {"reads": _SAMPLE}, "attribute_exists(#user_id)"
        )
    except ClientError as error:
        logger().info("page not counted", code=error.response["Error"]["Code"])
    return True


def _mean(state: ReaderState, day: int) -> int:
    """Return the mean of pages per day, in hundredths, until this day."""
    days = max(1, day - state.reads_day)
    rate = 100 * state.reads / days
    if not state.mean_reads:
        return round(rate)
    kept: float = (1 - process.limits(ReaderLimits).smoothing) ** days
    return round(kept * state.mean_reads + (1 - kept) * rate)


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
