"""Erasure of an account: its runs with their pages, objects and counters.

A run goes first, so that workers find none and stop fetching for it; the message that says
so leads to its pages. Cards of links belong to no user.
"""

from chalicelib.crawler.control import removal
from chalicelib.crawler.core import names
from chalicelib.crawler.runs import runs
from chalicelib.crawler.schedules import schedules

from shared.aws.walks import Job, Position, Walk


def crawls(job: Job, position: Position | None) -> Position | None:
    """Erase every run of the user, one after the other, newest first."""
    if position is None:
        found, _ = runs.of_owner(job["user_id"], 1, None)
        return {"run": found[0].id, "url": found[0].url} if found else None
    run_id: str = position["run"]
    # The index that lists runs may lag: it may lead here once more, with nothing left to do.
    runs.remove(run_id)
    if removal.remove_slice(run_id, position.get("url")):
        return position
    return crawls(job, None)


def crawl_schedules(job: Job, position: Position | None) -> Position | None:
    """Erase the user's schedules; first, so that they start no further run."""
    del position
    schedules.delete_all(job["user_id"])
    return None


STEPS = {"crawl-schedules": crawl_schedules, "crawls": crawls}
walk = Walk(names.DOMAIN, names.ERASURES_QUEUE, STEPS)
