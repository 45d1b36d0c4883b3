"""The notifications table: written once, then only read."""

from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.core.models import Content, NotificationModel
from chalicelib.notifications.core.transactions import transact
from pynamodb.exceptions import PutError

from shared.aws import dynamo
from shared.aws.idempotency import IdempotencyKey


class UnknownNotification(LookupError):
    """There is no such notification."""


def create(content: Content) -> bool:
    """Store a notification with one conditional put; False when it is there already."""
    try:
        NotificationModel.of(content).save(condition=NotificationModel.id.does_not_exist())
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def create_once(content: Content, key: IdempotencyKey, answer: dict[str, Any]) -> dict[str, Any]:
    """Store a notification together with its idempotency record.

    Returns:
        ``answer``, or the answer of the first request with the same key and body.

    Raises:
        Problem: 409 when the key was used with another body.
    """
    put = {
        "Put": {
            "TableName": names.table("notifications"),
            "Item": NotificationModel.of(content).serialize(),
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }
    try:
        transact([key.record(answer), put])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        stored = canceled.items[0]
        if not stored:
            raise key.conflict_problem() from canceled
        return key.replay(stored)
    return answer


def find(notification_id: str) -> Content | None:
    """The notification, read consistently: a worker may come right after the put."""
    try:
        return NotificationModel.get(notification_id, consistent_read=True).content()
    except NotificationModel.DoesNotExist:
        return None


def load(notification_id: str) -> Content:
    """The notification.

    Raises:
        UnknownNotification: there is none.
    """
    content = find(notification_id)
    if content is None:
        raise UnknownNotification(notification_id)
    return content
