"""Totals of a run, from the stream of its pages, and its completion.

Each page's last change carries both sides of the account: the page itself, and the number
and fingerprint sum of the pages that it added. The run's ``balance`` is the sum of
``checksum - own fingerprint`` over the pages counted so far (the root, which no page added,
subtracts nothing). It is zero only if the pages counted are exactly the pages added plus the
root: in whatever order stream shards arrive, a page that is still queued, or whose record is
under way, leaves its fingerprint in the sum. Plain counts would not do: a leaf counted before
its parent would balance the root.
"""

from collections.abc import Iterator
from typing import Any

from chalice.app import DynamoDBEvent
from chalicelib.crawler.core.limits import CUTS
from chalicelib.crawler.core.models import COUNTERS, VISITED, Run
from chalicelib.crawler.frontier import shards, visited
from chalicelib.crawler.frontier.visited import FAILED, FETCHED, QUEUED, SKIPPED
from chalicelib.crawler.runs import bounds, runs

from shared.aws.counting import add_counts
from shared.aws.dynamo import Item, Key
from shared.aws.streams import Change, changes
from shared.base.observability import logger
from shared.text import canonical_urls

# Totals as the API shows them, and as an ended run keeps them.
STATS = ("fetched", "discovered", "failed", "skipped", "bytes")
# Amounts by name; ``traps`` is a set of texts.
Counts = dict[str, Any]


def key(run_id: str) -> Key:
    """Return the key of a run's totals."""
    return {"key": run_id}


def count_pages(event: DynamoDBEvent) -> None:
    """Add a stream batch to the totals, and end the runs it completes.

    Raises:
        Contended, TransactionCanceled: the totals stay contended; the batch comes again.
    """
    add_counts(COUNTERS.name, COUNTERS.hash_key, event, page_amounts)
    touched = {run_of(change) for change in changes(event)}
    try:
        for run_id, counts in read_counts(touched).items():
            if not finish_if_over(run_id, counts):
                _stop_if_bounded(run_id, counts)
    except Exception:
        # The batch is counted and need not come again: the sweeper ends the runs that this
        # leaves open.
        logger().exception("completion check failed", runs=len(touched))


def _stop_if_bounded(run_id: str, counts: Counts) -> None:
    """Stop a run that has reached its bytes, seconds or dollars."""
    run = runs.current(run_id)
    reason = bounds.exceeded(run, counts) if run is not None else None
    if run is not None and reason is not None:
        stop_at_limit(run, reason)


def page_amounts(change: Change) -> Iterator[tuple[str, str, int]]:
    """Yield the amounts that a change adds to its run: only settling counts."""
    old, new = change.old, change.new
    if not old or not new or old["state"] != QUEUED or new["state"] == QUEUED:
        return
    run_id = run_of(change)
    own = visited.fingerprint(new["url_digest"]) if new["parent"] else 0
    yield run_id, new["state"], 1
    yield run_id, "links", new.get("new_links", 0)
    yield run_id, "balance", new.get("checksum", 0) - own
    yield run_id, "bytes", new.get("bytes", 0)
    yield run_id, "dropped", new.get("dropped", 0)
    for name in CUTS:
        if name in new:
            yield run_id, name, new[name]


def run_of(change: Change) -> str:
    """Return the id of the run that a visited record belongs to."""
    return str(change.keys["shard"]).rpartition("#")[0]


def read_counts(run_ids: set[str], consistent: bool = True) -> dict[str, Counts]:
    """Return the totals of runs; a run without any yet is absent."""
    items = COUNTERS.get_many([key(run_id) for run_id in run_ids], consistent=consistent)
    return {item["key"]: item for item in items}


def stats_of(counts: Counts) -> dict[str, int]:
    """Return totals for the API; the root is discovered from the start."""
    stats = {name: counts.get(name, 0) for name in (FETCHED, FAILED, SKIPPED, "bytes")}
    return {**stats, "discovered": 1 + counts.get("links", 0)}


