"""The notifications table: each item is written once, then only read."""

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
    return None if item is None else _content(item)


def find_many(notification_ids: list[str]) -> dict[str, Content]:
    """Return existing notifications by id (1 BatchGetItem per hundred)."""
    keys = [{"id": one} for one in notification_ids]
    return {item["id"]: _content(item) for item in NOTIFICATIONS.get_many(keys, consistent=True)}


def _item(content: Content) -> Item:
    """Item of a new notification."""
    item: Item = {**vars(content), "version": 1, "updated_at": now_ms()}
    if names.INBOX not in content.channels:
        item["unlisted_id"] = content.user_id
    return item


def _content(item: Item) -> Content:
    """Content in a stored item, without its bookkeeping."""
    members = {name: value for name, value in item.items() if name in Content.__dataclass_fields__}
    return Content(**{**members, "channels": tuple(item["channels"])})
