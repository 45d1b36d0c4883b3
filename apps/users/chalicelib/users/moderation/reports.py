"""Reports of users and tweets, gathered into one case per subject.

A case is the item ``case`` under its subject (``user-<id>`` or ``tweet-<id>``);
reports lie beside it, one per reporter. While a case is open or claimed it has a
``queue`` and an ``opened_at``: the key of the sparse index that moderators read.
"""

import re
from dataclasses import dataclass

from chalicelib.users.core.models import QUEUE, REPORTS
from chalicelib.users.core.names import DOMAIN

from shared.auth.audit import Act, record
from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.clock import iso, now_ms
from shared.base.errors import conflict, invalid_request, not_found
from shared.base.pagination import decode_position, encode_token
from shared.base.process import process

CASE = "case"
OPEN, CLAIMED = "open", "claimed"
_SHOWN_REPORTS = 100
_SUBJECT = re.compile(r"(user|tweet)-[0-9]{1,19}")


@dataclass(frozen=True)
class ReportLimits:
    """Bounds of work on cases.

    Attributes:
        claim_ms: time after which another moderator may take over a claimed case.
    """

    claim_ms: int = 30 * 60 * 1000


def report(reporter_id: str, body: Item) -> Item:
    """Report a user or a tweet, once per reporter.

    Another report of the subject by the same user changes nothing. One transaction of
    two writes: the report and its case.

    Raises:
        Problem: 400 for reporting oneself, or unless exactly one subject is named.
    """
    named = [(kind, body[f"{kind}_id"]) for kind in ("user", "tweet") if f"{kind}_id" in body]
    if len(named) != 1:
        raise invalid_request("Name either a user_id or a tweet_id.")
    kind, subject_id = named[0]
    if (kind, subject_id) == ("user", reporter_id):
        raise invalid_request("You cannot report yourself.", user_id=subject_id)
    at, subject = now_ms(), f"{kind}-{subject_id}"
    entry = {
        "subject": subject,
        "entry": f"report#{reporter_id}",
        "category": body["category"],
        "comment": body.get("comment"),
        "created_at": at,
    }
    case = REPORTS.update_action(
        _key(subject),
        "SET #queue = if_not_exists(#queue, :open), #opened_at = if_not_exists(#opened_at, :at), "
        "#updated_at = :at ADD #reports :one, #categories :category",
        {"open": OPEN, "at": at, "one": 1, "category": {body["category"]}},
    )
    try:
        dynamo.transact([REPORTS.insert_action(entry), case])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
    return {"id": subject, "reported": True}


def queue(query: Item) -> Item:
    """Page of the queue, oldest first (a Query and a BatchGetItem)."""
    name, size = query.get("status", OPEN), query["max_results"]
    context = f"reports:{name}"
    position = decode_position(context, query.get("pagination_token"), opened_at=int, subject=str)
    start = None
    if position:
        start = {"queue": name, **_key(position["subject"]), "opened_at": position["opened_at"]}
    values = {"queue": name}
    page = REPORTS.page("#queue = :queue", values, index=QUEUE, limit=size, start=start)
    subjects = [item["subject"] for item in page.items]
    cases = _cases(subjects)
    data = [_present(cases[subject]) for subject in subjects if subject in cases]
    body: Item = {"data": data} if data else {}
    body["meta"] = {"result_count": len(data)}
    if last := page.last_key:
        at = {name: last[name] for name in ("opened_at", "subject")}
        body["meta"]["next_token"] = encode_token(context, at)
    return body


def case(subject: str) -> Item:
    """Case with its reports, at most a hundred (one Query).

    Reporters stay anonymous.

    Raises:
        Problem: 404 for a subject without a report.
    """
    found = REPORTS.page(
        "#subject = :subject",
        {"subject": _checked(subject)},
        limit=_SHOWN_REPORTS + 1,
        consistent=True,
    ).items
    if not found or found[0]["entry"] != CASE:
        raise not_found("report", subject)
    reports = [
        {
            "category": one["category"],
            "comment": one.get("comment", ""),
            "created_at": iso(one["created_at"]),
        }
        for one in found[1:]
    ]
    return {**_present(found[0]), "reports": reports}


def claim(actor_id: str, subject: str) -> Item:
    """Claim a case that is open, the actor's own, or claimed long ago.

    Raises:
        Problem: 404 for a subject without a report, 409 for another moderator's case.
    """
    at = now_ms()
    stale = at - process.limits(ReportLimits).claim_ms
    change = _change(
        subject,
        "SET #queue = :claimed, #claimed_by = :actor, #claimed_at = :at",
        {"claimed": CLAIMED, "open": OPEN, "actor": actor_id, "at": at, "stale": stale},
        "#queue = :open OR (#queue = :claimed AND (#claimed_by = :actor OR #claimed_at < :stale))",
    )
    _commit(actor_id, "report.claim", subject, "claimed", change, at)
    return {"id": subject, "status": CLAIMED}


def resolve(actor_id: str, subject: str, outcome: str, reason: str) -> Item:
    """Close an own case; the next report opens it again.

    Args:
        outcome: ``violation`` or ``no_violation``.

    Raises:
        Problem: 404 for a subject without a report, 409 unless the actor has claimed it.
    """
    at = now_ms()
    change = _change(
        subject,
        "SET #outcome = :outcome, #resolved_by = :actor, #resolved_at = :at "
        "REMOVE #queue, #opened_at, #claimed_by, #claimed_at",
        {"outcome": outcome, "claimed": CLAIMED, "actor": actor_id, "at": at},
        "#queue = :claimed AND #claimed_by = :actor",
    )
    _commit(actor_id, f"report.{outcome}", subject, reason, change, at)
    return {"id": subject, "status": "resolved", "outcome": outcome}


def _change(subject: str, expression: str, values: Item, condition: str) -> Action:
    return REPORTS.update_action(_key(_checked(subject)), expression, values, condition)


def _commit(actor_id: str, action: str, subject: str, reason: str, change: Action, at: int) -> None:
    """Change a case in one transaction with the audit entry."""
    act = Act(actor_id, action, subject.replace("-", "#"), reason)
    try:
        dynamo.transact([change, record(DOMAIN, act, at)])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        if not canceled.items[0]:
            raise not_found("report", subject) from canceled
        raise conflict("The report is not open, or is another moderator's.") from canceled


def _cases(subjects: list[str]) -> dict[str, Item]:
    found = REPORTS.get_many(map(_key, subjects), consistent=True)
    return {item["subject"]: item for item in found}


def _key(subject: str) -> Item:
    """Key of a case."""
    return {"subject": subject, "entry": CASE}


def _checked(subject: str) -> str:
    if not _SUBJECT.fullmatch(subject):
        raise not_found("report", subject)
    return subject


def _present(item: Item) -> Item:
    kind, _, subject_id = item["subject"].partition("-")
    shown = {
        "id": item["subject"],
        f"{kind}_id": subject_id,
        "status": item.get("queue", "resolved"),
        "report_count": item["reports"],
        "categories": sorted(item["categories"]),
    }
    if "opened_at" in item:
        shown["opened_at"] = iso(item["opened_at"])
    if "claimed_by" in item:
        shown["claimed_by"] = item["claimed_by"]
    if "outcome" in item and "queue" not in item:
        shown["outcome"] = item["outcome"]
    return shown
