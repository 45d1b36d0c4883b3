"""Data exports: request one, download it."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.exports import jobs
from chalicelib.users.routes import answers
from chalicelib.users.routes.settings import guarded

from shared.auth.scopes import user_access
from shared.base.components import array, data
from shared.http.api import Api, Call

api = Api(__name__, "Data export")

_ACCESS = user_access("account.write")


@api.endpoint(
    "POST",
    "/1/accounts/me/exports",
    access=_ACCESS,
    summary="Request a copy of your data",
    answer=data(answers.EXPORT),
    status=202,
    body=schemas.PASSWORD_ONLY,
    limit=30,
)
def request_export(call: Call) -> Any:
    """Request a copy of your data; a notification tells you it is ready.

    One at a time, and two in 24 hours.
    """
    return {"data": jobs.request(guarded(call, call.body["password"]).user_id)}


@api.endpoint(
    "GET",
    "/1/accounts/me/exports",
    access=_ACCESS,
    summary="Get your latest data export",
    answer=data(array(answers.EXPORT, maxItems=1)),
    limit=300,
)
def list_exports(call: Call) -> Any:
    """List your latest data export, if there is one.

    Its download link comes with the export itself: `GET /1/accounts/me/exports/{id}`.
    """
    return {"data": jobs.list_exports(call.user_id)}


@api.endpoint(
    "GET",
    "/1/accounts/me/exports/{id}",
    access=_ACCESS,
    summary="Get a data export by ID",
    answer=data(answers.EXPORT),
    limit=300,
)
def get_export(call: Call) -> Any:
    """Return the state of a data export.

    A ready one has a short-lived link; the archive is deleted after seven days.
    """
    return {"data": jobs.get(call.user_id, call.path_id("id"))}
