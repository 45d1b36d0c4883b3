"""Sweeper of runs that stand still: every run ends, whatever was lost.

Once a minute the totals of each running run are compared with those seen before. A run that
stands still is read record by record: pages whose message was lost are queued again or, after
enough attempts, given up; and a run without queued pages is ended with the totals of its
records, which also heals wrong totals (a stream batch counted twice, or lost by the local
stack).
"""

import random

from chalicelib.crawler.core.limits import KEEP_PAGES_SECONDS, MAX_ATTEMPTS, RUN_MS, STALE_MS
from chalicelib.crawler.core.models import COUNTERS, HOSTS, RUNNING, Run
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.hosts.frontier import HostFrontier
from chalicelib.crawler.frontier.port import Frontier
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.frontier.visited import FAILED, PageResult
from chalicelib.crawler.runs import accounting, bounds, health, owners, runs

from shared.aws.dynamo import Item, Key
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.observability import logger
from shared.base.process import process

STILL_MS = 100_000
# Reading all records costs: a run that keeps standing still is read every five minutes.
REREAD_MS = 5 * 60_000
_BATCH = 25
# The function has five minutes, of which a large run may take some.
_SECONDS = 200


def key(run_id: str) -> Key:
    """Return the key of the progress that the sweeper saw."""
    return {"key": f"progress#{run_id}"}


def sweep(frontiers: Frontiers) -> None:
    """Look at the running runs; one that fails is tried again in a minute.

    In another order each time, so that no run is always behind those whose many records are
    read; what the time does not suffice for counts as not looked after.
    """
    seen, ids = health.Health(), runs.active()
    random.shuffle(ids)
    until = process.clock.monotonic() + _SECONDS
    for number, run_id in enumerate(ids):
        if process.clock.monotonic() > until:
            seen.unswept += len(ids) - number
            break
        try:
            _look_after(run_id, frontiers, seen)
        except Exception:
            seen.unswept += 1
            logger().exception("sweep failed", run_id=run_id)
    if not settings().local:
        health.emit(seen)


def _look_after(run_id: str, frontiers: Frontiers, seen: health.Health) -> None:
    run = runs.find(run_id)
    if run is None or run.status != RUNNING:
        return
    if owners.inactive([run.owner_id]):
        accounting.stop(run_id, owners.REASON)
        return
    counts = accounting.read_counts({run_id}).get(run_id, {})
    budget = int(run.max_pages) if run.frontier == HOSTS else 0
    if accounting.finish_if_over(run_id, counts, budget):
        return
    now = now_ms()
    stats = accounting.stats_of(counts)
    seen.add(stats)
    reason = bounds.exceeded(run, counts)
    if reason is not None:
        accounting.stop_at_limit(run, reason)
        return
    if now - int(run.created_at) > RUN_MS:
        accounting.stop(run_id, "time_limit")
    elif stands_still(run_id, stats, now):
        seen.still += 1
        if run.frontier == HOSTS:
            revive_hosts(run, frontiers.hosts, now)
        else:
            revive(run, frontiers.plain, now)


def revive_hosts(run: Run, frontier: HostFrontier, now: int) -> None:
    """Queue turns of a run that were lost, or end it.

    Its totals are exact: they change in the transactions that end turns. So a run whose hosts
    have nothing left, and which is not over all the same, has lost items; it says so.
    """
    if not frontier.revive(run, now) and not frontier.revive(run, now):
        logger().error("run without work is not over", run_id=run.id)
        accounting.stop(run.id, "incomplete: pages of the frontier were lost")


def revive(run: Run, frontier: Frontier, now: int) -> None:
    """Read a run's records, and bring it on or to its end."""
    counts, queued = accounting.recount(run.id)
    if not queued:
        again, still_none = accounting.recount(run.id)
        # Records only go from queued to settled. So two readings without a queued record and
        # with the same number of records prove that none was queued between them.
        if not still_none and again["links"] == counts["links"]:
            accounting.finish(run.id, again)
        return
    stale = [item for item in queued if item["updated_at"] < now - STALE_MS]
    lost = [item for item in stale if item.get("attempts", 0) < MAX_ATTEMPTS]
    for item in stale:
        if item.get("attempts", 0) >= MAX_ATTEMPTS:
            visited.settle(visited.page_of(run.id, item), PageResult(FAILED, error="gave_up"))
    for start in range(0, len(lost), _BATCH):
        frontier.queue(run.id, [item["url"] for item in lost[start : start + _BATCH]])
    if stale:
        logger().info("run revived", run_id=run.id, queued=len(lost), stale=len(stale))


def stands_still(run_id: str, stats: dict[str, int], now: int) -> bool:
    """True if totals have not changed for a while; remembers them."""
    settled = stats["fetched"] + stats["failed"] + stats["skipped"]
    found = COUNTERS.get_many([key(run_id)], consistent=True)
    seen: Item = found[0] if found else {}
    moved = seen.get("settled") != settled
    still = not moved and now - seen["since"] >= STILL_MS
    due = still and now - seen.get("read_at", 0) >= REREAD_MS
    if moved or due:
        COUNTERS.put(
            {
                **key(run_id),
                "settled": settled,
                "since": now if moved else seen["since"],
                "read_at": now if due else None,
                "expires_at": now // 1000 + KEEP_PAGES_SECONDS,
            }
        )
    return due
