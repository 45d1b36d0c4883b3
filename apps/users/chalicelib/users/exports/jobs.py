"""Export jobs: one item per user, whose stream triggers the next steps.

running ── every domain has written its part ──► archived ──► ready

A request is one conditional write, which also enforces the limits: one job at a
time, and two in 24 hours. A job that has not ended after six hours shows as failed,
and the user may request another; if the late part arrives after all (a
dead-letter queue was redriven), the job still becomes ready.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.users.core import names
from chalicelib.users.core.models import EXPORTS, Export
from chalicelib.users.core.updates import versioned

from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.aws.events import Event, send
from shared.aws.streams import Change, changes, publish_changes
from shared.base.clock import iso, now_ms
from shared.base.config import settings
from shared.base.errors import Problem, conflict, not_found
from shared.base.ids import new_id
from shared.base.process import process
from shared.contracts import exporting
from shared.http import quotas

RUNNING, READY = "running", "ready"
# The bucket's lifecycle deletes archives after this time.
KEPT_MS = 7 * 24 * 3600 * 1000
LINK_SECONDS = 300


@dataclass(frozen=True)
class ExportLimits:
    """Bounds of export jobs.

    Attributes:
        window_ms: time in which a user may request two exports.
        patience_ms: time after which a running job counts as failed.
    """

    window_ms: int = 24 * 3600 * 1000
    patience_ms: int = 6 * 3600 * 1000


def request(user_id: str) -> Item:
    """Start an export (one conditional update).

    Raises:
        Problem: 409 while one is running, 429 after two in 24 hours.
    """
    at, export_id, limits = now_ms(), new_id(), process.limits(ExportLimits)
    values = {
        "id": export_id, "at": at, "zero": 0, "one": 1, "running": RUNNING,
        "expected": set(settings().domains), "window": at - limits.window_ms,
        "patience": at - limits.patience_ms,
    }  # fmt: skip
    expression = (
        "SET #id = :id, #status = :running, #expected = :expected, "
        "#previous_at = if_not_exists(#requested_at, :zero), #requested_at = :at, "
        "#updated_at = :at REMOVE #parts, #size, #ready_at ADD #version :one"
    )
    condition = (
        "attribute_not_exists(#id) OR (#previous_at < :window"
        " AND (#status <> :running OR #requested_at < :patience))"
    )
    outcome = EXPORTS.update({"user_id": user_id}, expression, values, condition)
    if not outcome:
        raise _refused(outcome.item or {}, at)
    return {"id": export_id, "status": RUNNING, "requested_at": iso(at)}


def get(user_id: str, export_id: str) -> Item:
    """Status of an export; of a ready one with a link for five minutes.

    Raises:
        Problem: 404 for any export but the caller's newest, 429 once the archives linked to
            in a day exceed the quota.
    """
    job = find(user_id)
    if job is None or job.id != export_id:
        raise not_found("export", export_id)
    document = _present(job)
    if document["status"] == READY:
        # Each link is a download of the archive.
        quotas.charge(names.DOMAIN, user_id, "exports", int(job.size))
        document |= {
            "url": _link(user_id, export_id),
            "url_expires_at": iso(now_ms() + LINK_SECONDS * 1000),
        }
    return document


def list_exports(user_id: str) -> list[Item]:
    """Return the newest export, without its link, or an empty list."""
    job = find(user_id)
    return [_present(job)] if job else []


def _present(job: Export) -> Item:
    status = job.status
    if status == RUNNING and job.requested_at < now_ms() - process.limits(ExportLimits).patience_ms:
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
        document |= {"size": int(job.size), "expires_at": iso(expires_at)}
    else:
        document["waiting_for"] = sorted(job.expected - (job.parts or set()))
    return document


def find(user_id: str) -> Export | None:
    """Return the newest job of a user, read consistently."""
    return EXPORTS.load(user_id, consistent=True)


def archive_key(user_id: str, export_id: str) -> str:
    """Key of the archive in the bucket of exports."""
    return f"archives/{user_id}/{export_id}.zip"


def note_parts(notice: Item) -> None:
    """Note domains whose marks S3 announces.

    They form a set, so that repeats change nothing. Parts of a job that is gone (its account
    was erased meanwhile) or was replaced are deleted.
    """
    for record in notice.get("Records", ()):
        # parts/<user>/<export>/<domain>.done
        _, user_id, export_id, name = unquote_plus(record["s3"]["object"]["key"]).split("/")
        domain = name.removesuffix(exporting.MARK)
        noted = EXPORTS.update(
            {"user_id": user_id},
            "SET #updated_at = :at ADD #parts :domain, #version :one",
            {
                "id": export_id, "running": RUNNING, "one": 1, "at": now_ms(),
                "domain": {domain}, "name": domain,
            },
            "#id = :id AND #status = :running AND NOT contains(#parts, :name)",
        )  # fmt: skip
        if not noted and (noted.item or {}).get("id") != export_id:
            _remove_files(f"parts/{user_id}/{export_id}/")


def finish(user_id: str, export_id: str, size: int) -> None:
    """Note that the archive of the newest job is complete.

    The archive of a job that is gone, as its account was erased meanwhile, is deleted.

    Args:
        size: of the archive, in bytes.
    """
    at = now_ms()
    expression, values = versioned({"status": READY, "ready_at": at, "size": size}, at=at)
    values |= {"id": export_id, "running": RUNNING}
    done = EXPORTS.update(
        {"user_id": user_id}, expression, values, "#id = :id AND #status = :running"
    )
    if not done and (done.item or {}).get("id") != export_id:
        _remove_files(archive_key(user_id, export_id))


def follow_changes(stream_event: Any) -> None:
    """Announce started and ready jobs; queue complete ones for archiving."""
    complete = [change.new for change in changes(stream_event) if _completed(change)]
    send(
        names.DOMAIN, names.EXPORT_ARCHIVES_QUEUE,
        [{"user_id": job["user_id"], "export_id": job["id"]} for job in complete if job],
    )  # fmt: skip
    publish_changes(names.DOMAIN, stream_event, export_events)


def export_events(change: Change) -> Iterable[Event]:
    """Events of one change of a job."""
    new = change.new
    if new is None:
        return
    data = {"user_id": new["user_id"], "export_id": new["id"]}
    at = new["updated_at"]
    if change.became("id", new["id"]) and new["status"] == RUNNING:
        # Always version 1, so that publishing it again later makes no second event.
        yield Event.of(
            names.DOMAIN, "user.export_requested", new["id"], 1, new["requested_at"], data
        )
    if change.became("status", READY):
        yield Event.of(names.DOMAIN, "user.export_ready", new["id"], new["version"], at, data)


def remove(user_id: str) -> None:
    """Delete the job and all export files of a leaving user."""
    # The job first: a part that comes meanwhile finds none, and goes by itself.
    EXPORTS.delete({"user_id": user_id})
    for prefix in (f"parts/{user_id}/", f"archives/{user_id}/"):
        _remove_files(prefix)


def _remove_files(prefix: str) -> None:
    """Delete the export files whose keys have a prefix."""
    s3, name = sdk.client("s3"), exporting.bucket()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix):
        keys = [{"Key": one["Key"]} for one in page.get("Contents", ())]
        if keys:
            s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})


def _completed(change: Change) -> bool:
    new = change.new
    if new is None or new["status"] != RUNNING:
        return False
    return new.get("parts", set()) >= new["expected"]


def _refused(job: Item, at: int) -> Problem:
    """Reason why a stored job refuses another."""
    limits = process.limits(ExportLimits)
    requested_at = job.get("requested_at", 0)
    if job.get("status") == RUNNING and requested_at >= at - limits.patience_ms:
        return conflict("An export is running.")
    wait = max(1, (job.get("previous_at", 0) + limits.window_ms - at) // 1000 + 1)
    return Problem(
        429, "about:blank", "Too Many Requests", "You can request two exports in 24 hours.",
        headers={"retry-after": str(wait), "x-rate-limit-reset": str(at // 1000 + wait)},
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
