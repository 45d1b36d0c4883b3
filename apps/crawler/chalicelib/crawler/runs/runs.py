"""Crawl runs in their table: begin, find, list, end."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from chalicelib.crawler.core.limits import KEEP_RUNS_SECONDS
from chalicelib.crawler.core.models import (
    BY_ACTIVITY,
    BY_OWNER,
    PAUSED,
    RUNNING,
    RUNS,
    Run,
)
from chalicelib.crawler.frontier import seeds, switch
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.idempotency import IdempotencyKey
from shared.aws.models import as_dict
from shared.base.clock import now_ms
from shared.base.process import Cache, process

_ACTIVE = "1"
_REASON_CHARS = 300

_current: Cache[str, Run] = process.cache(1000, seconds=5)


def begin(
    owner_id: str,
    options: Item,
    key: IdempotencyKey | None,
    more_seeds: Sequence[str] = (),
) -> Item:
    """Start a run: one transaction writes it and its root, marked as found.

    The root's message follows from the table's stream, so an accepted run cannot be lost.

    Args:
        options: attributes of the run that the request sets; url is an address.
        more_seeds: start pages beside the root; they may stand alone if the rest fails.

    Returns:
        ``{"id", "status"}``; for a repeated idempotency key those of the first request.

    Raises:
        Problem: 409 for an idempotency key that was used with another body.
    """
    now = now_ms()
    run = Run(
        str(uuid.uuid4()),
        owner_id=owner_id,
        active=_ACTIVE,
        open_of=owner_id,
        created_at=now,
        updated_at=now,
        expires_at=now // 1000 + KEEP_RUNS_SECONDS,
        seeds=1 + len(more_seeds),
        **options,
    )
    answer = {"id": run.id, "status": RUNNING}
    if more_seeds:
        seeds.write(run.id, more_seeds)
    actions = [RUNS.put_action(as_dict(run)), switch.first_action(run)]
    if key is None:
        dynamo.transact(actions)
        return answer
    try:
        dynamo.transact([key.record(answer), *actions])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        if not canceled.items[0]:
            raise key.conflict_problem() from canceled
        return key.replay(canceled.items[0])
    return answer


def find(run_id: str) -> Run | None:
    """Return a run, or ``None``."""
    return RUNS.load(run_id)


def current(run_id: str) -> Run | None:
    """Return a run, at most five seconds old, for the processor."""
    cached = _current.get(run_id)
    if cached is not None:
        return cached
    found = find(run_id)
    return None if found is None else _current.put(run_id, found)


def of_owner(
    owner_id: str, limit: int, position: dict[str, Any] | None
) -> tuple[list[Run], dict[str, Any] | None]:
    """Return a page of a user's runs, newest first, and the next position."""
    start = None
    if position is not None:
        start = {"owner_id": owner_id, "created_at": position["at"], "id": position["id"]}
    page = RUNS.page(
        "#owner_id = :owner",
        {"owner": owner_id},
        index=BY_OWNER,
        descending=True,
        limit=limit,
        start=start,
    )
    last = page.last_key
    after = {"id": last["id"], "at": last["created_at"]} if last else None
    return [Run(**item) for item in page.items], after


def active() -> list[str]:
    """Return the ids of running runs (eventually consistent)."""
    found = RUNS.query("#active = :active", {"active": _ACTIVE}, index=BY_ACTIVITY)
    return [item["id"] for item in found]


def options_of(run: Run) -> dict[str, Any]:
    """Return a run's further options as the request gave them."""
    found: dict[str, Any] = json.loads(run.options) if run.options else {}
    return found


def end(
    run_id: str,
    status: str,
    reason: str,
    stats: dict[str, Any],
    limit: tuple[str, int] | None = None,
) -> bool:
    """Turn a running or paused run into an ended one.

    Args:
        status: ``finished``, ``stopped`` or ``failed``.
        stats: fetched, discovered, failed, skipped, bytes; ``cut_<rule>`` and traps.
        limit: name and value of the limit that ends the run. One that was raised meanwhile
            ends nothing.

    Returns:
        False if it had ended before, or its limit is another one.
    """
    condition = Run.status.is_in(RUNNING, PAUSED)
    if limit is not None:
        condition = condition & (getattr(Run, limit[0]) == limit[1])
    now = now_ms()
    changes = [
        Run.status.set(status),
        Run.reason.set(reason[:_REASON_CHARS]),
        Run.finished_at.set(now),
        Run.updated_at.set(now),
        Run.version.set(Run.version + 1),
        Run.active.remove(),
        Run.open_of.remove(),
        *(getattr(Run, name).set(value) for name, value in stats.items()),
    ]
    try:
        return RUNS.change(Run(run_id), changes, condition)
    finally:
        _current.pop(run_id)


def remove(run_id: str) -> None:
    """Delete a run, whatever its status: for erasures."""
    RUNS.delete({"id": run_id})


def change_status(run_id: str, before: str, after: str) -> bool:
    """Pause a running run, or resume a paused one.

    The sweeper looks after running runs only; the table's stream wakes a resumed run.

    Returns:
        False if the run is not in the state ``before``.
    """
    active = Run.active.set(_ACTIVE) if after == RUNNING else Run.active.remove()
    return change(Run(run_id), [Run.status.set(after), active], Run.status == before)


def reopening(run: Run) -> list[Action]:
    """Return the changes by which an ended run goes on; the stream wakes it."""
    return [
        Run.status.set(RUNNING), Run.active.set(_ACTIVE), Run.open_of.set(run.owner_id),
        Run.reason.remove(), Run.finished_at.remove(),
    ]  # fmt: skip


def change(run: Run, changes: list[Action], condition: Condition | None = None) -> bool:
    """Change a run as a new version of it.

    Args:
        condition: by default, that the run is as it was read.

    Returns:
        true if the condition held.
    """
    if condition is None:
        condition = Run.version == run.version
    changes += [Run.updated_at.set(now_ms()), Run.version.set(Run.version + 1)]
    try:
        return RUNS.change(Run(run.id), changes, condition)
    finally:
        forget(run.id)


def forget(run_id: str) -> None:
    """Let this process read the run anew."""
    _current.pop(run_id)
