"""``/1/notifications/inbox``: the notifications of a user."""

from typing import Any

from chalicelib.notifications.core.caused_ids import ID_PATTERN
from chalicelib.notifications.inbox import entries, listing
from chalicelib.notifications.routes import answers

from shared.auth.scopes import user_access
from shared.base.errors import invalid_request
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")


@api.endpoint(
    "GET",
    "/1/notifications/inbox",
    access=user_access("notifications.read"),
    summary="Get your notifications",
    answer=answers.INBOX,
    query={
        "max_results": max_results(1, 100, 20),
        "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
    },
)
def list_inbox(call: Call) -> dict[str, Any]:
    """List your notifications, newest first.

    Notifications from accounts that no longer exist are left out.
    """
    query = call.query
    return listing.page(call.user_id, query["max_results"], query.get("pagination_token"))


@api.endpoint(
    "POST",
    "/1/notifications/inbox/read",
    access=user_access("notifications.write"),
    summary="Mark notifications as read",
    answer=answers.UNREAD,
    body={
        "type": "object",
        "properties": {
            "all": {"const": True},
            "ids": {
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "items": {"type": "string", "pattern": ID_PATTERN},
            },
        },
        "additionalProperties": False,
    },
)
def mark_read(call: Call) -> dict[str, Any]:
    """Mark all notifications as read, or some by their ids.

    Ids that are not in the inbox change nothing.
    """
    if len(call.body) != 1:
        raise invalid_request("The body must have either `all` or `ids`.")
    if "all" in call.body:
        unread = entries.read_all(call.user_id)
    else:
        unread = entries.read_some(call.user_id, sorted(set(call.body["ids"])))
    return {"data": {"unread_count": unread}}
