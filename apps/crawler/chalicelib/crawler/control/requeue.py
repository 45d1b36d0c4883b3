"""Queue the waiting pages of a resumed or extended run, in slices.

Workers drop the messages of a run that rests, so each page that is still queued needs a new one.
"""

from itertools import islice

from chalicelib.crawler.control.jobs import Position
from chalicelib.crawler.core.models import HOSTS, RUNNING
from chalicelib.crawler.frontier import shards, visited
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.runs import accounting, runs

from shared.aws.dynamo import Item
from shared.base.clock import now_ms

SLICE = 500
# A page claimed this lately may still be in a worker's hands (the function's timeout is 40 s).
_IN_HAND_MS, _LATER_SECONDS = 60_000, 90


def requeue(frontiers: Frontiers, job: Item, position: Position | None) -> Position | None:
    """Queue one slice of a run's waiting pages.

    A page that is queued twice is claimed once. One that a worker had claimed gets a message
    that inherits the claim, since the worker's own message is gone.
    """
    run = runs.find(job["run"])
    if run is None or run.status != RUNNING:
        return None
    if run.frontier == HOSTS:
        frontiers.hosts.resume(run.id)
        # Of a run that was extended, nothing may be left.
        counts = accounting.read_counts({run.id}).get(run.id, {})
        accounting.finish_if_over(run.id, counts, int(run.max_pages))
        return None
    frontier = frontiers.plain
    after = position["after"] if position else None
    found = list(islice(shards.all_records(run.id, after=after, limit=SLICE), SLICE))
    waiting = [item for item in found if item["state"] == visited.QUEUED]
    frontier.queue(run.id, [item["url"] for item in waiting if "holder" not in item])
    recent = now_ms() - _IN_HAND_MS
    for item in waiting:
        if "holder" in item:
            seconds = _LATER_SECONDS if item["updated_at"] > recent else 1
            frontier.postpone(run.id, item["url"], seconds, item["holder"])
    return {"after": found[-1]["url_digest"]} if len(found) == SLICE else None
