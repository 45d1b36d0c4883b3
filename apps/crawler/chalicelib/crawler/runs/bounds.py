"""Bounds of a run beside its pages: bytes, seconds and dollars."""

from collections.abc import Mapping

from chalicelib.crawler.core.models import HOSTS, Run

from shared.base.clock import now_ms

# Runs keep costs in millionths of a dollar.
MILLIONTHS = 1_000_000
# Millionths of a dollar, at list prices. A page in the tables and the queue, as `make bench`
# counted it (docs/crawler.md), and a second for it of one of the ten threads of a function with
# 1,769 MB.
_SECOND = 1.769 * 13.3334 / 10 + 0.2 / 10
_PAGE = {"plain": 2.4 + _SECOND, HOSTS: 0.83 + _SECOND}
# S3 for a month; WARC files are smaller than what they hold, so this is the upper end.
_GIGABYTE = 23_000


def cost(run: Run, counts: Mapping[str, int], more_bytes: int = 0) -> float:
    """Return the estimated cost of a run so far, in millionths of a dollar.

    Args:
        counts: the run's totals.
        more_bytes: bytes that are not in the totals yet.
    """
    pages = sum(counts.get(state, 0) for state in ("fetched", "failed", "skipped"))
    size = counts.get("bytes", 0) + more_bytes
    return pages * _PAGE.get(run.frontier, _PAGE["plain"]) + size / 1e9 * _GIGABYTE


def exceeded(run: Run, counts: Mapping[str, int], more_bytes: int = 0) -> str | None:
    """Return the bound that a run has reached, as the reason to stop it."""
    if run.max_bytes is not None and counts.get("bytes", 0) + more_bytes >= run.max_bytes:
        return "max_bytes"
    if run.max_seconds is not None and now_ms() - run.created_at >= run.max_seconds * 1000:
        return "max_seconds"
    if run.max_cost is not None and cost(run, counts, more_bytes) >= run.max_cost:
        return "max_cost"
    return None
