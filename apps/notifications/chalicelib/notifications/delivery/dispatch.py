"""The second step: queue a stored notification for its channels."""

from typing import Any

from chalice.app import DynamoDBEvent
from chalicelib.notifications.channels.registry import CHANNELS
from chalicelib.notifications.core import names
from chalicelib.notifications.history import statistics

from shared.aws.events import send
from shared.aws.streams import Change, changes


def dispatch(stream_event: DynamoDBEvent) -> int:
    """Queue one message per new notification and channel.

    The message is only a reference: the worker reads the content and renders secrets. A
    batch may be sent twice, since the ledger lets each delivery happen once.

    Returns:
        number of messages put on queues.

    Raises:
        PublishFailed: SQS refused some; the stream batch is retried as a whole.
    """
    waiting: dict[str, list[dict[str, Any]]] = {}
    for change in changes(stream_event):
        for channel in _channels(change):
            waiting.setdefault(channel, []).append({"notification_id": change.keys["id"]})
    for channel, messages in waiting.items():
        statistics.count(channel, statistics.ACCEPTED, len(messages))
    sent = sum(send(names.DOMAIN, queue, messages) for queue, messages in waiting.items())
    statistics.write()
    return sent


def _channels(change: Change) -> list[str]:
    if change.old is not None or change.new is None:
        return []
    return [channel for channel in change.new["channels"] if channel in CHANNELS]
