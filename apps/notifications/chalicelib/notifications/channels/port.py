"""The port that every channel implements."""

from typing import Protocol

from chalicelib.notifications.core.content import Content


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
            Exception: an error that may pass; the message comes again and `deliver`
                skips the targets that are done.
        """
        ...
