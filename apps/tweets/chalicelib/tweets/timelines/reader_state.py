"""What is known about a reader of a home timeline: one item among the entries, above all ids.

It says when the reader was last there (nothing is pushed to who stays away),
from which moment on pushes reach them without a gap, what a rebuild filled in,
and which of the authors they follow are pulled. The first page of a timeline
finds it in the very Query that reads the entries.
"""

import random
import struct
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError
from cachetools import LRUCache
from chalicelib.tweets.core.models import TimelineEntry
from chalicelib.tweets.heads.delivery_modes import Switch

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.base.ids import MAX_ID, first_id_at, time_ms
from shared.base.observability import logger

Item = dict[str, Any]

POSITION = MAX_ID + 1
# Tweets are pushed to who read the home timeline within so many days. A reader counts as
# returned a day earlier, so that no worker's clock or old message falls between the two.
ACTIVE_DAYS = 7
# Longer than a worker's view of a follow or of a reader's return is old.
SETTLE_MS = 60_000
# Entries expire after thirty days; what is older than this is asked of heads.
KEPT_MS = 29 * 86_400_000
# One of so many page reads is counted, for all of them.
_SAMPLE = 16
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class ReaderState:
    """See the module.

    Attributes:
        active_day: day of the last home page, in days since 1970.
        since: pushes of tweets made since then (ms) arrive.
        filled_at / filled_floor: at that moment (ms) a rebuild filled in everything down to an id.
        modes_at: moment (ms) of which ``pulled`` tells.
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
        """The id from which on all pushed tweets of somebody are in the timeline.

        Args:
            followed_at: moment of the follow (ms), or a later one.
        """
        settled = followed_at + SETTLE_MS
        filled = self.filled_at >= max(settled, self.since) and self.filled_at > now - KEPT_MS
        if filled:
            return self.filled_floor
        return first_id_at(max(settled, self.since, now - KEPT_MS))

    def uncovered(self, changed: Mapping[str, int], lowest: int, now: int) -> set[str]:
        """Of whom the timeline may lack pushed tweets from the id ``lowest`` on.

        The same as `covered_from` being above it, for hundreds of people at once.

        Args:
            changed: when each was followed (ms), or a later moment.
        """
        settled = time_ms(lowest) - SETTLE_MS
        if self.covered_from(0, now) > lowest:
            return set(changed)
        suspects = {one for one, at in changed.items() if at > settled}
        return {one for one in suspects if self.covered_from(changed[one], now) > lowest}

    def updated(self, switches: Iterable[Switch], followed: Iterable[str]) -> dict[str, int]:
        """``pulled`` brought up to date by switches of followed authors."""
        pulled = dict(self.pulled)
        known = set(followed)
        for one in switches:
            if one.author_id in known and one.at >= self.modes_at - SETTLE_MS:
                pulled[one.author_id] = 0 if one.mode == "pull" else one.first
        return pulled


def today(now: int | None = None) -> int:
    """Days since 1970."""
    return (now_ms() if now is None else now) // _DAY_MS


def load(user_id: str) -> ReaderState | None:
    """A reader's state by key (one GetItem)."""
    answer = sdk.client("dynamodb").get_item(
        TableName=TimelineEntry.Meta.table_name, Key=dynamo.encode_item(_key(user_id))
    )
    return of_item(dynamo.decode_item(answer["Item"])) if "Item" in answer else None


def of_item(item: Item) -> ReaderState:
    """The state in an item of the timelines table."""
    names = ("active_day", "since", "filled_at", "filled_floor", "modes_at")
    numbers = {name: item.get(name, 0) for name in (*names, "reads", "reads_day", "daily_reads")}
    return ReaderState(item["user_id"], pulled=_unpack(item.get("pulled", b"")), **numbers)


