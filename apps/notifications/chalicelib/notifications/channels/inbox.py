"""The inbox inside the platform."""

from collections.abc import Mapping, Sequence

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.inbox import deliveries


class InboxChannel:
    """Delivers into our own table, so exactly once."""

    name = names.INBOX

    def deliver(self, contents: Sequence[Content]) -> Mapping[int, Exception]:
        """See `Channel.deliver`."""
        return deliveries.add(contents)
