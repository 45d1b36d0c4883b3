"""The port that every channel implements."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chalicelib.notifications.core.content import Content


class Channel(Protocol):
    """One way to reach people.

    Attributes:
        name: also the name of its queue and the first part of its ledger keys.
    """

    name: str

    def deliver(self, contents: Sequence[Content]) -> Mapping[int, Exception]:
        """Deliver notifications to all targets of their recipients, each once.

        The outcome of what did not fail is stored when this returns.

        Returns:
            failures that may pass, by the index of their notification; its message comes
            again, and `deliver` skips the targets that are done.
        """
        ...
