"""What goes of the crawler domain with an account: its runs, their pages and totals.

A run goes first, so that what still fetches for it finds none and stops; the
message that says so leads to its pages. Cards of links belong to nobody.
"""

from collections.abc import Iterator
from itertools import islice

from chalicelib.crawler.core.models import COUNTERS_TABLE, VISITED_TABLE, Run
from chalicelib.crawler.frontier import shards
from chalicelib.crawler.runs import runs

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.walks import Job, Position, Walk

# Pages in a slice: deleting them is batches of twenty-five.
SLICE = 1000


def crawls(job: Job, position: Position | None) -> Position | None:
    """Every run of the user, one after the other, newest first."""
    if position is None:
        found, _ = runs.of_owner(job["user_id"], 1, None)
        return {"run": found[0].id} if found else None
    run_id: str = position["run"]
    # The index that lists runs may lag: then it leads here once more, and there is nothing to do.
    Run(run_id).delete()
    pages = islice(_pages(run_id), SLICE)
    keys = [{"shard": page["shard"], "url_digest": page["url_digest"]} for page in pages]
    dynamo.batch_write(VISITED_TABLE, deletes=keys)
    if len(keys) == SLICE:
        return position
    totals = (run_id, f"budget#{run_id}", f"progress#{run_id}")
    dynamo.batch_write(COUNTERS_TABLE, deletes=[{"key": key} for key in totals])
    return crawls(job, None)


def _pages(run_id: str) -> Iterator[Item]:
    for shard in shards.SHARDS:
        yield from shards.records(run_id, shard, limit=SLICE, consistent=True)


walk = Walk("crawler", "erasures", {"crawls": crawls})
