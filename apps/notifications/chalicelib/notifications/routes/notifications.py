"""``/1/notifications``: send a notification, and see its delivery."""

import re
from typing import Any

from chalicelib.notifications.accepting import status, store
from chalicelib.notifications.core import models, names
from chalicelib.notifications.core.caused_ids import ID_PATTERN, fresh_id
from chalicelib.notifications.core.models import Content
from chalicelib.notifications.delivery.channels import CHANNELS
from chalicelib.notifications.routes import answers

from shared.auth.scopes import user_access
from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import iso, now_ms
from shared.base.errors import forbidden, invalid_request, not_found
from shared.base.ids import ID_PATTERN as USER_ID_PATTERN
from shared.contracts import profiles
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")

SEND_PERMISSION = "notifications.send"
# What the platform itself says: preferences, digests and unsubscribing will depend on these.
_RESERVED_CATEGORIES = {models.SECURITY, models.SOCIAL, models.CRAWL}


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
            "title": {"type": "string", "minLength": 1, "maxLength": 100},
            "text": {"type": "string", "minLength": 1, "maxLength": 2000},
            "channels": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": sorted(CHANNELS)},
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
    sender, body = call.user_id, call.body
    _authorize(call, body["user_id"])
    category = body.get("category", models.MESSAGE)
    if category in _RESERVED_CATEGORIES:
        raise invalid_request("The category is reserved for the platform.", category=category)
    recipient = profiles.card(body["user_id"])
    if recipient is None or not recipient.active:
        raise not_found("user", body["user_id"], "user_id")
    now = now_ms()
    content = Content(
        id=fresh_id(now),
        user_id=body["user_id"],
        type="message",
        category=category,
        channels=tuple(body.get("channels", sorted(CHANNELS))),
        created_at=now,
        actor_id=sender,
        sender_id=sender,
        title=body["title"],
        text=body["text"],
    )
    answer: dict[str, Any] = {"data": {"id": content.id, "status": status.ACCEPTED}}
    key = IdempotencyKey.from_headers(
        call.headers,
        names.table("idempotency"),
        f"user:{sender}",
        "POST /1/notifications",
        body,
    )
    if key is not None:
        answer = store.create_once(content, key, answer)
    else:
        store.create(content)
    return answer


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
    notification_id, viewer = call.path["id"], call.user_id
    known = re.fullmatch(ID_PATTERN, notification_id) is not None
    content = store.find(notification_id) if known else None
    if content is None or viewer not in (content.user_id, content.sender_id):
        raise not_found("notification", notification_id)
    channels = status.channels(content)
    document = {
        "id": content.id,
        "user_id": content.user_id,
        "type": content.type,
        "title": content.title,
        "text": content.text,
        "status": status.overall([channel["status"] for channel in channels]),
        "created_at": iso(content.created_at),
        "channels": channels,
    }
    return {"data": {name: value for name, value in document.items() if value is not None}}


def _authorize(call: Call, recipient: str) -> None:
    if recipient == call.user_id:
        return
    if call.principal is None or not call.principal.may(SEND_PERMISSION):
        raise forbidden("You may send notifications to yourself only.")
