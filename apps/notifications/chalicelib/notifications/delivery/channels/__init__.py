"""The channels that notifications are delivered through.

A channel is a module with a class of this shape, a queue in resources.yaml
and a handler in app.py; nothing else knows how many there are.
"""

from collections.abc import Callable
from typing import Any, Protocol

from chalicelib.notifications.accepting import store
from chalicelib.notifications.core.models import Content
from chalicelib.notifications.delivery.channels.email import EmailChannel
from chalicelib.notifications.delivery.channels.inbox import InboxChannel


class Channel(Protocol):
    """One way to reach people.

    Attributes:
        name: also the name of its queue and the first part of its ledger keys.
    """

    name: str

    def deliver(self, content: Content) -> None:
        """Deliver to all of the recipient's targets in this channel, each once.

        Every outcome stands in the ledger when this returns.

        Raises:
            Exception: something that may pass; the message comes again and
                `deliver` skips what is done.
        """
        ...


CHANNELS: dict[str, Channel] = {
    channel.name: channel for channel in (InboxChannel(), EmailChannel())
}


def worker(name: str) -> Callable[[dict[str, Any]], None]:
    """The handler of one message on a channel's queue: ``{"notification_id": …}``."""
    channel = CHANNELS[name]

    def work(message: dict[str, Any]) -> None:
        channel.deliver(store.load(message["notification_id"]))

    return work
