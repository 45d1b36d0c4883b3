"""Numbers of each channel by hour, for operators, and metrics for alarms.

A channel and hour have one item of counts. A process writes ten times in half a minute at most:
quiet channels at once, while busy ones share a write among many batches. When a process ends, up
to half a minute of its counts is lost: the numbers tell a trend, and the ledger tells the truth of
each delivery.

On AWS the same numbers become metrics (CloudWatch reads them from the function's log), and the
generated alarms watch them. How long the oldest message waits SQS itself measures.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.core.models import IDEMPOTENCY
from chalicelib.notifications.history.attempts import FAILED, RETRIED, SENT, Attempt

from shared.aws.dynamo import Item
from shared.base.clock import iso, now_seconds
from shared.base.config import settings
from shared.base.observability import logger
from shared.base.process import process

if TYPE_CHECKING:
    from aws_lambda_powertools.metrics import EphemeralMetrics

ACCEPTED = "accepted"
DELIVERED = "delivered"
KINDS = (ACCEPTED, SENT, DELIVERED, FAILED, RETRIED)
# Sum of milliseconds from the event to the provider's acceptance, of what was sent.
_LATENCY = "latency_ms"

NAMESPACE = "Rookery/Notifications"
HOURS = 24
_HOUR = 3600
_KEPT_SECONDS = 15 * 86_400


@dataclass(frozen=True)
class StatisticsLimits:
    """Frequency of the writes of counts.

    Attributes:
        seconds: length of a window; infinite: nothing is written.
        writes: of a process within a window.
    """

    seconds: float = 30.0
    writes: int = 10


_lock = threading.Lock()
_counts: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
_written_at: list[float] = []


@process.on_reset
def forget() -> None:
    """Drop counts that are not written yet."""
    with _lock:
        _counts.clear()
        _written_at.clear()


def count(channel: str, kind: str, amount: int = 1) -> None:
    """Count notifications of a channel in the present hour.

    Args:
        kind: of `KINDS`.
    """
    with _lock:
        _counts[channel, _hour()][kind] += amount


def count_attempts(attempts: Iterable[Attempt]) -> None:
    """Count attempts by outcome, and their latencies."""
    for one in attempts:
        count(one.channel, one.outcome)
        if one.outcome == SENT:
            count(one.channel, _LATENCY, one.age_ms)


def write() -> None:
    """Write the counts, if it is time (1 WRU per channel).

    Counts of a failed write are dropped.
    """
    now, limits = process.clock.monotonic(), process.limits(StatisticsLimits)
    with _lock:
        _written_at[:] = [at for at in _written_at if now < at + limits.seconds]
        if not _counts or not isfinite(limits.seconds) or len(_written_at) >= limits.writes:
            return
        _written_at.append(now)
        taken = dict(_counts)
        _counts.clear()
    for (channel, hour), counts in taken.items():
        try:
            _add(channel, hour, counts)
        except (BotoCoreError, ClientError) as error:
            logger().warning("statistics not written", error=type(error).__name__)


def of_channels(channels: Sequence[str]) -> list[dict[str, Any]]:
    """Return each channel's numbers of the last day.

    Calls: 1 BatchGetItem per hundred hours of channels.

    Returns:
        per channel ``channel``, the sums of `KINDS`, ``latency_ms`` (mean, if something was
        sent), and ``hours``: those with numbers, newest first.
    """
    hours = [_hour() - _HOUR * number for number in range(HOURS)]
    keys = [_key(channel, hour) for channel in channels for hour in hours]
    found = {item["key"]: item for item in IDEMPOTENCY.get_many(keys)}
    return [
        _summary(channel, [(hour, found.get(_key(channel, hour)["key"])) for hour in hours])
        for channel in channels
    ]


def emit(channel: str, attempts: Sequence[Attempt]) -> None:
    """Print the metrics of a channel's batch, in CloudWatch's embedded format."""
    from aws_lambda_powertools.metrics import MetricUnit

    metrics = _metrics(channel)
    outcomes = Counter(one.outcome for one in attempts)
    for kind in (SENT, FAILED, RETRIED):
        metrics.add_metric(kind.title(), MetricUnit.Count, outcomes[kind])
    for one in attempts:
        if one.outcome == SENT:
            metrics.add_metric("Latency", MetricUnit.Milliseconds, one.age_ms)
    metrics.flush_metrics()


def tell(channel: str, kind: str, amount: int = 1) -> None:
    """Count `ACCEPTED` or `DELIVERED` ones; on AWS print the metric too."""
    count(channel, kind, amount)
    if settings().local:
        return
    from aws_lambda_powertools.metrics import MetricUnit

    metrics = _metrics(channel)
    metrics.add_metric(kind.title(), MetricUnit.Count, amount)
    metrics.flush_metrics()


def _metrics(channel: str) -> "EphemeralMetrics":
    # Its import takes 30 ms, which only AWS needs.
    from aws_lambda_powertools.metrics import EphemeralMetrics

    metrics = EphemeralMetrics(namespace=NAMESPACE, service="notifications")
    metrics.add_dimension("stage", settings().stage)
    metrics.add_dimension("channel", channel)
    return metrics


def _add(channel: str, hour: int, counts: Counter[str]) -> None:
    names = [name for name, amount in counts.items() if amount]
    added = ", ".join(f"#{name} :{name}" for name in names)
    values: Item = {name: counts[name] for name in names}
    values["end"] = hour + _KEPT_SECONDS
    IDEMPOTENCY.update(_key(channel, hour), f"SET #expires_at = :end ADD {added}", values)


def _summary(channel: str, hours: Sequence[tuple[int, Item | None]]) -> dict[str, Any]:
    total: Counter[str] = Counter()
    shown = []
    for hour, item in hours:
        if item is None:
            continue
        total.update({kind: item.get(kind, 0) for kind in (*KINDS, _LATENCY)})
        shown.append({"hour": iso(hour * 1000), **{kind: item.get(kind, 0) for kind in KINDS}})
    found: dict[str, Any] = {"channel": channel, **{kind: total[kind] for kind in KINDS}}
    if total[SENT]:
        found["latency_ms"] = total[_LATENCY] // total[SENT]
    return {**found, "hours": shown}


def _hour() -> int:
    return now_seconds() // _HOUR * _HOUR


def _key(channel: str, hour: int) -> Item:
    return {"key": f"statistics#{channel}#{hour}"}
