"""Pause, resume, stop, extend and delete a run.

A request changes the run's status on a condition, and nothing else; what follows (queueing
the waiting pages again, deleting data) begins with the stream of the runs' table.
"""

from typing import Any

from chalicelib.crawler.core.limits import RUN_MS
from chalicelib.crawler.core.models import (
    ENDED,
    FINISHED,
    HOSTS,
    PAUSED,
    RUNNING,
    RUNS,
    STOPPED,
    Run,
)
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.core.states import OPEN, REMOVED
from chalicelib.crawler.runs import accounting, allowances, bounds, reading, runs
from chalicelib.crawler.runs.allowances import Allowance

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.errors import conflict, invalid_request
from shared.http import quotas

# Limits that a run in progress may be given anew.
EXTENDABLE = ("max_pages", "max_depth", "max_bytes", "max_seconds", "pages_per_host", "max_cost")


def pause(run_id: str, viewer_id: str, manages: bool) -> Item:
    """Let a run fetch no further pages; may be repeated.

    Pages in flight still arrive. The others wait, without messages and without costs.

    Raises:
        Problem: 404 as `reading.visible`, 409 if the run has ended.
    """
    return _change(reading.visible(run_id, viewer_id, manages), RUNNING, PAUSED)


def resume(run_id: str, viewer_id: str, manages: bool) -> Item:
    """Let a paused run go on, and return its id and status; may be repeated.

    Raises:
        Problem: 404 as `reading.visible`, 409 if the run has ended.
    """
    return _change(reading.visible(run_id, viewer_id, manages), PAUSED, RUNNING)


def stop(run_id: str, viewer_id: str, manages: bool) -> Item:
    """End a run now, and return its id and status; may be repeated.

    Raises:
        Problem: 404 as `reading.visible`.
    """
    run = reading.visible(run_id, viewer_id, manages)
    if run.status in OPEN:
        accounting.stop(run.id, "stopped_by_user")
        run = runs.find(run.id) or run
    return _state(run)


def extend(
    run_id: str, viewer_id: str, manages: bool, limits: dict[str, Any], allowance: Allowance
) -> Item:
    """Raise limits of a run, and return its id and status.

    A run that has ended goes on where it stood, within the quotas of a new one. Links that an
    old ``max_depth`` left out come back only if another page has them too.

    Args:
        limits: new values by name, of `EXTENDABLE`.
        allowance: quotas of the caller.

    Raises:
        Problem: 400 for a limit below its present value, or above the caller's, 404 as
            `reading.visible`, 409 if the run cannot go on, or was changed at the same moment,
            429 for too many open runs, or once the day's bytes are used up.
    """
    run = reading.visible(run_id, viewer_id, manages)
    ended = run.status in ENDED
    if ended and not _can_go_on(run):
        raise conflict(f"The crawl is {run.status}: start another one.")
    for name, value in limits.items():
        present = getattr(run, name, None)
        if present is not None and value < present:
            unit = bounds.MILLIONTHS if name == "max_cost" else 1
            message = f"{name}: is {present / unit:g} and can only grow"
            raise invalid_request(message, **{name: value / unit})
        if name == "max_pages" and value > allowance.pages:
            raise invalid_request(f"max_pages: {allowance.pages} at most", max_pages=value)
    changes = [getattr(Run, name).set(value) for name, value in limits.items()]
    if ended:
        allowances.check(run.owner_id, 0, allowance)
        quotas.charge(DOMAIN, run.owner_id, "crawls", 1, precise=True)
        changes += runs.reopening(run)
    if not runs.change(run, changes):
        raise conflict("The crawl was changed by another request; try again.")
    return {"id": run.id, "status": RUNNING} if ended else _state(run)


def _can_go_on(run: Run) -> bool:
    """True if an ended run still has what it needs to go on.

    A plain run that met its budget has withdrawn the pages beyond it.
    """
    stands = run.status == STOPPED or (run.status == FINISHED and run.frontier == HOSTS)
    return stands and run.keep_days != 0 and now_ms() - int(run.created_at) < RUN_MS


def remove(run_id: str, viewer_id: str, manages: bool) -> Item:
    """Delete a run with its pages, bodies and exports, and return its id.

    The run is gone at once, its data within minutes.

    Raises:
        Problem: 404 as `reading.visible`.
    """
    run = reading.visible(run_id, viewer_id, manages)
    now = now_ms()
    changes = [
        Run.status.set(REMOVED), Run.updated_at.set(now), Run.version.set(Run.version + 1),
        Run.active.remove(), Run.open_of.remove(),
    ]  # fmt: skip
    RUNS.change(Run(run.id), changes, Run.id.exists())
    runs.forget(run.id)
    return {"id": run.id, "deleted": True}


def _change(run: Run, before: str, after: str) -> Item:
    if not runs.change_status(run.id, before, after):
        run = runs.find(run.id) or run
        if run.status in ENDED or run.status == REMOVED:
            raise conflict(f"The crawl is {run.status}.")
        return _state(run)
    return {"id": run.id, "status": after}


def _state(run: Run) -> Item:
    return {"id": run.id, "status": run.status}
