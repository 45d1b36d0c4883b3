"""The inbox inside the platform."""

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.inbox import entries


class InboxChannel:
    """Delivers into our own table, so exactly once."""

    name = names.INBOX

    def deliver(self, content: Content) -> None:
        """See `Channel.deliver`."""
        entries.add(content)
