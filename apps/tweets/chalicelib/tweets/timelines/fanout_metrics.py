"""Lag of fan-out, as CloudWatch metrics in the log.

Powertools writes them in the embedded metric format.

Each Lambda batch writes one line with `fanout_lag_ms` (from a tweet's id to the end of
its planning or of a range's delivery) and `ranges`, in the namespace
`rookery-<stage>`. Alarms: resources.yaml; their remedies: docs/operations.md.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.ids import time_ms

LAG = "fanout_lag_ms"
RANGES = "ranges"
# Consumes a batch record by record: `shared.aws.events.consume` or `consume_messages`.
Consume = Callable[[Any, Callable[[Any], None]], Any]


def consume_measured(
    consume: Consume, event: Any, work: Callable[[Any], None], tweet_of: Callable[[Any], str | None]
) -> Any:
    """Consume a batch and log the lag of each tweet in it.

    A failed record counts when it succeeds later.

    Args:
        tweet_of: returns the id of a record's tweet; ``None`` for a removal.
    """
    metrics = EphemeralMetrics(namespace=f"rookery-{settings().stage}", service="tweets")
    ranges = 0

    def work_and_measure(record: Any) -> None:
        nonlocal ranges
        work(record)
        if tweet_id := tweet_of(record):
            lag = max(0, now_ms() - time_ms(tweet_id))
            metrics.add_metric(LAG, MetricUnit.Milliseconds, lag)
            ranges += 1

    try:
        return consume(event, work_and_measure)
    finally:
        if ranges:
            metrics.add_metric(RANGES, MetricUnit.Count, ranges)
            metrics.flush_metrics()
