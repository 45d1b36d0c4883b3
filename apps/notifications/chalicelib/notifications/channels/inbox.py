"""The inbox inside the platform: our own table, so exactly once."""

from collections.abc import Mapping, Sequence

from chalicelib.notifications.core.content import Content
from chalicelib.notifications.inbox import deliveries, withdrawing


def deliver(contents: Sequence[Content]) -> Mapping[int, Exception]:
    """Put notifications into inboxes, each once.

    Returns:
        failures that may pass, by the index of their notification.
    """
    failures = deliveries.add(contents)
    there = [index for index in range(len(contents)) if index not in failures]
    late = withdrawing.withdraw_gone([contents[index] for index in there])
    return {**failures, **{there[place]: failure for place, failure in late.items()}}
