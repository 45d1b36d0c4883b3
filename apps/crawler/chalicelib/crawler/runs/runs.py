"""Crawl runs: begin, read, stop, end."""

import threading
import uuid
from typing import Any

from cachetools import TTLCache
from chalicelib.crawler.core.limits import KEEP_RUNS_SECONDS
from chalicelib.crawler.core.models import RUNNING, VISITED_TABLE, Run
from chalicelib.crawler.frontier import visited
from pynamodb.exceptions import UpdateError

from shared.aws import dynamo
from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import now_ms

_CACHE_SECONDS = 5
_lock = threading.Lock()
_runs: TTLCache[str, Run] = TTLCache(1000, _CACHE_SECONDS)


def begin(owner_id: str, order: dict[str, Any], key: IdempotencyKey | None) -> dict[str, Any]:
    """Start a run: one transaction writes it and its root, marked as found.

    The root's message follows from the table's stream, so an accepted run
    cannot be lost.

    Args:
        order: url (canonical), scope, order, max_pages, max_depth or ``None``, allow_private.

    Returns:
        the answer, ``{"id", "status"}``; the first one again for a repeated key.

    Raises:
        Problem: 409 for a key that was used with another body.
    """
    now = now_ms()
    run = Run(
        str(uuid.uuid4()),
        owner_id=owner_id,
        active="1",
        created_at=now,
        updated_at=now,
        expires_at=now // 1000 + KEEP_RUNS_SECONDS,
        **order,
    )
    answer = {"id": run.id, "status": RUNNING}
    root = visited.new_record(run.id, run.url, 0, "")
    actions = [
        {"Put": {"TableName": Run.Meta.table_name, "Item": run.serialize()}},
        dynamo.put(VISITED_TABLE, root),
    ]
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
    """A run as it is now."""
    try:
        return Run.get(run_id)
    except Run.DoesNotExist:
        return None


def current(run_id: str) -> Run | None:
    """A run as it was at most five seconds ago: what the processor asks for every page."""
    with _lock:
        cached = _runs.get(run_id)
    if cached is not None:
        return cached
    found = find(run_id)
    if found is not None:
        with _lock:
            _runs[run_id] = found
    return found


def forget_cached() -> None:
    """Drop cached runs (tests that do not want to wait)."""
    with _lock:
        _runs.clear()


def of_owner(
    owner_id: str, limit: int, position: dict[str, Any] | None
) -> tuple[list[Run], dict[str, Any] | None]:
    """A page of a user's runs, newest first, and the position of the next page."""
    last = None
    if position is not None:
        last = {
            "owner_id": {"S": owner_id},
            "created_at": {"N": str(position["at"])},
            "id": {"S": position["id"]},
        }
    results = Run.by_owner.query(
        owner_id, scan_index_forward=False, limit=limit, last_evaluated_key=last
    )
    found = list(results)
    key = results.last_evaluated_key
    after = {"id": key["id"]["S"], "at": int(key["created_at"]["N"])} if key else None
    return found, after


def active() -> list[str]:
    """Ids of the runs that are running (eventually consistent)."""
    return [run.id for run in Run.by_activity.query("1")]


def end(run_id: str, status: str, reason: str, stats: dict[str, int]) -> bool:
    """Turn a running run into an ended one.

    Args:
        status: ``finished``, ``stopped`` or ``failed``.
        stats: fetched, discovered, failed, skipped, bytes.

    Returns:
        False when it had ended before.
    """
    now = now_ms()
    actions = [
        Run.status.set(status),
        Run.reason.set(reason[:300]),
        Run.finished_at.set(now),
        Run.updated_at.set(now),
        Run.version.set(Run.version + 1),
        Run.active.remove(),
        *(getattr(Run, name).set(value) for name, value in stats.items()),
    ]
    try:
        Run(run_id).update(actions=actions, condition=Run.status == RUNNING)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    finally:
        with _lock:
            _runs.pop(run_id, None)
    return True
