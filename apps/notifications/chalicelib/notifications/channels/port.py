"""The port that the adapter of every provider implements."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from chalicelib.notifications.core.message import Message


class Adapter(Protocol):
    """One provider of a channel.

    Attributes:
        name: such as ``ses``; with the channel it names the breaker.
    """

    name: str

    def send(self, message: Message) -> str:
        """Hand a message to the provider, once.

        Returns:
            the provider's id of it, by which receipts name it.

        Raises:
            PermanentFailure: it can never be delivered to this target.
            TransientFailure: it may be delivered later.
            ConfigurationFailure: the provider refuses our settings.
        """
        ...


@runtime_checkable
class BatchAdapter(Adapter, Protocol):
    """A provider that takes several messages per call.

    Attributes:
        batch_size: messages per call, at most.
    """

    batch_size: int

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, str | Exception]:
        """Hand messages to the provider in one call.

        Returns:
            by index the provider's id or a failure that `send` would raise.
        """
        ...
