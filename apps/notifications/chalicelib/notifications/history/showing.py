"""A notification with its deliveries and their timelines."""

from typing import Any

from chalicelib.notifications.access.callers import Caller, shown_id
from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import is_id
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.history import (
    digested,
    ledger,
    notifications,
    requests,
    states,
    status,
)
from chalicelib.notifications.inbox import entries

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.errors import conflict, not_found

# Parts that a cancellation looks at, each with a Query and a BatchGetItem.
MOST_PARTS = 100


def show(caller: Caller, notification_id: str, size: int, token: str | None) -> dict[str, Any]:
    """Return a notification, for recipient, sender and operators.

    Calls: 1 GetItem, and per recipient 1 Query of the ledger, 1 of its digest's, and 1
    BatchGetItem of the inbox; of one with an audience a page of its parts.

    Raises:
        Problem: 404, also for others; 400 for an invalid token.
    """
    content = _visible(caller, notification_id, operates=caller.operates)
    parts, following = [content], None
    if content.audience is not None:
        parts, following = requests.children(content.id, size, token)
    by_part = [(part, _entries(part, content.cancelled_at)) for part in parts]
    shown = [
        status.document(shown_id(part.user_id), entry)
        for part, found in by_part
        for some in found.values()
        for entry in some
    ]
    channels = status.channels(_merged([found for _, found in by_part]))
    document = {
        **requests.summary(content),
        "user_id": shown_id(content.user_id),
        "type": content.type,
        "status": _status(content, channels),
        "channels": channels,
        "deliveries": shown,
        "timeline": _timeline(content, shown),
    }
    answer: dict[str, Any] = {"data": document}
    if content.audience is not None:
        answer["meta"] = {"result_count": len(parts)}
        if following:
            answer["meta"]["next_token"] = following
    return answer


def cancel(caller: Caller, notification_id: str) -> dict[str, Any]:
    """Cancel a notification before it is sent, or the rest of it.

    Raises:
        Problem: 404 for others than the sender, 409 if it was cancelled or sent before. One to
            more than `MOST_PARTS` recipients may always have parts that wait.
    """
    content = _visible(caller, notification_id)
    if content.sender_id != caller.id:
        raise not_found("notification", notification_id)
    if content.cancelled_at is None and _is_over(content):
        raise conflict("The notification was sent before; it cannot be cancelled.")
    if not notifications.cancel(content.id):
        raise conflict("The notification was cancelled before.")
    return {"data": {"id": content.id, "status": states.CANCELLED}}


def _visible(caller: Caller, notification_id: str, *, operates: bool = False) -> Content:
    content = notifications.find(notification_id) if is_id(notification_id) else None
    if content is None or not (operates or caller.id in (content.user_id, content.sender_id)):
        raise not_found("notification", notification_id)
    return content


def _entries(content: Content, cancelled_at: int | None = None) -> dict[str, list[Item]]:
    entry = None
    if names.INBOX in content.channels:
        entry = entries.find(content.user_id, content.id)
    found = digested.outcomes(content.user_id, ledger.entries(content.id))
    return status.deliveries(content, found, entry, content.cancelled_at or cancelled_at)


def _is_over(content: Content) -> bool:
    """True if nothing is left to cancel.

    One to a single recipient is over with its first delivery. One to several goes on until no
    part waits, of which a page is read; with more parts some may always wait.
    """
    if content.audience is None:
        return any(_has_left(one) for some in _entries(content).values() for one in some)
    if not any(one["target"] == ledger.WALKED for one in ledger.entries(content.id)):
        return False
    parts, following = requests.children(content.id, MOST_PARTS, None)
    if following is not None:
        return False
    by_part = (found for part in parts for found in _entries(part).values())
    return all(_has_left(one) for found in by_part for one in found)


def _has_left(entry: Item) -> bool:
    """True if a delivery ended, or is told of in a digest that is on its way."""
    return entry["state"] not in states.WAITING or "digest_id" in entry


def _merged(found: list[dict[str, list[Item]]]) -> dict[str, list[Item]]:
    merged: dict[str, list[Item]] = {}
    for one in found:
        for channel, some in one.items():
            merged.setdefault(channel, []).extend(some)
    return merged


def _status(content: Content, channels: list[dict[str, Any]]) -> str:
    if content.cancelled_at is not None:
        return states.CANCELLED
    words = [channel["status"] for channel in channels]
    return status.overall(words) if words else status.ACCEPTED


def _timeline(content: Content, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps of all deliveries in order, from the acceptance on."""
    steps = [{"state": states.ACCEPTED, "at": iso(content.created_at)}]
    if content.cancelled_at is not None:
        steps.append({"state": states.CANCELLED, "at": iso(content.cancelled_at)})
    for one in shown:
        where = {name: one[name] for name in ("user_id", "channel", "target")}
        steps += [{**step, **where} for step in one["timeline"]]
    return sorted(steps, key=lambda step: step["at"])
