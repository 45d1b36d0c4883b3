"""The notifications table: each item is written once, then only read."""

import json
from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.models import NOTIFICATIONS

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import now_ms


class UnknownNotification(LookupError):
    """There is no such notification."""


def create(content: Content) -> bool:
    """Store a notification (one conditional put); False if it exists."""
    return bool(NOTIFICATIONS.insert(_item(content)))


def create_once(content: Content, key: IdempotencyKey, answer: dict[str, Any]) -> dict[str, Any]:
    """Store a notification together with its idempotency record.

    Returns:
        ``answer``, or the answer to the first request with the same key and body.

    Raises:
        Problem: 409: the key was used with another body.
    """
    actions = [key.record(answer), NOTIFICATIONS.insert_action(_item(content))]
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        stored = canceled.items[0]
        if not stored:
            raise key.conflict_problem() from canceled
        return key.replay(stored)
    return answer


def find(notification_id: str) -> Content | None:
    """Return a notification, or ``None``.

    Consistent: a worker may come right after the put.
    """
    item = NOTIFICATIONS.get({"id": notification_id}, consistent=True)
    return None if item is None else to_content(item)


def find_many(notification_ids: list[str]) -> dict[str, Content]:
    """Return existing notifications by id (1 BatchGetItem per hundred).

    Of a cancellation within the last second a replica may not know yet. What it does not know
    at all is read again, consistently: a worker may come right after the put.
    """
    found: dict[str, Content] = {}
    for consistent in (False, True):
        keys = [{"id": one} for one in notification_ids if one not in found]
        items = NOTIFICATIONS.get_many(keys, consistent=consistent) if keys else []
        found |= {item["id"]: to_content(item) for item in items}
    return found


def cancel(notification_id: str) -> bool:
    """Mark a notification as cancelled; False if it was before."""
    return bool(
        NOTIFICATIONS.update(
            {"id": notification_id},
            "SET #cancelled_at = :now, #updated_at = :now ADD #version :one",
            {"now": now_ms(), "one": 1},
            "attribute_exists(#id) AND attribute_not_exists(#cancelled_at)",
        )
    )


def to_content(item: Item) -> Content:
    """Return the content in a stored item, without its bookkeeping."""
    members = {name: value for name, value in item.items() if name in Content.__dataclass_fields__}
    if "valid_until" in item:
        members["expires_at"] = item["valid_until"]
    if "data" in members:
        members["data"] = json.loads(members["data"])
    return Content(**{**members, "channels": tuple(item["channels"])})


def _item(content: Content) -> Item:
    """Item of a new notification."""
    item: Item = {**vars(content), "version": 1, "updated_at": now_ms()}
    # ``expires_at`` is the name of moments at which a table deletes an item.
    item["valid_until"] = item.pop("expires_at")
    if content.data is not None:
        # As text: DynamoDB has no fractions as JSON knows them.
        item["data"] = json.dumps(content.data, ensure_ascii=False, separators=(",", ":"))
    if names.INBOX not in content.channels or content.audience is not None:
        item["unlisted_id"] = content.user_id
    if content.sender_id is not None and content.parent_id is None:
        item["request_by"] = content.sender_id
    return item
