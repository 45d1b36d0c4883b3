"""The inbox inside the platform."""

from collections.abc import Mapping, Sequence

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.inbox import deliveries, withdrawing


class InboxChannel:
    """Delivers into our own table, so exactly once."""

    name = names.INBOX

    def deliver(self, contents: Sequence[Content]) -> Mapping[int, Exception]:
        """See `Channel.deliver`."""
        failures = deliveries.add(contents)
        there = [index for index in range(len(contents)) if index not in failures]
        late = withdrawing.withdraw_gone([contents[index] for index in there])
        return {**failures, **{there[place]: failure for place, failure in late.items()}}
