"""Bounds of a run beside its pages: bytes, seconds and dollars."""

from collections.abc import Collection, Mapping

from chalicelib.crawler.core.keeping import GRAPH, WARC, kinds_of
from chalicelib.crawler.core.models import HOSTS, Run
from chalicelib.crawler.runs import runs

from shared.base.clock import now_ms

# Runs keep costs in millionths of a dollar.
MILLIONTHS = 1_000_000
# Millionths of a dollar, at list prices. A page in the tables and the queue, as `make bench`
# counted it (docs/crawler.md), and a second for it of one of the ten threads of a function with
# 1,769 MB. By hosts with a second between pages: a turn then has fifteen.
_SECOND = 1.769 * 13.3334 / 10 + 0.2 / 10
_TURN_PAGES = 15
_PAGE = {"plain": 2.4 + _SECOND, HOSTS: 1.02 + _SECOND}
_PUT = 5.0
# Objects per part, by kind beside the pages' rows; a plain page is a part.
_OBJECTS = {GRAPH: 1, WARC: 2}
# S3 for a month; WARC files are smaller than what they hold, so this is the upper end.
_GIGABYTE = 23_000


def cost(run: Run, counts: Mapping[str, int], more_bytes: int = 0) -> float:
    """Return the estimated cost of a run so far, in millionths of a dollar.

    Args:
        counts: the run's totals.
        more_bytes: bytes that are not in the totals yet.
    """
    pages = sum(counts.get(state, 0) for state in ("fetched", "failed", "skipped"))
    kinds = kinds_of(runs.options_of(run))
    stored = (counts.get("bytes", 0) + more_bytes) / 1e9 * _GIGABYTE if WARC in kinds else 0.0
    return pages * (_PAGE[run.frontier] + _puts(run.frontier, kinds)) + stored


def _puts(frontier: str, kinds: Collection[str]) -> float:
    """Cost of a page's share of its part's objects."""
    objects = 1 + sum(_OBJECTS[kind] for kind in kinds)
    return objects * _PUT / (_TURN_PAGES if frontier == HOSTS else 1)


def exceeded(run: Run, counts: Mapping[str, int], more_bytes: int = 0) -> str | None:
    """Return the bound that a run has reached, as the reason to stop it."""
    if run.max_bytes is not None and counts.get("bytes", 0) + more_bytes >= run.max_bytes:
        return "max_bytes"
    if run.max_seconds is not None and now_ms() - run.created_at >= run.max_seconds * 1000:
        return "max_seconds"
    if run.max_cost is not None and cost(run, counts, more_bytes) >= run.max_cost:
        return "max_cost"
    return None
