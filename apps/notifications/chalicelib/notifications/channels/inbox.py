"""The inbox inside the platform."""

from chalicelib.notifications import inbox_store, names
from chalicelib.notifications.models import Content


class InboxChannel:
    """Delivers into our own table, so exactly once."""

    name = names.INBOX

    def deliver(self, content: Content) -> None:
        """See `Channel.deliver`."""
        inbox_store.add(content)
