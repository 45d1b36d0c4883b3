"""The third step: a worker delivers the messages of its channel's queue."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalicelib.notifications.channels import inbox, registry
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.delivery import sender
from chalicelib.notifications.delivery.due import drop_ended
from chalicelib.notifications.delivery.reporting import reported
from chalicelib.notifications.delivery.sender import OutOfTime, ProviderDown
from chalicelib.notifications.history import ledger, notifications
from chalicelib.notifications.history.states import QUEUED

from shared.aws.events import send
from shared.base.clock import now_ms
from shared.base.observability import logger

Messages = list[dict[str, Any]]
Failures = dict[int, Exception]

# SQS delays a message by no more.
_MAX_DELAY = 900
# Until then a delivery does not ask whether its recipient is still there.
FRESH_MS = 60_000
# A message that waited for its provider for so long goes the way of all failures.
MAX_WAIT_MS = 24 * 3_600_000


def worker(channel: str) -> Callable[[Messages], Mapping[int, Exception]]:
    """Return the handler of a channel's messages, ``{"notification_id": …}``.

    The handler takes a batch and returns the failures by index (1 BatchGetItem, 2 with parts
    of notifications to several recipients, and what the channel does). What was cancelled or
    is too old is dropped; what waits for a provider that is down, and what the batch had no
    time for, returns to the queue.
    """

    def work(messages: Messages) -> Mapping[int, Exception]:
        ids = [message["notification_id"] for message in messages]
        found = notifications.find_many(ids)
        above = {one.parent_id for one in found.values() if one.parent_id}
        parents = notifications.find_many(sorted(above)) if above else {}
        erased = _erased(found.values())
        failures: Failures = {}
        there: dict[int, Content] = {}
        for index, one in enumerate(ids):
            if one not in found:
                failures[index] = notifications.UnknownNotification(one)
            elif found[one].user_id in erased:
                # The erasure deletes the notification, so nothing is noted.
                logger().info("recipient erased", channel=channel)
            elif not drop_ended(found[one], channel, parents.get(found[one].parent_id or "")):
                there[index] = found[one]
        for index, failure in deliver(channel, there).items():
            if isinstance(failure, OutOfTime):
                send(names.DOMAIN, channel, [messages[index]])
            elif not isinstance(failure, ProviderDown) or not _wait(
                channel, messages[index], failure
            ):
                failures[index] = failure
        return failures

    return reported(channel, work)


def deliver(channel: str, contents: Mapping[int, Content]) -> Failures:
    """Deliver notifications in a channel, each once.

    Returns:
        failures that may pass, by the index of their notification.
    """
    if channel == names.INBOX:
        places = list(contents)
        failed = inbox.deliver(list(contents.values()))
        return {places[place]: failure for place, failure in failed.items()}
    return sender.send(channel, registry.adapters(channel), contents)


def _erased(contents: Iterable[Content]) -> set[str]:
    """Erased recipients among those of late deliveries.

    Fresh ones were looked up when they were accepted; a backlog costs 1 SQL statement per batch
    and kind of recipient.
    """
    now = now_ms()
    late = {
        one.user_id
        for one in contents
        if now - max(one.created_at, one.schedule_at or 0) > FRESH_MS
    }
    return directory.store().erased_among(sorted(late)) if late else set()


def _wait(channel: str, message: dict[str, Any], down: ProviderDown) -> bool:
    """Put a message back for later; False if it waited for a day."""
    now = now_ms()
    since = message.get("waits_since")
    if since is None:
        key = ledger.target_key(channel)
        ledger.record(message["notification_id"], key, QUEUED, "provider_down")
    elif now - since > MAX_WAIT_MS:
        return False
    again = {**message, "waits_since": since or now}
    send(names.DOMAIN, channel, [again], delay=min(_MAX_DELAY, round(down.seconds)))
    return True
