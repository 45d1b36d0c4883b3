"""The notifications table: each item is written once, then only read."""

import json
from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.core.models import NOTIFICATIONS
from chalicelib.notifications.history import ledger

from shared.aws import dynamo
from shared.aws.counting import Contended
from shared.aws.dynamo import Item
from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import now_ms

# In an audience, whose name was taken out.
NOBODY = ""


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


def unlist(content: Content) -> None:
    """Let erasures find one that goes to no inbox after all (2 WRU)."""
    NOTIFICATIONS.update(
        {"id": content.id},
        "SET #unlisted_id = :user, #updated_at = :now ADD #version :one",
        {"user": content.user_id, "now": now_ms(), "one": 1},
        "attribute_exists(#id)",
    )


def remove(recipient_id: str, notification_ids: list[str]) -> None:
    """Delete notifications to a recipient, with their deliveries.

    The recipient's name leaves the audiences that they are parts of.

    Calls: per hundred 1 BatchGetItem and 4 BatchWriteItem; per notification 1 Query of the ledger.
    """
    found = find_many(notification_ids)
    for parent_id in sorted({one.parent_id for one in found.values() if one.parent_id}):
        leave_out(parent_id, recipient_id)
    for one in notification_ids:
        ledger.remove(one)
    NOTIFICATIONS.batch_write(deletes=[{"id": one} for one in notification_ids])


def leave_out(notification_id: str, recipient_id: str) -> None:
    """Take a recipient's name out of an audience.

    Calls: 1 consistent GetItem, 1 update. Its place stays, since the walk over the audience
    counts places.
    """
    item = NOTIFICATIONS.get({"id": notification_id}, consistent=True) or {}
    ids = (item.get("audience") or {}).get("ids", [])
    if recipient_id in ids:
        place = f"#audience.#ids[{ids.index(recipient_id)}]"
        NOTIFICATIONS.update(
            {"id": notification_id},
            f"SET {place} = :nobody, #updated_at = :now ADD #version :one",
            {"nobody": NOBODY, "now": now_ms(), "one": 1, "recipient": recipient_id},
            f"{place} = :recipient",
        )


def leave_out_from(content: Content, place: int) -> None:
    """Take all names from a place on out of an audience.

    It is not walked further, so no part leads an erasure to them.

    Raises:
        Contended: another name was taken out meanwhile.
    """
    ids = (content.audience or {}).get("ids", [])
    if any(ids[place:]):
        kept = [*ids[:place], *[NOBODY] * (len(ids) - place)]
        if not NOTIFICATIONS.update(
            {"id": content.id},
            "SET #audience.#ids = :kept, #updated_at = :now ADD #version :one",
            {"kept": kept, "ids": ids, "now": now_ms(), "one": 1},
            "#audience.#ids = :ids",
        ):
            raise Contended(content.id)


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
    if not _is_listed(content):
        item["unlisted_id"] = content.user_id
    if content.sender_id is not None and content.parent_id is None:
        item["request_by"] = content.sender_id
    return item


def _is_listed(content: Content) -> bool:
    """True if an inbox surely lists it, by which an erasure finds it.

    What waits, ends before it is sent, or is not wanted in the inbox has no entry there; social
    notifications go at once, and only to inboxes that want them.
    """
    goes_there = names.INBOX in content.channels and not content.is_outside
    return goes_there and content.category == SOCIAL and content.audience is None
