"""``/1/notifications``: send a notification, and see its delivery."""

from typing import Any

from chalicelib.notifications.accepting import sending
from chalicelib.notifications.core import names
from chalicelib.notifications.routes import answers

from shared.auth.scopes import user_access
from shared.base.ids import ID_PATTERN as USER_ID_PATTERN
from shared.http.api import Api, Call
from shared.text.cleaning import LINE, LINES

api = Api(__name__, "Notifications")


@api.endpoint(
    "POST",
    "/1/notifications",
    access=user_access("notifications.write"),
    summary="Send a notification",
    answer=answers.SENT,
    status=202,
    limit=300,
    body={
        "type": "object",
        "required": ["user_id", "title", "text"],
        "properties": {
            "user_id": {"type": "string", "pattern": USER_ID_PATTERN},
            "title": {"type": "string", "x-text": LINE, "minLength": 1, "maxLength": 100},
            "text": {"type": "string", "x-text": LINES, "minLength": 1, "maxLength": 2000},
            "channels": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": sorted(names.CHANNELS)},
            },
            "category": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"},
        },
        "additionalProperties": False,
    },
)
def send_notification(call: Call) -> dict[str, Any]:
    """Send a notification, to yourself unless you have the permission.

    It is stored before the answer, and delivered afterwards. An `Idempotency-Key` makes the request
    safe to repeat.
    """
    to_others = call.principal is not None and call.principal.may(sending.SEND_PERMISSION)
    return sending.send(call.user_id, call.body, call.headers, to_others=to_others)


@api.endpoint(
    "GET",
    "/1/notifications/{id}",
    access=user_access("notifications.read"),
    summary="Get a notification and its delivery",
    answer=answers.STATUS,
)
def get_notification(call: Call) -> dict[str, Any]:
    """Return a notification and the state of every channel.

    Only its recipient and its sender see it.
    """
    return {"data": sending.show(call.path["id"], call.user_id)}
