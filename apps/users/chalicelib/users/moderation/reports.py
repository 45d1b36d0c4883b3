"""Reports of users and tweets, gathered into one case a subject, and the queue of cases.

A case is the item ``case`` under its subject (``user-<id>`` or ``tweet-<id>``);
reports lie beside it, one a reporter. While a case is open or claimed it has a
``queue`` and an ``opened_at``: the sparse index that moderators read.
"""

import re
from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.models import Report

from shared.auth.audit import Act, record
from shared.aws import dynamo, sdk
from shared.base.clock import iso, now_ms
from shared.base.errors import conflict, invalid_request, not_found
from shared.base.pagination import decode_position, encode_token

Item = dict[str, Any]

CASE = "case"
OPEN, CLAIMED = "open", "claimed"
# A claim that nothing came of may be taken over.
CLAIM_MS = 30 * 60 * 1000
SHOWN_REPORTS = 100
_SUBJECT = re.compile(r"(user|tweet)-[0-9]{1,19}")


def report(reporter_id: str, body: Item) -> Item:
    """Report a user or a tweet; reporting it again is fine and changes nothing.

    One transaction of two writes: the report (one a reporter) and the case.

    Raises:
        Problem: 400 for reporting oneself, or when not exactly one subject is named.
    """
    named = [(kind, body[f"{kind}_id"]) for kind in ("user", "tweet") if f"{kind}_id" in body]
    if len(named) != 1:
        raise invalid_request("Name either a user_id or a tweet_id.")
    kind, subject_id = named[0]
    if (kind, subject_id) == ("user", reporter_id):
        raise invalid_request("You cannot report yourself.", user_id=subject_id)
    table, at, subject = Report.Meta.table_name, now_ms(), f"{kind}-{subject_id}"
    entry = {
        "subject": subject,
        "entry": f"report#{reporter_id}",
        "category": body["category"],
        "comment": body.get("comment"),
        "created_at": at,
    }
    case = actions.update(
        table,
        {"subject": subject, "entry": CASE},
        "SET #queue = if_not_exists(#queue, :open), #opened_at = if_not_exists(#opened_at, :at), "
        "#updated_at = :at ADD #reports :one, #categories :category",
        {"open": OPEN, "at": at, "one": 1, "category": {body["category"]}},
    )
    try:
        dynamo.transact([dynamo.put(table, entry, unless_exists="subject"), case])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
    return {"id": subject, "reported": True}


def queue(query: Item) -> Item:
    """A page of the queue, oldest first (a Query of keys, a BatchGetItem of cases)."""
    name, size = query.get("status", OPEN), query["max_results"]
    context = f"reports:{name}"
    position = decode_position(context, query.get("pagination_token"), opened_at=int, subject=str)
    request: Item = {
        "TableName": Report.Meta.table_name,
        "IndexName": "queue",
        "KeyConditionExpression": "#queue = :queue",
        "ExpressionAttributeNames": {"#queue": "queue"},
        "ExpressionAttributeValues": {":queue": {"S": name}},
        "Limit": size,
    }
    if position:
        key = {"queue": name, "subject": position["subject"], "entry": CASE}
        request["ExclusiveStartKey"] = dynamo.encode_item(
            {**key, "opened_at": position["opened_at"]}
        )
    answer = sdk.client("dynamodb").query(**request)
    subjects = [dynamo.decode(raw["subject"]) for raw in answer["Items"]]
    cases = _cases(subjects)
    data = [_shown(cases[subject]) for subject in subjects if subject in cases]
    body: Item = {"data": data} if data else {}
    body["meta"] = {"result_count": len(data)}
    if last := answer.get("LastEvaluatedKey"):
        at = {name: dynamo.decode(last[name]) for name in ("opened_at", "subject")}
        body["meta"]["next_token"] = encode_token(context, at)
    return body


def case(subject: str) -> Item:
    """A case with its reports, at most a hundred (one Query). Reporters are named to nobody.

    Raises:
        Problem: 404 when nobody has reported it.
    """
    answer = sdk.client("dynamodb").query(
        TableName=Report.Meta.table_name,
        KeyConditionExpression="subject = :subject",
        ExpressionAttributeValues={":subject": {"S": _checked(subject)}},
        Limit=SHOWN_REPORTS + 1,
        ConsistentRead=True,
    )
    found = [dynamo.decode_item(raw) for raw in answer["Items"]]
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
    return {**_shown(found[0]), "reports": reports}


def claim(actor_id: str, subject: str) -> Item:
    """Take a case: an open one, the own one again, or one that was claimed long ago.

    Raises:
        Problem: 404 when nobody has reported it, 409 when somebody else works on it.
    """
    at = now_ms()
    change = _change(
        subject,
        "SET #queue = :claimed, #claimed_by = :actor, #claimed_at = :at",
        {"claimed": CLAIMED, "open": OPEN, "actor": actor_id, "at": at, "stale": at - CLAIM_MS},
        "#queue = :open OR (#queue = :claimed AND (#claimed_by = :actor OR #claimed_at < :stale))",
    )
    _do(actor_id, "report.claim", subject, "claimed", change, at)
    return {"id": subject, "status": CLAIMED}


def resolve(actor_id: str, subject: str, outcome: str, reason: str) -> Item:
    """Close the own case; the next report opens it again.

    Args:
        outcome: ``violation`` or ``no_violation``.

    Raises:
        Problem: 404 when nobody has reported it, 409 when it is not the actor's.
    """
    at = now_ms()
    change = _change(
        subject,
        "SET #outcome = :outcome, #resolved_by = :actor, #resolved_at = :at "
        "REMOVE #queue, #opened_at, #claimed_by, #claimed_at",
        {"outcome": outcome, "claimed": CLAIMED, "actor": actor_id, "at": at},
        "#queue = :claimed AND #claimed_by = :actor",
    )
    _do(actor_id, f"report.{outcome}", subject, reason, change, at)
    return {"id": subject, "status": "resolved", "outcome": outcome}


def _change(subject: str, expression: str, values: Item, condition: str) -> Item:
    key = {"subject": _checked(subject), "entry": CASE}
    return actions.update(Report.Meta.table_name, key, expression, values, condition)


def _do(actor_id: str, action: str, subject: str, reason: str, change: Item, at: int) -> None:
    act = Act(actor_id, action, subject.replace("-", "#"), reason)
    try:
        dynamo.transact([change, record("users", act, at)])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        if subject not in _cases([subject]):
            raise not_found("report", subject) from canceled
        raise conflict("The report is not open, or is somebody else's.") from canceled


def _cases(subjects: list[str]) -> dict[str, Item]:
    table = Report.Meta.table_name
    keys = [{"subject": subject, "entry": CASE} for subject in subjects]
    return {item["subject"]: item for item in dynamo.batch_get({table: keys}, True)[table]}


def _checked(subject: str) -> str:
    if not _SUBJECT.fullmatch(subject):
        raise not_found("report", subject)
    return subject


def _shown(item: Item) -> Item:
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
