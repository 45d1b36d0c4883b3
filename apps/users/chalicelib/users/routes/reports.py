"""Reporting users and tweets, and the moderators' queue (X has no routes for these)."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.moderation import reports

from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Reports")

_REVIEW = user_access("moderation.write", permission="reports.review")
_READ = user_access("moderation.read", permission="reports.review")


@api.endpoint(
    "POST",
    "/1/reports",
    access=user_access("reports.write"),
    summary="Report a user or a tweet",
    status=201,
    body=schemas.REPORT,
    limit=50,
)
def create_report(call: Call) -> Any:
    """One report a reporter and subject; the next changes nothing."""
    return {"data": reports.report(call.user_id, call.body)}


@api.endpoint(
    "GET",
    "/1/admin/reports",
    access=_READ,
    summary="Reported users and tweets, oldest first",
    query={
        "status": {"enum": [reports.OPEN, reports.CLAIMED]},
        "max_results": max_results(1, 100, 50),
        "pagination_token": PAGE_TOKEN,
    },
)
def get_reports(call: Call) -> Any:
    """A page of the queue."""
    return reports.queue(call.query)


@api.endpoint("GET", "/1/admin/reports/{id}", access=_READ, summary="One reported user or tweet")
def get_report(call: Call) -> Any:
    """With what its reporters say."""
    return {"data": reports.case(call.path["id"])}


@api.endpoint("POST", "/1/admin/reports/{id}/claim", access=_REVIEW, summary="Take a report")
def claim_report(call: Call) -> Any:
    """For half an hour nobody else can take it."""
    return {"data": reports.claim(call.user_id, call.path["id"])}


@api.endpoint(
    "POST",
    "/1/admin/reports/{id}/resolve",
    access=_REVIEW,
    summary="Close a report that you took",
    body=schemas.RESOLVE_REPORT,
)
def resolve_report(call: Call) -> Any:
    """What was done about it stands in the audit log beside this."""
    body = call.body
    resolved = reports.resolve(call.user_id, call.path["id"], body["outcome"], body["reason"])
    return {"data": resolved}