def arrived(user_id: str, stored: ReaderState | None, now: int) -> ReaderState:
    """The state of a reader who opens the home timeline now; who was away too long begins anew."""
    day = today(now)
    state = stored or ReaderState(user_id, reads_day=day)
    if day - state.active_day >= ACTIVE_DAYS:
        return replace(state, active_day=day, since=now + SETTLE_MS, modes_at=0, pulled={})
    return replace(state, active_day=max(day, state.active_day))


def store(before: ReaderState | None, state: ReaderState) -> None:
    """Write what an arrival or a look at modes changed (one update); nothing when nothing did.

    Two requests at the same moment write much the same: the later ``since`` and the
    newer modes are the careful ones, and a lost update is made again by the next page.
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
    try:
        _update(state.user_id, values, condition, {":expected": expected or None})
    except ClientError as error:
        # Somebody else's page of the same reader returned first.
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def filled(state: ReaderState, at: int, floor: int) -> None:
    """Note that a rebuild filled in all down to an id, unless the reader lapsed meanwhile."""
    values = {"filled_at": at, "filled_floor": floor, "since": state.since}
    condition = "#since = :since AND (attribute_not_exists(#filled_at) OR #filled_at < :filled_at)"
    try:
        _update(state.user_id, values, condition, {})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def count_read(user_id: str) -> None:
    """Count one page of many, for the judgement of authors (one update in sixteen pages).

    A count that fails is no reason to refuse the page.
    """
    if random.randrange(_SAMPLE):  # noqa: S311
        return
    try:
        sdk.client("dynamodb").update_item(
            TableName=TimelineEntry.Meta.table_name,
            Key=dynamo.encode_item(_key(user_id)),
            UpdateExpression="ADD #reads :reads",
            ConditionExpression="attribute_exists(user_id)",
            ExpressionAttributeNames={"#reads": "reads"},
            ExpressionAttributeValues={":reads": {"N": str(_SAMPLE)}},
        )
    except ClientError as error:
        logger().info("page not counted", code=error.response["Error"]["Code"])


def states(user_ids: Iterable[str]) -> dict[str, ReaderState]:
    """States by reader (one BatchGetItem a hundred); who never read a home page has none."""
    table = TimelineEntry.Meta.table_name
    found = dynamo.batch_get({table: [_key(user_id) for user_id in user_ids]})[table]
    return {item["user_id"]: of_item(item) for item in found}


# Who was active on a day still is so for a week: that needs no second look.
_active_days: LRUCache[str, int] = LRUCache(200_000)
_lock = threading.Lock()


def active(user_ids: list[str]) -> list[str]:
    """Those to whom tweets are pushed (no call for readers seen active before)."""
    oldest = today() - ACTIVE_DAYS
    with _lock:
        unknown = [one for one in user_ids if _active_days.get(one, 0) < oldest]
    if unknown:
        days = {user_id: state.active_day for user_id, state in states(unknown).items()}
        with _lock:
            _active_days.update(days)
    with _lock:
        return [one for one in user_ids if _active_days.get(one, 0) >= oldest]


def reset() -> None:
    """Forget whom this process saw active."""
    with _lock:
        _active_days.clear()


def _key(user_id: str) -> Item:
    return {"user_id": user_id, "position": POSITION}


def _update(user_id: str, values: Item, condition: str, more: Item) -> None:
    names = {f"#{name}": name for name in values}
    sdk.client("dynamodb").update_item(
        TableName=TimelineEntry.Meta.table_name,
        Key=dynamo.encode_item(_key(user_id)),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=dynamo.encode_item(
            {**{f":{name}": value for name, value in values.items()}, **more}
        ),
    )


def _pack(pulled: dict[str, int]) -> bytes:
    """Sixteen bytes an author: a map would take three times as much."""
    numbers: list[int] = []
    for author_id, until in sorted(pulled.items()):
        numbers += (int(author_id), until)
    return struct.pack(f">{len(numbers)}Q", *numbers)


def _unpack(packed: bytes) -> dict[str, int]:
    numbers = struct.unpack(f">{len(packed) // 8}Q", packed)
    return {str(author): until for author, until in zip(numbers[::2], numbers[1::2], strict=True)}
