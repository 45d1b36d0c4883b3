"""Notifications sent over HTTP, and their status for the API."""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import ID_PATTERN, fresh_id
from chalicelib.notifications.core.content import CRAWL, MESSAGE, SECURITY, SOCIAL, Content
from chalicelib.notifications.core.models import IDEMPOTENCY
from chalicelib.notifications.history import ledger, notifications, status
from chalicelib.notifications.inbox import entries

from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import iso, now_ms
from shared.base.errors import forbidden, invalid_request, not_found
from shared.contracts import profiles

# Permission to notify other users.
SEND_PERMISSION = "notifications.send"
_DEFAULT_CHANNELS = (names.EMAIL, names.INBOX)
# The platform's own: preferences, digests and unsubscribing will depend on these.
_RESERVED_CATEGORIES = {SECURITY, SOCIAL, CRAWL}


def send(
    sender_id: str, body: dict[str, Any], headers: Mapping[str, str], *, to_others: bool
) -> dict[str, Any]:
    """Accept a notification; it is stored before the answer.

    Delivery follows from the table's stream.

    Args:
        body: ``user_id``, ``title``, ``text``, and ``channels`` and ``category`` if given.
        headers: of the request, perhaps with an idempotency key.
        to_others: the sender may notify other users too.

    Returns:
        id and status; for a repeated idempotency key those of the first request.

    Raises:
        Problem: 400 for a reserved category, 403 for another recipient without ``to_others``,
            404 for an unknown recipient, 409 for an idempotency key used with another body.
    """
    if body["user_id"] != sender_id and not to_others:
        raise forbidden("You may send notifications to yourself only.")
    category = body.get("category", MESSAGE)
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
        channels=tuple(body.get("channels", _DEFAULT_CHANNELS)),
        created_at=now,
        actor_id=sender_id,
        sender_id=sender_id,
        title=body["title"],
        text=body["text"],
    )
    answer: dict[str, Any] = {"data": {"id": content.id, "status": status.ACCEPTED}}
    key = IdempotencyKey.from_headers(
        headers, IDEMPOTENCY.name, f"user:{sender_id}", "POST /1/notifications", body
    )
    if key is not None:
        return notifications.create_once(content, key, answer)
    notifications.create(content)
    return answer


def show(notification_id: str, viewer_id: str) -> dict[str, Any]:
    """Return content and status of a notification, for recipient and sender.

    Raises:
        Problem: 404, also for others.
    """
    known = re.fullmatch(ID_PATTERN, notification_id) is not None
    content = notifications.find(notification_id) if known else None
    if content is None or viewer_id not in (content.user_id, content.sender_id):
        raise not_found("notification", notification_id)
    entry = None
    if names.INBOX in content.channels:
        entry = entries.find(content.user_id, content.id)
    channels = status.channels(status.deliveries(content, ledger.entries(content.id), entry))
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
    return {name: value for name, value in document.items() if value is not None}
