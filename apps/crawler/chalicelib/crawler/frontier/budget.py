"""The page budget of a run: tickets, taken from one counter.

A page that marked new URLs takes one ticket for each, and withdraws those beyond the budget
before anything is queued. So no more than ``max_pages`` pages are ever fetched.

A try that died after marking cannot say whether it took its tickets, so the next try takes
them (again). These are counted apart; if they make the budget look used up, the records
themselves are counted and the counter is corrected.
"""

from chalicelib.crawler.core.limits import KEEP_PAGES_SECONDS
from chalicelib.crawler.core.models import COUNTERS
from chalicelib.crawler.frontier import shards

from shared.aws.dynamo import Item, Key
from shared.base.clock import now_seconds
from shared.base.process import Cache, process

_CORRECTIONS = 3
# Runs known to have used up a budget, with its size: it never comes back, but may grow.
_exhausted: Cache[tuple[str, int], bool] = process.cache(1000, seconds=3600)


def key(run_id: str) -> Key:
    """Return the key of a run's tickets."""
    return {"key": f"budget#{run_id}"}


def exhausted(run_id: str, max_pages: int) -> bool:
    """True if this process has seen the run's budget used up."""
    return (run_id, max_pages) in _exhausted


def take(run_id: str, max_pages: int, count: int, again: int = 0) -> int:
    """Take tickets for pages that are marked.

    Args:
        again: how many of them an earlier try marked, and may have taken tickets for.

    Returns:
        how many of them lie beyond the budget; the root holds the first ticket.
    """
    if count == 0:
        return 0
    taken, doubtful = _add(run_id, count, again)
    for _ in range(_CORRECTIONS):
        if taken < max_pages or not doubtful:
            break
        taken, doubtful = _correct(run_id, taken)
    if taken >= max_pages and not doubtful:
        _exhausted.put((run_id, max_pages), True)
    return min(count, max(0, taken - max_pages))


def _add(run_id: str, count: int, again: int) -> tuple[int, int]:
    """Take tickets; returns what `_tickets` says of the counter."""
    added = COUNTERS.update(
        key(run_id),
        "ADD #taken :count, #doubtful :again"
        " SET #expires_at = if_not_exists(#expires_at, :expires)",
        {"count": count, "again": again, "expires": now_seconds() + KEEP_PAGES_SECONDS},
        returning="ALL_NEW",
    )
    return _tickets(added.item)


def _correct(run_id: str, taken: int) -> tuple[int, int]:
    """Set the counter to the number of records, unless it has changed.

    Safe: a worker writes a record before it takes the ticket, so there are at least as many
    records as tickets that are rightly held.
    """
    records = shards.count(run_id)
    corrected = COUNTERS.update(
        key(run_id),
        "SET #taken = :records, #doubtful = :none",
        {"records": records - 1, "none": 0, "seen": taken - 1},
        "#taken = :seen",
    )
    return (records, 0) if corrected else _tickets(corrected.item)


def _tickets(item: Item | None) -> tuple[int, int]:
    """Tickets taken, the root's included, and how many are in doubt."""
    stored = item or {}
    return stored.get("taken", 0) + 1, stored.get("doubtful", 0)
