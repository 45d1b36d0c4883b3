"""Schedules of users in their table: create, list, delete, fire.

Once a minute the due ones start their crawl. The run's idempotency key is the schedule and
the moment it was due, so a sweep that comes twice starts one run; only then does the schedule
move on to its next moment.
"""

import json
import uuid
from collections import deque
from typing import Any

from chalicelib.crawler.core.models import BY_DUE, SCHEDULES
from chalicelib.crawler.core.states import OPEN
from chalicelib.crawler.runs import allowances, owners, runs, secrets, starting
from chalicelib.crawler.runs.allowances import Allowance
from chalicelib.crawler.schedules.moments import next_moment

from shared.aws.dynamo import Item, Key
from shared.base.clock import iso, now_ms
from shared.base.errors import Problem, forbidden, not_found
from shared.base.observability import logger
from shared.base.process import process

# Hash keys of the index of due schedules.
SHARDS = "0123"
FULL, CHANGED = "full", "changed"
UTC = "UTC"
_BATCH = 100
# The function has a minute.
_SECONDS, _PATIENCE_MS = 40, 3600_000
_SKIPPED = "the crawl before had not ended"
_FAILED = "the crawl could not be started"


def create(owner_id: str, body: dict[str, Any], allowance: Allowance) -> Item:
    """Add a schedule: one query and one put.

    Args:
        body: ``expression``, ``timezone``, ``crawl`` (the body of ``POST /1/crawls``),
            ``recrawl``.

    Raises:
        Problem: 400 for an expression, a time zone or a crawl that is not valid, 403 for one
            schedule too many or private networks on a deployed stage.
    """
    now = now_ms()
    timezone = body.get("timezone", UTC)
    first = next_moment(body["expression"], now, timezone)
    attributes = starting.check(owner_id, body["crawl"])
    crawl = dict(body["crawl"])
    if attributes.get("options"):
        crawl["options"] = json.loads(attributes["options"])
    if len(_of_owner(owner_id)) >= allowance.schedules:
        raise forbidden(f"{allowance.schedules} schedules are the quota.")
    identity = str(uuid.uuid4())
    item: Item = {
        "owner_id": owner_id,
        "id": identity,
        "expression": body["expression"],
        "timezone": timezone,
        "crawl": json.dumps(crawl),
        "secrets": attributes.get("secrets"),
        "recrawl": body.get("recrawl", FULL),
        "staff": allowance == allowances.STAFF or None,
        "due": _shard(identity),
        "next_at": first,
        "created_at": now,
        "version": 1,
        "updated_at": now,
    }
    SCHEDULES.put(item)
    return _present(item)


def list_schedules(owner_id: str) -> list[Item]:
    """Return a user's schedules; there are few (see `allowances`)."""
    return [_present(item) for item in _of_owner(owner_id)]


def delete(owner_id: str, schedule_id: str) -> Item:
    """Delete a schedule; its runs stay.

    Raises:
        Problem: 404 for an unknown one, also of another user.
    """
    if not SCHEDULES.delete(_key(owner_id, schedule_id), "attribute_exists(#id)"):
        raise not_found("schedule", schedule_id)
    return {"id": schedule_id, "deleted": True}


def delete_all(owner_id: str) -> None:
    """Delete a user's schedules: for erasures."""
    SCHEDULES.batch_write(deletes=[_key(owner_id, item["id"]) for item in _of_owner(owner_id)])


def fire_due() -> int:
    """Start the crawls of due schedules, and return their number.

    One that cannot be started says why, and waits for its next moment. The shards take turns,
    so neither a long one nor schedules that fail each time keep others waiting; what the time
    does not suffice for is started a minute later.
    """
    fired, now = 0, now_ms()
    until = process.clock.monotonic() + _SECONDS
    walks = deque(
        SCHEDULES.query(
            "#due = :shard AND #next_at <= :now", {"shard": shard, "now": now}, index=BY_DUE,
            limit=_BATCH,
        )
        for shard in SHARDS
    )  # fmt: skip
    while walks and process.clock.monotonic() < until:
        walk = walks.popleft()
        item = next(walk, None)
        if item is not None:
            walks.append(walk)
            fired += _try(item, now)
    return fired


