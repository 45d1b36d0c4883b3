"""Export jobs: one item a person, the newest; its stream tells what is to be done.

running ── every domain has written its part ──► archived ──► ready

A request is one conditional write, which also counts: at most one at a time,
and two in 24 hours. A job that has not ended after six hours shows as failed,
and another may be asked for; should the late part arrive after all (a
dead-letter queue was redriven), it still becomes ready.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.users.core import actions
from chalicelib.users.core.models import Export

from shared.aws import sdk
from shared.aws.events import Event, send
from shared.aws.streams import Change, changes, publish_changes
from shared.base.clock import iso, now_ms
from shared.base.config import settings
from shared.base.errors import Problem, conflict, not_found
from shared.base.ids import new_id
from shared.contracts import exporting

Item = dict[str, Any]

RUNNING, READY = "running", "ready"
DAY_MS = 24 * 3600 * 1000
PATIENCE_MS = 6 * 3600 * 1000
# The bucket's lifecycle deletes archives after so long.
KEPT_MS = 7 * DAY_MS
LINK_SECONDS = 300


def request(user_id: str) -> Item:
    """Begin an export (one conditional update).

    Raises:
        Problem: 409 while one is running, 429 after two in 24 hours.
    """
    at, export_id = now_ms(), new_id()
    values = {
        "id": export_id, "at": at, "zero": 0, "one": 1, "running": RUNNING,
        "expected": set(settings().domains), "day": at - DAY_MS, "patience": at - PATIENCE_MS,
    }  # fmt: skip
    expression = (
        "SET #id = :id, #status = :running, #expected = :expected, "
        "#previous_at = if_not_exists(#requested_at, :zero), #requested_at = :at, "
        "#updated_at = :at REMOVE #parts, #size, #ready_at ADD #version :one"
    )
    condition = (
        "attribute_not_exists(#id) OR (#previous_at < :day"
        " AND (#status <> :running OR #requested_at < :patience))"
    )
    key = {"user_id": user_id}
    if not actions.run(actions.update(Export.Meta.table_name, key, expression, values, condition)):
        raise _refused(user_id, at)
    return {"id": export_id, "status": RUNNING, "requested_at": iso(at)}


def shown(user_id: str, export_id: str) -> Item:
    """How an export stands; a ready one with a link that is good for five minutes.

    Raises:
        Problem: 404 when it is not the caller's newest.
    """
    job = find(user_id)
    if job is None or job.id != export_id:
        raise not_found("export", export_id)
    return _present(job)


def newest(user_id: str) -> list[Item]:
    """The newest export as `shown` has it, alone in a list; none of who never asked."""
    job = find(user_id)
    return [_present(job)] if job else []


def _present(job: Export) -> Item:
    status = job.status
    if status == RUNNING and job.requested_at < now_ms() - PATIENCE_MS:
        status = "failed"
    document: Item = {
        "id": job.id,
        "status": status,
        "requested_at": iso(int(job.requested_at)),
    }
    if status == READY:
        expires_at = int(job.ready_at) + KEPT_MS
        if expires_at <= now_ms():
            return {**document, "status": "expired"}
        document |= {
            "size": int(job.size),
            "expires_at": iso(expires_at),
            "url": _link(job.user_id, job.id),
            "url_expires_at": iso(now_ms() + LINK_SECONDS * 1000),
        }
    else:
        document["waiting_for"] = sorted(job.expected - (job.parts or set()))
    return document


def find(user_id: str) -> Export | None:
    """The newest job of a user, read consistently."""
    try:
        return Export.get(user_id, consistent_read=True)
    except Export.DoesNotExist:
        return None


def archive_key(user_id: str, export_id: str) -> str:
    """Where the archive is put."""
    return f"archives/{user_id}/{export_id}.zip"


def part_written(notice: Item) -> None:
    """S3 tells of marks: note which domains are done (a set: twice is once)."""
    for record in notice.get("Records", ()):
        # parts/<user>/<export>/<domain>.done
        _, user_id, export_id, name = unquote_plus(record["s3"]["object"]["key"]).split("/")
        domain = name.removesuffix(exporting.MARK)
        values = {
            "id": export_id, "running": RUNNING, "one": 1, "at": now_ms(),
            "domain": {domain}, "name": domain,
        }  # fmt: skip
        actions.run(
            actions.update(
                Export.Meta.table_name, {"user_id": user_id},
                "SET #updated_at = :at ADD #parts :domain, #version :one", values,
                "#id = :id AND #status = :running AND NOT contains(#parts, :name)",
            )
        )  # fmt: skip


def archived(user_id: str, export_id: str, size: int) -> None:
    """The archive is complete (bytes); only of the job that is still the newest."""
    values = {
        "id": export_id, "running": RUNNING, "ready": READY, "one": 1, "at": now_ms(), "size": size,
    }  # fmt: skip
    actions.run(
        actions.update(
            Export.Meta.table_name, {"user_id": user_id},
            "SET #status = :ready, #ready_at = :at, #updated_at = :at, #size = :size "
            "ADD #version :one",
            values, "#id = :id AND #status = :running",
        )
    )  # fmt: skip


def follow(stream_event: Any) -> None:
    """Announce jobs that began or are ready, and have complete ones archived."""
    complete = [change.new for change in changes(stream_event) if _completed(change)]
    send(
        "users", "export-archives",
        [{"user_id": job["user_id"], "export_id": job["id"]} for job in complete if job],
    )  # fmt: skip
    publish_changes("users", stream_event, export_events)


def export_events(change: Change) -> Iterable[Event]:
    """Events of one change of a job."""
    new = change.new
    if new is None:
        return
    data = {"user_id": new["user_id"], "export_id": new["id"]}
    at = new["updated_at"]
    if change.became("id", new["id"]) and new["status"] == RUNNING:
        # Always version 1: published again later, it is still the same event.
        yield Event.of("users", "user.export_requested", new["id"], 1, new["requested_at"], data)
    if change.became("status", READY):
        yield Event.of("users", "user.export_ready", new["id"], new["version"], at, data)


def remove(user_id: str) -> None:
    """Delete a user's job and all files of exports (for who leaves)."""
    s3, name = sdk.client("s3"), exporting.bucket()
    for prefix in (f"parts/{user_id}/", f"archives/{user_id}/"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix):
            keys = [{"Key": one["Key"]} for one in page.get("Contents", ())]
            if keys:
                s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
    Export(user_id).delete()


def _completed(change: Change) -> bool:
    new = change.new
    if new is None or new["status"] != RUNNING:
        return False
    return new.get("parts", set()) >= new["expected"]


def _refused(user_id: str, at: int) -> Problem:
    job = find(user_id)
    if job is not None and job.status == RUNNING and job.requested_at >= at - PATIENCE_MS:
        return conflict("An export is running.")
    wait = max(1, (int(job.previous_at) + DAY_MS - at) // 1000 + 1) if job else 1
    return Problem(
        429, "about:blank", "Too Many Requests", "Two exports can be asked for in 24 hours.",
        headers={"retry-after": str(wait)},
    )  # fmt: skip


def _link(user_id: str, export_id: str) -> str:
    url: str = sdk.client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": exporting.bucket(),
            "Key": archive_key(user_id, export_id),
            "ResponseContentDisposition": f'attachment; filename="rookery-{export_id}.zip"',
        },
        ExpiresIn=LINK_SECONDS,
    )
    return url
