"""Reports of users and tweets, and the moderators' queue (not in X's API)."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.moderation import reports
from chalicelib.users.routes import answers

from shared.auth.scopes import user_access
from shared.base.components import data
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Reports")

_REVIEW = user_access("moderation.write", permission="reports.review")
_READ = user_access("moderation.read", permission="reports.review")


@api.endpoint(
    "POST",
    "/1/reports",
    access=user_access("reports.write"),
    summary="Report a user or tweet",
    answer=answers.REPORTED,
    status=201,
    body=schemas.REPORT,
    limit=50,
)
def create_report(call: Call) -> Any:
    """Report a user or a tweet; a second report changes nothing."""
    return {"data": reports.report(call.user_id, call.body)}


@api.endpoint(
    "GET",
    "/1/admin/reports",
    access=_READ,
    summary="Get reports",
    answer=answers.REPORT_PAGE,
    query={
        "status": {
            "enum": [reports.OPEN, reports.CLAIMED],
            "description": "Open reports, unless claimed ones are asked for.",
        },
        "max_results": max_results(1, 100, 50),
        "pagination_token": PAGE_TOKEN,
    },
)
def get_reports(call: Call) -> Any:
    """List open or claimed reports, oldest first."""
    return reports.queue(call.query)


@api.endpoint(
    "GET",
    "/1/admin/reports/{id}",
    access=_READ,
    summary="Get a report by ID",
    answer=data(answers.REPORT_CASE),
)
def get_report(call: Call) -> Any:
    """Return a report with what its reporters say."""
    return {"data": reports.case(call.path["id"])}


@api.endpoint(
    "POST",
    "/1/admin/reports/{id}/claim",
    access=_REVIEW,
    summary="Claim a report",
    answer=answers.REPORT_CLAIMED,
)
def claim_report(call: Call) -> Any:
    """Claim a report, so that nobody else can for half an hour."""
    return {"data": reports.claim(call.user_id, call.path["id"])}


@api.endpoint(
    "POST",
    "/1/admin/reports/{id}/resolve",
    access=_REVIEW,
    summary="Resolve a report",
    answer=answers.REPORT_RESOLVED,
    body=schemas.RESOLVE_REPORT,
)
def resolve_report(call: Call) -> Any:
    """Resolve a report that you claimed."""
    body = call.body
    resolved = reports.resolve(call.user_id, call.path["id"], body["outcome"], body["reason"])
    return {"data": resolved}
