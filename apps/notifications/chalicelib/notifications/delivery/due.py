"""Work of timers that are due."""

from collections.abc import Callable, Mapping

from chalicelib.notifications.core.content import Content
from chalicelib.notifications.delivery import dispatch, timers
from chalicelib.notifications.history import ledger, notifications, states

from shared.aws.dynamo import Item
from shared.base.clock import now_ms


def run(message: Item) -> None:
    """Run a due timer; repetitions and timers without work change nothing.

    Args:
        message: ``kind``, ``subject`` and ``due_at`` of the timer.

    Raises:
        KeyError: no timer is of this kind.
    """
    KINDS[message["kind"]](message["subject"], message["due_at"])


def deliver(subject: str, due_at: int) -> None:
    """Plan a deferred delivery again: send it, or defer it once more."""
    notification_id, channel = subject.split("/", 1)
    content = notifications.find(notification_id)
    if content is None:
        return  # erased meanwhile
    key = ledger.target_key(channel)
    entry = next((one for one in ledger.entries(content.id) if one["target"] == key), None)
    if entry is None or entry["state"] != states.DEFERRED or entry.get("due_at") != due_at:
        return
    if not drop_ended(content, channel) and dispatch.deliver(content, [channel]):
        ledger.record(content.id, key, states.QUEUED)


def drop_ended(content: Content, channel: str) -> bool:
    """Record the end of a cancelled or expired one; False if it is neither."""
    if content.cancelled_at is not None:
        ledger.record(content.id, ledger.target_key(channel), states.CANCELLED, "cancelled")
    elif content.is_expired(now_ms()):
        ledger.record(content.id, ledger.target_key(channel), states.EXPIRED, "expired")
    else:
        return False
    return True


KINDS: Mapping[str, Callable[[str, int], None]] = {timers.DELIVER: deliver}
