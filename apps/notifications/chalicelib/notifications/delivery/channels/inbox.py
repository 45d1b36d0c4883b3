"""The inbox inside the platform."""

from chalicelib.notifications.core import names
from chalicelib.notifications.core.models import Content
from chalicelib.notifications.delivery import inbox


class InboxChannel:
    """Delivers into our own table, so exactly once."""

    name = names.INBOX

    def deliver(self, content: Content) -> None:
        """See `Channel.deliver`."""
        inbox.add(content)
