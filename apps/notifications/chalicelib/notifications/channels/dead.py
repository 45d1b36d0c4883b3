"""Dead targets are dropped, suppressed ones are left alone."""

from collections.abc import Mapping, Sequence

from chalicelib.notifications.channels.port import Adapter, BatchAdapter
from chalicelib.notifications.contacts import consents, devices, suppressions
from chalicelib.notifications.core.content import OUTSIDE, SECURITY
from chalicelib.notifications.core.message import (
    COMPLAINED,
    UNREGISTERED,
    Message,
    PermanentFailure,
)


class DeadTarget(PermanentFailure):
    """A provider's word that a target will never work again.

    Attributes:
        reason: ``unregistered`` for a device, ``opted_out`` for a number.
    """


class Keeper:
    """An adapter that sends to no suppressed address, and drops dead targets."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.name = adapter.name

    def send(self, message: Message) -> str:
        """See `Adapter.send`."""
        refuse_suppressed(message)
        try:
            return self._adapter.send(message)
        except DeadTarget as failure:
            drop(message, failure)
            raise


class BatchKeeper(Keeper):
    """The same for an adapter that takes several messages per call."""

    def __init__(self, adapter: BatchAdapter) -> None:
        super().__init__(adapter)
        self._batches = adapter
        self.batch_size = adapter.batch_size

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, str | Exception]:
        """See `BatchAdapter.send_many`."""
        outcomes: dict[int, str | Exception] = {}
        allowed: list[int] = []
        for place, one in enumerate(messages):
            try:
                refuse_suppressed(one)
            except PermanentFailure as failure:
                outcomes[place] = failure
            else:
                allowed.append(place)
        sent = self._batches.send_many([messages[place] for place in allowed]) if allowed else {}
        for index, outcome in sent.items():
            outcomes[allowed[index]] = outcome
            if isinstance(outcome, DeadTarget):
                drop(messages[allowed[index]], outcome)
        return outcomes


def kept(adapter: Adapter) -> Adapter:
    """Return an adapter behind its keeper."""
    return BatchKeeper(adapter) if isinstance(adapter, BatchAdapter) else Keeper(adapter)


def refuse_suppressed(message: Message) -> None:
    """Refuse an address that bounced, complained or opted out (1 SQL query).

    Devices are dropped instead, so none is looked up. What proves an address goes there: its
    owner has just asked for it, and the provider may still refuse.

    Raises:
        PermanentFailure: with the suppression's reason.
    """
    if message.target.device_id is None and not message.proves:
        reason = refusal(
            message.channel, message.target.key, message.category, message.recipient_id
        )
        if reason is not None:
            raise PermanentFailure(reason)


def refusal(channel: str, key: str, category: str, recipient_id: str) -> str | None:
    """Return why nothing may be sent to an address (1 SQL query).

    Users who complained of mails still get those about their account's security.

    Args:
        key: digest of the address.
    """
    reason = suppressions.store().reason(channel, key)
    is_user = not recipient_id.startswith(OUTSIDE)
    return None if reason == COMPLAINED and category == SECURITY and is_user else reason


def drop(message: Message, failure: DeadTarget) -> None:
    """Forget a dead device, or suppress a dead address; repeatable."""
    target = message.target
    if failure.reason != UNREGISTERED:
        suppressions.add(message.channel, target.key, failure.reason)
        source = f"provider_{failure.reason}"
        consents.store().add(message.recipient_id, message.channel, source, granted=False)
    elif target.device_id is not None:
        owner = devices.store().drop(target.device_id, target.registered_at or 0)
        if owner is not None:
            devices.withdraw(owner, message.channel, f"provider_{UNREGISTERED}")