def _try(item: Item, now: int) -> bool:
    """Start a schedule's crawl; false if something unexpected is in the way.

    It is tried again each minute; after an hour it waits for its next moment.
    """
    try:
        _fire(item)
    except Exception:
        logger().exception("schedule failed", schedule_id=item["id"])
        if now - item["next_at"] > _PATIENCE_MS:
            change = {"last_at": now, "next_at": _following(item, now), "last_error": _FAILED}
            _move_on(item, change, now)
        return False
    return True


def _fire(item: Item) -> None:
    now = now_ms()
    change: Item = {"last_at": now, "next_at": _following(item, now)}
    last = runs.find(item["last_run_id"]) if item.get("last_run_id") else None
    if owners.inactive([item["owner_id"]]):
        change["last_error"] = owners.ERROR
    elif last is not None and last.status in OPEN:
        change["last_error"] = _SKIPPED
    else:
        body = _body(item)
        if item["recrawl"] == CHANGED and last is not None:
            body["options"] = {**body.get("options", {}), "base_run": last.id}
        key = {"idempotency-key": f"schedule-{item['id']}-{item['next_at']}"}
        try:
            quotas = allowances.STAFF if item.get("staff") else allowances.USER
            allowances.check(item["owner_id"], body.get("max_pages", 1), quotas)
            change["last_run_id"] = starting.start(item["owner_id"], body, key)["id"]
        except Problem as problem:
            errors = [one["message"] for one in problem.errors or ()]
            change["last_error"] = "; ".join(errors)[:300] or problem.detail[:300]
    _move_on(item, change, now)


def _body(item: Item) -> Item:
    """Request that a schedule repeats, with its secrets."""
    body: Item = json.loads(item["crawl"])
    if item.get("secrets"):
        opened = secrets.opened(item["owner_id"], bytes(item["secrets"]))
        body["options"] = secrets.restored(body["options"], opened)
    return body


def _following(item: Item, now: int) -> int | None:
    try:
        return next_moment(item["expression"], now, item.get("timezone") or UTC)
    except Problem:
        # A cron expression with a year that is over.
        return None


def _move_on(item: Item, change: Item, now: int) -> None:
    """Set the next moment, unless another sweep did or it was deleted."""
    values = {name: value for name, value in change.items() if value is not None}
    sets = ", ".join(f"#{name} = :{name}" for name in values)
    gone = [name for name in ("last_error",) if name not in values]
    if change["next_at"] is None:
        # Out of the index of due schedules.
        gone += ["due", "next_at"]
    remove = f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else ""
    SCHEDULES.update(
        _key(item["owner_id"], item["id"]),
        f"SET {sets}, #updated_at = :now{remove} ADD #version :one",
        {**values, "now": now, "one": 1, "seen": item["next_at"]},
        "#next_at = :seen",
    )


def _of_owner(owner_id: str) -> list[Item]:
    return list(SCHEDULES.query("#owner_id = :owner", {"owner": owner_id}))


def _key(owner_id: str, schedule_id: str) -> Key:
    return {"owner_id": owner_id, "id": schedule_id}


def _shard(identity: str) -> str:
    return SHARDS[int(identity[0], 16) % len(SHARDS)]


def _present(item: Item) -> Item:
    moments: Item = {
        name: iso(int(item[name])) for name in ("created_at", "next_at", "last_at") if name in item
    }
    shown: Item = {
        name: item[name]
        for name in ("id", "expression", "recrawl", "last_run_id", "last_error")
        if name in item
    }
    shown["timezone"] = item.get("timezone") or UTC
    return {**shown, **moments, "crawl": json.loads(item["crawl"])}
