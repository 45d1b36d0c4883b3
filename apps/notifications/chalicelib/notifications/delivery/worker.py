"""The third step: a worker delivers the messages of its channel's queue."""

from collections.abc import Callable
from typing import Any

from chalicelib.notifications.channels.registry import CHANNELS
from chalicelib.notifications.history import notifications


def worker(name: str) -> Callable[[dict[str, Any]], None]:
    """Return the handler of a channel's messages, ``{"notification_id": …}``."""
    channel = CHANNELS[name]

    def work(message: dict[str, Any]) -> None:
        channel.deliver(notifications.load(message["notification_id"]))

    return work
