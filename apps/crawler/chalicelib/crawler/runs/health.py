"""Metrics of running crawls, for alarms on standstill and failures."""

from dataclasses import dataclass

from shared.base.config import settings

NAMESPACE = "Rookery/Crawler"
# Totals of a run count once so many pages are settled: one site that is down is no sign.
LEAST_PAGES = 20


@dataclass
class Health:
    """Numbers of the running crawls, as one sweep saw them.

    Attributes:
        still: crawls whose totals had not changed for a while.
        unswept: crawls that could not be looked after.
        fetched / failed: pages of the running crawls so far.
    """

    still: int = 0
    unswept: int = 0
    fetched: int = 0
    failed: int = 0

    def add(self, stats: dict[str, int]) -> None:
        """Count a running crawl's pages."""
        if stats["fetched"] + stats["failed"] >= LEAST_PAGES:
            self.fetched += stats["fetched"]
            self.failed += stats["failed"]


def emit(health: Health) -> None:
    """Print the metrics of a sweep, in CloudWatch's embedded format."""
    # Its import takes 30 ms, which only AWS needs.
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service="crawler")
    metrics.add_dimension("stage", settings().stage)
    metrics.add_metric("StandingStill", MetricUnit.Count, health.still + health.unswept)
    metrics.add_metric("Fetched", MetricUnit.Count, health.fetched)
    metrics.add_metric("Failed", MetricUnit.Count, health.failed)
    metrics.flush_metrics()
