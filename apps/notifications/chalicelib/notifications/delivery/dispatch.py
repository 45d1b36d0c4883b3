"""The second step: a stored notification is put on the queues of its channels."""

from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.delivery.channels import CHANNELS

from shared.aws.events import send
from shared.aws.streams import Change, changes


def dispatch(stream_event: Any) -> int:
    """One message a channel for every new notification in a stream batch.

    The message is a reference only: content is read, and secrets are rendered,
    by the worker. Sending a batch twice is harmless, the ledger sees to that.

    Returns:
        how many messages were put on queues.

    Raises:
        PublishFailed: SQS refused some; the stream batch is retried as a whole.
    """
    waiting: dict[str, list[dict[str, Any]]] = {}
    for change in changes(stream_event):
        for channel in _channels(change):
            waiting.setdefault(channel, []).append({"notification_id": change.keys["id"]})
    return sum(send(names.DOMAIN, queue, messages) for queue, messages in waiting.items())


def _channels(change: Change) -> list[str]:
    if change.old is not None or change.new is None:
        return []
    return [channel for channel in change.new["channels"] if channel in CHANNELS]
