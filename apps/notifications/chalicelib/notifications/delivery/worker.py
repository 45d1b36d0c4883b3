"""The third step: a worker delivers the messages of its channel's queue."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.notifications.channels.registry import CHANNELS
from chalicelib.notifications.delivery.reporting import reported
from chalicelib.notifications.history import notifications

Messages = list[dict[str, Any]]


def worker(name: str) -> Callable[[Messages], Mapping[int, Exception]]:
    """Return the handler of a channel's messages, ``{"notification_id": …}``.

    The handler takes a batch and returns the failures by index (1 BatchGetItem, and what the
    channel does).
    """
    channel = CHANNELS[name]

    def work(messages: Messages) -> Mapping[int, Exception]:
        ids = [message["notification_id"] for message in messages]
        found = notifications.find_many(ids)
        known = [index for index, one in enumerate(ids) if one in found]
        failed = channel.deliver([found[ids[index]] for index in known])
        unknown = {
            index: notifications.UnknownNotification(one)
            for index, one in enumerate(ids)
            if one not in found
        }
        return {**unknown, **{known[place]: failure for place, failure in failed.items()}}

    return reported(name, work)
