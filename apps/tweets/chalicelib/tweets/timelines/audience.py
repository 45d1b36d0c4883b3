"""Audience of an author: followers' reading, estimated by samples.

A review samples some of the followers, which says little: twenty-five readers differ much. So
the head keeps the mean of the samples, in which a new one weighs `AudienceLimits.smoothing`.
A sample costs as much as four entries: authors whose decision is clear are sampled once per
week, and those whose deliveries cost less than that once in four weeks.
"""

import random
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from chalicelib.tweets.core.models import HEADS
from chalicelib.tweets.heads.delivery_rule import AuthorActivity, Mode
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.timelines import reader_state
from chalicelib.tweets.timelines.reader_state import ReaderLimits

from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from shared.base.process import process
from shared.contracts import graph

_PACKED = struct.Struct(">4H")
_MOST = 0xFFFF


@dataclass(frozen=True)
class AudienceLimits:
    """Sizes of samples.

    Attributes:
        sample: followers whose activity stands for all.
        smoothing: weight of a sample in the mean of all.
        clear: a decision is clear if each other mode costs so many times as much.
        price: dollars of a sample: two Queries, 25 states, and an update of the head.
    """

    sample: int = 25
    smoothing: float = 0.15
    clear: float = 1.5
    price: float = 14 * 0.125e-6 + 0.625e-6


@dataclass(frozen=True)
class Audience:
    """Means over an author's followers.

    Attributes:
        active / frequent: shares of the followers to whom tweets are pushed, and of those among
            them who read often.
        reads / frequent_reads: home pages per day and follower, of the active and the frequent.
    """

    active: float = 0.0
    frequent: float = 0.0
    reads: float = 0.0
    frequent_reads: float = 0.0

    def blended(self, sample: "Audience", weight: float) -> "Audience":
        """Return the mean after one more sample."""
        pairs = zip(self._numbers(), sample._numbers(), strict=True)
        return Audience(*(old + weight * (new - old) for old, new in pairs))

    def activity(self, tweets_per_day: float, followers: int) -> AuthorActivity:
        """Return the facts by which the rule decides."""
        return AuthorActivity(
            tweets_per_day,
            followers,
            round(self.active * followers),
            self.reads * followers,
            round(self.frequent * followers),
            self.frequent_reads * followers,
        )

    def pack(self) -> bytes:
        """Return eight bytes: shares in 65,535ths, pages in hundredths."""
        scaled = zip(self._numbers(), (_MOST, _MOST, 100, 100), strict=True)
        return _PACKED.pack(*(min(_MOST, round(number * unit)) for number, unit in scaled))

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return the inverse of `pack`."""
        active, frequent, reads, frequent_reads = _PACKED.unpack(packed)
        return cls(active / _MOST, frequent / _MOST, reads / 100, frequent_reads / 100)

    def _numbers(self) -> tuple[float, float, float, float]:
        return self.active, self.frequent, self.reads, self.frequent_reads


def known(head: Head) -> Audience | None:
    """Return the mean that a head keeps."""
    return Audience.unpack(head.audience) if head.audience else None


def sampled(head: Head, followers: int) -> Audience:
    """Return the mean with one more sample, and keep it in the head.

    Calls: two Queries of followers at most, one BatchGetItem, one update.
    """
    before, fresh = known(head), _sample(head.author_id, followers)
    weight = process.limits(AudienceLimits).smoothing
    mean = before.blended(fresh, weight) if before else fresh
    # The version stays: nothing that readers see has changed.
    HEADS.update(
        {"author_id": head.author_id}, "SET #audience = :audience", {"audience": mean.pack()}
    )
    return mean


def is_due(head: Head, costs: Mapping[Mode, float], now: int) -> bool:
    """True if an author is to be sampled today; the days differ by author.

    Args:
        costs: dollars per day of each mode, as far as is known.
        now: Unix milliseconds.
    """
    if not head.audience:
        return True
    others = min(cost for mode, cost in costs.items() if mode != head.mode)
    days = interval(costs[head.mode], others, process.limits(AudienceLimits))
    return (reader_state.today(now) + int(head.author_id)) % days == 0


def interval(cost: float, others: float, limits: AudienceLimits) -> int:
    """Return how many days there are between two samples.

    Args:
        cost: dollars per day of the author's mode.
        others: of the cheapest other mode.
    """
    if cost < limits.price:
        return 28
    clear = others > cost * limits.clear
    return 7 if clear or cost < 10 * limits.price else 1


def _sample(author_id: str, followers: int) -> Audience:
    """Return the means over a random sample of followers."""
    size = process.limits(AudienceLimits).sample
    first = graph.follower_ids(author_id, limit=1)
    sample: list[str] = []
    if first and followers > size:
        start = random.randint(int(first[0]), first_id_at(now_ms()))  # noqa: S311
        sample = graph.follower_ids(author_id, after=str(start), limit=size)
    if len(sample) < size:
        sample = list({*sample, *graph.follower_ids(author_id, limit=size)})
    if not sample:
        return Audience()
    oldest = reader_state.today() - process.limits(ReaderLimits).active_days
    states = reader_state.load_many(sample).values()
    active = [state for state in states if state.active_day >= oldest]
    frequent = [state for state in active if state.frequent_since]
    count = len(sample)
    return Audience(
        len(active) / count,
        len(frequent) / count,
        sum(max(1.0, state.mean_reads / 100) for state in active) / count,
        sum(max(1.0, state.mean_reads / 100) for state in frequent) / count,
    )
