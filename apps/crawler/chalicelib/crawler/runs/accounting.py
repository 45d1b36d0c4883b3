"""Totals of a run from the stream of its pages, and how it is known to be over.

Each page's last change carries both sides of the account: itself, and the
number and fingerprint sum of the pages that it added. The run's ``balance``
is the sum of ``checksum - own fingerprint`` over the pages counted so far (the
root, which nobody added, subtracts nothing). It is zero only when the pages
counted are exactly the pages added plus the root: whatever the order in which
stream shards arrive, a page that is still queued, or whose record is under
way, leaves its fingerprint in the sum. Plain counts would not do: a leaf
counted before its parent would balance the root.
"""

import random
import time
from collections.abc import Iterator
from typing import Any

from chalicelib.crawler.core.models import COUNTERS_TABLE
from chalicelib.crawler.frontier import shards, visited
from chalicelib.crawler.frontier.visited import FAILED, FETCHED, QUEUED, SKIPPED
from chalicelib.crawler.runs import runs

from shared.aws import dynamo, sdk
from shared.aws.dynamo import TransactionCanceled
from shared.aws.streams import Change, add_counts, changes
from shared.base.observability import logger
from shared.text import canonical_urls

_CONFLICT_ATTEMPTS = 6
Counts = dict[str, int]


def count_pages(event: Any) -> None:
    """Add a stream batch to the runs' totals and end the runs it completes.

    Raises:
        TransactionCanceled: the totals stay contended; nothing was added.
    """
    _add(event)
    touched = {run_of(change) for change in changes(event)}
    try:
        for run_id, counts in read_counts(touched).items():
            finish_if_over(run_id, counts)
    except Exception:
        # Failing here would bring the batch back, perhaps cut differently and so
        # not recognised as counted. The sweeper ends what this leaves open.
        logger().exception("completion check failed", runs=len(touched))


def page_amounts(change: Change) -> Iterator[tuple[str, str, int]]:
    """What a changed record adds to its run: only its settling counts."""
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


def run_of(change: Change) -> str:
    """Id of the run that a visited record belongs to."""
    return str(change.keys["shard"]).rpartition("#")[0]


def read_counts(run_ids: set[str], consistent: bool = True) -> dict[str, Counts]:
    """The totals of runs; a run without any yet is absent."""
    keys = [{"key": run_id} for run_id in run_ids]
    items = dynamo.batch_get({COUNTERS_TABLE: keys}, consistent)[COUNTERS_TABLE]
    return {item["key"]: item for item in items}


def stats_of(counts: Counts) -> dict[str, int]:
    """Totals as the API shows them; the root counts as discovered from the start."""
    stats = {name: counts.get(name, 0) for name in (FETCHED, FAILED, SKIPPED, "bytes")}
    return {**stats, "discovered": 1 + counts.get("links", 0)}


def is_over(counts: Counts) -> bool:
    """Whether every page of the run is settled and counted."""
    settled = sum(counts.get(state, 0) for state in (FETCHED, FAILED, SKIPPED))
    return counts.get("balance", 0) == 0 and settled == 1 + counts.get("links", 0)


def finish_if_over(run_id: str, counts: Counts) -> bool:
    """End the run when nothing is left of it."""
    return is_over(counts) and finish(run_id, counts)


def finish(run_id: str, counts: Counts) -> bool:
    """End a run of which nothing is left; False when it had ended before.

    A run that fetched nothing at all failed, for the reason that its root gives.
    """
    stats = stats_of(counts)
    if stats[FETCHED]:
        reason = "max_pages" if counts.get("dropped") else "completed"
        return runs.end(run_id, "finished", reason, stats)
    run = runs.find(run_id)
    root = visited.known(run_id, [canonical_urls.digest(run.url)]) if run else {}
    error = next((item.get("error") for item in root.values()), None)
    return runs.end(run_id, "failed", error or "nothing could be fetched", stats)


def expire_counts(run_id: str, expires_at: int) -> None:
    """Let the totals of an ended run go when the run goes (Unix seconds)."""
    sdk.client("dynamodb").update_item(
        TableName=COUNTERS_TABLE,
        Key=dynamo.encode_item({"key": run_id}),
        UpdateExpression="SET expires_at = :expires",
        ExpressionAttributeValues={":expires": {"N": str(expires_at)}},
    )


def recount(run_id: str) -> tuple[Counts, list[dict[str, Any]]]:
    """Totals read from the records themselves, and the records still queued.

    Strongly consistent per shard; see `sweeper` for what two readings prove.
    """
    counts: Counts = {FETCHED: 0, FAILED: 0, SKIPPED: 0, "links": -1, "bytes": 0, "dropped": 0}
    queued = []
    for shard in shards.SHARDS:
        for item in shards.records(run_id, shard, consistent=True):
            counts["links"] += 1
            counts["bytes"] += item.get("bytes", 0)
            counts["dropped"] += item.get("dropped", 0)
            if item["state"] == QUEUED:
                queued.append(item)
            else:
                counts[item["state"]] += 1
    return counts, queued


def _add(event: Any) -> None:
    for attempt in range(_CONFLICT_ATTEMPTS):
        try:
            add_counts(COUNTERS_TABLE, "key", event, page_amounts)
            return
        except TransactionCanceled:
            # Another shard's batch was writing the same totals at this moment.
            if attempt == _CONFLICT_ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311
