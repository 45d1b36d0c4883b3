"""The ports of channels: to a worker, and between it and a provider."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from chalicelib.notifications.channels.message import Message
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


class PermanentFailure(Exception):
    """A delivery that can never succeed.

    Attributes:
        reason: a word of the ledger, such as ``too_large``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TransientFailure(Exception):
    """A delivery that may succeed later.

    Attributes:
        retry_after: seconds that the provider asked to wait, if it did.
    """

    def __init__(self, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ConfigurationFailure(Exception):
    """A refusal that only the operator can put right; no target is to blame.

    Attributes:
        detail: for the operator, without secrets and addresses.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Adapter(Protocol):
    """One provider of a channel.

    Attributes:
        name: such as ``apns``, for operators.
    """

    name: str

    def send(self, message: Message) -> str:
        """Hand a message to the provider; return the provider's id.

        Raises:
            PermanentFailure: no retry helps; the target stays.
            TransientFailure: it may succeed later.
            ConfigurationFailure: the operator must act.
        """
        ...


Outcome = str | Exception


@runtime_checkable
class BatchAdapter(Protocol):
    """An adapter that sends several messages better together."""

    name: str

    def send_many(self, messages: Sequence[Message]) -> list[Outcome]:
        """Return, per message, the provider's id or the failure as `Adapter.send` has it."""
        ...
