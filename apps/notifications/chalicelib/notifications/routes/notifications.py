"""``/1/notifications``: send, follow, list and cancel."""

from typing import Any

from chalicelib.notifications.accepting import sending
from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.core import names
from chalicelib.notifications.delivery import dry_run
from chalicelib.notifications.history import requests, showing
from chalicelib.notifications.routes import answers, bodies

from shared.auth.scopes import user_access
from shared.base.answers import Answer
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call, Reply

api = Api(__name__, "Notifications")

_WRITE = user_access("notifications.write", keys=("notifications.write",))
_READ = user_access("notifications.read", keys=("notifications.read", "notifications.write"))
_PAGE = {
    "max_results": max_results(1, 100, 20),
    "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
}
_TIME = {"type": "string", "minLength": 10, "maxLength": 40}


@api.endpoint(
    "POST",
    "/1/notifications",
    access=_WRITE,
    summary="Send a notification",
    answer=(
        Answer(answers.SENT),
        Answer(answers.DRY_RUN, status=200, description="With `dry_run`: what would be done."),
    ),
    status=202,
    limit=300,
    query={**_PAGE, "dry_run": {"type": "boolean"}, "max_results": max_results(1, 100, 25)},
    body=bodies.SEND,
)
def send_notification(call: Call) -> Any:
    """Send a notification to one recipient, up to 1,000, a topic or a segment.

    Without the permission `notifications.send` you may send to yourself only. It is stored before
    the answer, and delivered afterwards. An `Idempotency-Key` makes the request safe to repeat.
    With `dry_run=true` nothing is stored or sent: the answer tells what would be, for a page of
    `max_results` recipients.
    """
    caller = Caller.of(call.principal)
    if call.query.get("dry_run"):
        content, query = sending.draft(caller, call.body), call.query
        token = query.get("pagination_token")
        return Reply(dry_run.answer(content, query["max_results"], token), 200)
    return sending.send(caller, call.body, call.headers)


@api.endpoint(
    "GET",
    "/1/notifications",
    access=_READ,
    summary="List notifications you sent",
    answer=answers.REQUESTS,
    query={
        **_PAGE,
        "query": {"type": "string", "minLength": 1, "maxLength": 100},
        "category": {"type": "string", "pattern": bodies.CATEGORY_PATTERN},
        "channel": {"enum": sorted(names.CHANNELS)},
        "to": {"type": "string", "minLength": 1, "maxLength": 128},
        "start_time": _TIME,
        "end_time": _TIME,
    },
)
def list_notifications(call: Call) -> dict[str, Any]:
    """List and search the notifications you sent, newest first."""
    query = call.query
    return requests.page(
        Caller.of(call.principal).id,
        requests.Search.of(query),
        query["max_results"],
        query.get("pagination_token"),
    )


@api.endpoint(
    "GET",
    "/1/notifications/{id}",
    access=_READ,
    summary="Get a notification and its delivery",
    answer=answers.STATUS,
    query=_PAGE,
)
def get_notification(call: Call) -> dict[str, Any]:
    """Return a notification, the state of every target and its timeline.

    Its recipients, its sender and operators see it. One to several recipients shows a page of them.
    """
    query = call.query
    return showing.show(
        Caller.of(call.principal),
        call.path["id"],
        query["max_results"],
        query.get("pagination_token"),
    )


@api.endpoint(
    "DELETE",
    "/1/notifications/{id}",
    access=_WRITE,
    summary="Cancel a notification",
    answer=answers.CANCELLED,
)
def cancel_notification(call: Call) -> dict[str, Any]:
    """Cancel a notification that is not sent yet, or the rest of it.

    One that was sent or cancelled before is answered with 409.
    """
    return showing.cancel(Caller.of(call.principal), call.path["id"])
