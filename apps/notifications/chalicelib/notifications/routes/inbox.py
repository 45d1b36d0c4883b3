"""``/1/notifications/inbox``: the notifications of a user."""

from typing import Any

from chalicelib.notifications.core.caused_ids import ID_PATTERN
from chalicelib.notifications.inbox import entries, listing
from chalicelib.notifications.routes import answers

from shared.auth.scopes import user_access
from shared.base.errors import invalid_request
from shared.base.validation import Schema
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")

_IDS: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": 100,
    "items": {"type": "string", "pattern": ID_PATTERN},
}


@api.endpoint(
    "GET",
    "/1/notifications/inbox",
    access=user_access("notifications.read"),
    summary="Get your notifications",
    answer=answers.INBOX,
    query={
        "max_results": max_results(1, 100, 20),
        "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
        "grouped": {"type": "boolean", "default": False},
        "filter": {"type": "string", "enum": ["all", "mentions"], "default": "all"},
        "archived": {"type": "boolean", "default": False},
    },
)
def list_inbox(call: Call) -> dict[str, Any]:
    """List your notifications, newest first.

    Notifications from accounts that no longer exist are left out. With `grouped`, likes and
    reposts of one post are one entry, and so are new followers; a page then joins the entries
    that it has read, at most 750. `filter=mentions` shows mentions, replies and quotes only,
    `archived` what you have put away.
    """
    query = call.query
    view = listing.View(
        grouped=query["grouped"],
        mentions=query["filter"] == "mentions",
        archived=query["archived"],
    )
    return listing.page(call.user_id, query["max_results"], query.get("pagination_token"), view)


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
            "ids": _IDS,
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


@api.endpoint(
    "POST",
    "/1/notifications/inbox/archive",
    access=user_access("notifications.write"),
    summary="Archive notifications",
    answer=answers.UNREAD,
    body={
        "type": "object",
        "required": ["ids"],
        "properties": {"ids": _IDS, "archived": {"type": "boolean", "default": True}},
        "additionalProperties": False,
    },
)
def archive(call: Call) -> dict[str, Any]:
    """Put notifications away, or bring them back with `archived: false`.

    They count as read from then on. Ids that are not in the inbox change nothing.
    """
    ids = sorted(set(call.body["ids"]))
    unread = entries.archive(call.user_id, ids, archived=call.body.get("archived", True))
    return {"data": {"unread_count": unread}}
