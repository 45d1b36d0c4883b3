"""Erasure of an account: its runs, their pages and their counters.

A run goes first, so that workers find none and stop fetching for it; the message that says
so leads to its pages. Cards of links belong to no user.
"""

from itertools import islice

from chalicelib.crawler.core import names
from chalicelib.crawler.core.models import COUNTERS
from chalicelib.crawler.frontier import budget, shards, visited
from chalicelib.crawler.frontier.hosts import removal as hosts
from chalicelib.crawler.runs import accounting, runs, sweeper

from shared.aws.walks import Job, Position, Walk

# Pages per slice: they are deleted in batches of twenty-five.
SLICE = 1000


def crawls(job: Job, position: Position | None) -> Position | None:
    """Erase every run of the user, one after the other, newest first."""
    if position is None:
        found, _ = runs.of_owner(job["user_id"], 1, None)
        return {"run": found[0].id} if found else None
    run_id: str = position["run"]
    # The index that lists runs may lag: it may lead here once more, with nothing left to do.
    runs.remove(run_id)
    pages = list(islice(shards.all_records(run_id, limit=SLICE, consistent=True), SLICE))
    visited.remove(pages)
    if len(pages) == SLICE or hosts.remove(run_id, SLICE):
        return position
    keys = (accounting.key(run_id), budget.key(run_id), sweeper.key(run_id))
    COUNTERS.batch_write(deletes=keys)
    return crawls(job, None)


walk = Walk(names.DOMAIN, names.ERASURES_QUEUE, {"crawls": crawls})