def cuts_of(counts: Counts) -> dict[str, Any]:
    """Return what trap rules left out of a run, as an ended run keeps it."""
    cuts = {name: counts[name] for name in CUTS if counts.get(name, 0) > 0}
    traps = sorted(counts.get("traps", ())) if cuts else []
    return {**cuts, "traps": traps} if traps else cuts


def is_over(counts: Counts) -> bool:
    """True if every page of the run is settled and counted."""
    settled = sum(counts.get(state, 0) for state in (FETCHED, FAILED, SKIPPED))
    return counts.get("balance", 0) == 0 and settled == 1 + counts.get("links", 0)


def finish_if_over(run_id: str, counts: Counts, max_pages: int = 0) -> bool:
    """End the run if nothing of it is left.

    Args:
        max_pages: budget of a run by hosts, which may find more pages than it fetches: it is
            over once so many are settled. A plain run never finds more.
    """
    if is_over(counts):
        return finish(run_id, counts)
    settled = sum(counts.get(state, 0) for state in (FETCHED, FAILED, SKIPPED))
    if not max_pages or settled < max_pages:
        return False
    left = 1 + counts.get("links", 0) - settled
    whole = {**counts, "links": settled - 1, "dropped": max(1, left)}
    return finish(run_id, whole, ("max_pages", max_pages))


def finish(run_id: str, counts: Counts, limit: tuple[str, int] | None = None) -> bool:
    """End a run of which nothing is left; False if it had ended before.

    A run that fetched nothing at all, or whose root leads out of its scope, has failed for the
    reason that its root gives.

    Args:
        limit: see `runs.end`.
    """
    stats = {**stats_of(counts), **cuts_of(counts)}
    error = _root_error(run_id) if stats["discovered"] == 1 or not stats[FETCHED] else None
    if not stats[FETCHED] or error == visited.LEAVES_SCOPE:
        return runs.end(run_id, "failed", error or "nothing could be fetched", stats, limit)
    reason = "max_pages" if counts.get("dropped") else "completed"
    return runs.end(run_id, "finished", reason, stats, limit)


def _root_error(run_id: str) -> str | None:
    run = runs.find(run_id)
    if run is None:
        return None
    key = visited.key(run_id, canonical_urls.key(run.url))
    found = VISITED.get_many([key], consistent=True)
    return found[0].get("error") if found else None


def stop(run_id: str, reason: str, limit: tuple[str, int] | None = None) -> bool:
    """Stop a run with its totals so far; False if it had ended before.

    Args:
        limit: see `runs.end`.
    """
    counts = read_counts({run_id}, consistent=False).get(run_id, {})
    return runs.end(run_id, "stopped", reason, {**stats_of(counts), **cuts_of(counts)}, limit)


def stop_at_limit(run: Run, name: str) -> bool:
    """Stop a run at one of its limits, unless that was raised since."""
    return stop(run.id, name, (name, getattr(run, name)))


def expire_counts(run_id: str, expires_at: int) -> None:
    """Let the totals of an ended run expire with the run (Unix seconds)."""
    COUNTERS.update(key(run_id), "SET #expires_at = :expires", {"expires": expires_at})


def recount(run_id: str) -> tuple[Counts, list[Item]]:
    """Return totals from the records themselves, and queued records.

    Strongly consistent per shard; `sweeper` says what two readings prove.
    """
    counts: Counts = {FETCHED: 0, FAILED: 0, SKIPPED: 0, "links": -1, "bytes": 0, "dropped": 0}
    queued = []
    for item in shards.all_records(run_id, consistent=True):
        counts["links"] += 1
        counts["bytes"] += item.get("bytes", 0)
        counts["dropped"] += item.get("dropped", 0)
        if item["state"] == QUEUED:
            queued.append(item)
        else:
            counts[item["state"]] += 1
    return counts, queued
