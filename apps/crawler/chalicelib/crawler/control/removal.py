"""Delete data of a run, in slices: all of it, or its records and frontier."""

from itertools import islice

from chalicelib.crawler.control.jobs import Position
from chalicelib.crawler.core.models import COUNTERS, ENDED
from chalicelib.crawler.frontier import budget, shards, visited
from chalicelib.crawler.frontier.hosts import removal as hosts
from chalicelib.crawler.runs import accounting, runs, sweeper
from chalicelib.crawler.store import objects

from shared.aws.dynamo import Item

# Pages per slice: they are deleted in batches of twenty-five.
SLICE = 1000


def remove(job: Item, position: Position | None) -> Position | None:
    """Delete one slice of a removed run's data; the run's own item goes last."""
    del position  # What is left is what is found.
    run_id = job["run"]
    run = runs.find(run_id)
    if remove_slice(run_id, run.url if run else None):
        return {"more": True}
    runs.remove(run_id)
    return None


def forget(job: Item, position: Position | None) -> Position | None:
    """Delete one slice of the records and the frontier of an ended run.

    Its totals, files and exports stay.
    """
    del position
    run = runs.find(job["run"])
    if run is None or run.status not in ENDED:
        return None
    pages = list(islice(shards.all_records(run.id, limit=SLICE, consistent=True), SLICE))
    visited.remove(pages)
    if len(pages) == SLICE or hosts.remove(run.id, run.url, SLICE):
        return {"more": True}
    return None


def remove_slice(run_id: str, root_url: str | None) -> bool:
    """Delete some of a run's data; returns true if there may be more.

    Args:
        root_url: address of the run; ``None`` if the run is gone.
    """
    if objects.remove_some(run_id):
        return True
    pages = list(islice(shards.all_records(run_id, limit=SLICE, consistent=True), SLICE))
    visited.remove(pages)
    if len(pages) == SLICE or hosts.remove(run_id, root_url, SLICE):
        return True
    keys = (accounting.key(run_id), budget.key(run_id), sweeper.key(run_id))
    COUNTERS.batch_write(deletes=keys)
    return False
