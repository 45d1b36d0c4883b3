"""Sending through a channel's adapter: targets, breaker, ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.notifications.channels import parallel, registry
from chalicelib.notifications.channels import targets as channel_targets
from chalicelib.notifications.channels.port import Adapter, BatchAdapter
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import NORMAL, OTP, PROOFS, Content
from chalicelib.notifications.core.message import (
    NO_TARGET,
    ConfigurationFailure,
    Message,
    PermanentFailure,
    Target,
    TransientFailure,
)
from chalicelib.notifications.delivery import breakers
from chalicelib.notifications.history import ledger
from chalicelib.notifications.history.ledger import Claim
from chalicelib.notifications.history.states import SUPPRESSED
from chalicelib.notifications.templates.rendering import render

from shared.aws.retries import RetryAfter
from shared.base.observability import logger
from shared.base.process import process

_NOWHERE = {names.EMAIL: "no_address"}
Failures = dict[int, Exception]
# A notification by its index in the worker's batch, and one of its targets.
Part = tuple[int, Content, Target]


@dataclass(frozen=True)
class SenderLimits:
    """Bounds of a worker's batch.

    Attributes:
        seconds: no call of a provider begins later; the function has 60, a call takes at most
            12 (`ExchangeLimits`).
    """

    seconds: float = 40.0


class OutOfTime(Exception):
    """The batch's time was over: nothing was tried."""


class ProviderDown(Exception):
    """The breaker of a provider is open: nothing was tried.

    Attributes:
        seconds: time to wait.
    """

    def __init__(self, provider: str, seconds: float) -> None:
        super().__init__(provider)
        self.provider, self.seconds = provider, seconds

    def jittered(self) -> "ProviderDown":
        """Return the same for one message, with a wait of its own."""
        return ProviderDown(self.provider, breakers.jittered(self.seconds))


def send(channel: str, adapters: Sequence[Adapter], contents: Mapping[int, Content]) -> Failures:
    """Send notifications to all targets of their recipients, each once.

    The first targets of all notifications come first, so that nobody's many slow servers take
    the batch's time from the others.

    Args:
        adapters: the primary first; one behind it stands in while the breaker is open, except
            for what the primary may have sent.

    Returns:
        failures that may pass, by the index of their notification; their messages come again,
        and skip the targets that are done.
    """
    until = process.clock.monotonic() + process.limits(SenderLimits).seconds
    failures: Failures = {}
    batch: list[tuple[int, Part]] = []
    for index, content in contents.items():
        try:
            found = channel_targets.targets(content, channel) if adapters else []
            if not found:
                _no_target(content, channel)
            batch += [(turn, (index, content, target)) for turn, target in enumerate(found)]
        except Exception as failure:
            failures[index] = failure
    ordered = [part for _, part in sorted(batch, key=lambda one: one[0])]
    bound: dict[str, list[Part]] = {}
    failures |= _send_all(channel, adapters, ordered, adapters, bound, until)
    for one in adapters:
        again = bound.pop(one.name, [])
        failures = _send_all(channel, (one,), again, adapters, bound, until) | failures
    # Another worker was faster with these.
    for name, parts in bound.items():
        failures |= {index: ledger.Bound(name) for index, _, _ in parts}
    return failures


def _send_all(
    channel: str,
    usable: Sequence[Adapter],
    batch: list[Part],
    adapters: Sequence[Adapter],
    bound: dict[str, list[Part]],
    until: float,
) -> Failures:
    """Send a batch by the first usable adapter whose breaker allows it.

    Args:
        adapters: all of the channel.
        bound: takes what only another adapter may send, by its name.
        until: monotonic second after which nothing is begun.
    """
    failures: Failures = {}
    while batch:
        if process.clock.monotonic() >= until:
            # What failed counts: else its message would never use up its attempts.
            return {index: OutOfTime() for index, _, _ in batch} | failures
        adapter, size = _ready(channel, usable)
        if isinstance(adapter, ProviderDown):
            # For each a time of its own, so that a batch does not come back as one.
            return failures | {index: adapter.jittered() for index, _, _ in batch}
        others = [one.name for one in adapters if one is not adapter]
        part, batch = batch[:size], batch[size:]
        failures |= _send_together(channel, adapter, others, part, bound)
    return failures


def _ready(channel: str, adapters: Sequence[Adapter]) -> tuple[Adapter | ProviderDown, int]:
    """The adapter to use and the size of a call; a probe is a single message."""
    waits: list[tuple[float, str]] = []
    for one in adapters:
        size = one.batch_size if isinstance(one, BatchAdapter) else 1
        if not registry.has_breaker(channel):
            return one, size
        provider = _provider(channel, one)
        seconds = breakers.wait(provider)
        if seconds is None:
            return one, 1 if breakers.probing(provider) else size
        waits.append((seconds, provider))
    seconds, provider = min(waits)
    return ProviderDown(provider, seconds), 0


def _provider(channel: str, adapter: Adapter) -> str:
    """Name of an adapter's breaker."""
    return f"{channel}#{adapter.name}"


def _send_together(
    channel: str,
    adapter: Adapter,
    others: list[str],
    batch: list[Part],
    bound: dict[str, list[Part]],
) -> Failures:
    """Send what one call to the provider takes."""
    failures: Failures = {}
    claims: list[tuple[int, Content, Claim]] = []
    messages: list[Message] = []

    def take(part: Part) -> Claim | None:
        _, content, target = part
        return ledger.claim(
            content.id,
            ledger.target_key(channel, target.key),
            at_most_once=content.category == OTP,
            adapter=adapter.name,
            others=others,
        )

    for part, claimed in zip(batch, parallel.each(take, batch), strict=True):
        index, content, target = part
        if isinstance(claimed, ledger.Bound):
            bound.setdefault(claimed.adapter, []).append(part)
        elif isinstance(claimed, Exception):
            failures[index] = claimed
        elif claimed is not None:
            try:
                messages.append(message(content, channel, target))
                claims.append((index, content, claimed))
            except Exception as failure:
                # Nothing was sent, so a repetition cannot double it, whatever the category.
                failures |= _settled([(index, content, claimed)], [failure], unsent=True)
    outcomes = _call(adapter, messages) if messages else []
    _tell(channel, adapter, outcomes)
    return failures | _settled(claims, outcomes)


def _call(adapter: Adapter, messages: list[Message]) -> list[str | Exception]:
    """Hand messages to the provider; every message has an outcome."""
    try:
        if len(messages) > 1 and isinstance(adapter, BatchAdapter):
            found = adapter.send_many(messages)
            lost = TransientFailure(detail="the provider did not answer for it")
            return [found.get(place, lost) for place in range(len(messages))]
        return [adapter.send(messages[0])]
    except Exception as failure:
        return [failure] * len(messages)


def _tell(channel: str, adapter: Adapter, outcomes: list[str | Exception]) -> None:
    """Let the breaker know how the provider did for most of a batch."""
    provider = _provider(channel, adapter)
    bad = [one for one in outcomes if _is_down(one)]
    error = f"{type(bad[0]).__name__}: {bad[0]}" if bad else ""
    if not registry.has_breaker(channel):
        if error:
            breakers.noted(provider, error)
    elif len(bad) * 2 > len(outcomes):
        # A call that failed as a whole is one failure, however many messages it held.
        breakers.failed(provider, error, len({id(one) for one in bad}))
    elif outcomes:
        breakers.succeeded(provider)


def _is_down(outcome: str | Exception) -> bool:
    """True unless the provider answered about the message itself."""
    return isinstance(outcome, Exception) and not isinstance(outcome, PermanentFailure)


def _settled(
    claims: list[tuple[int, Content, Claim]],
    outcomes: list[str | Exception],
    *,
    unsent: bool = False,
) -> Failures:
    """Record outcomes; return failures that may pass, by index.

    Args:
        unsent: the provider was not asked.
    """

    def settle(one: tuple[tuple[int, Content, Claim], str | Exception]) -> None:
        (_, content, claimed), outcome = one
        _settle(claimed, outcome, at_most_once=content.category == OTP and not unsent)

    pairs = list(zip(claims, outcomes, strict=True))
    ended = zip(claims, parallel.each(settle, pairs), strict=True)
    return {index: failure for (index, _, _), failure in ended if failure is not None}


def _settle(claimed: Claim, outcome: str | Exception, *, at_most_once: bool) -> None:
    """Record an outcome; what may pass is raised again with its delay.

    Raises:
        RetryAfter: the provider may take it later.
        Exception: anything else that may pass.
    """
    try:
        ledger.settle(claimed, outcome, at_most_once=at_most_once)
    except TransientFailure as failure:
        raise RetryAfter(str(failure), failure.retry_after or 0) from failure
    except ConfigurationFailure as failure:
        logger().error("provider refuses our configuration", detail=failure.detail)
        raise


def _no_target(content: Content, channel: str) -> None:
    nowhere = ledger.target_key(channel, "none")
    ledger.record(content.id, nowhere, SUPPRESSED, NO_TARGET, detail=_NOWHERE.get(channel))


def message(content: Content, channel: str, target: Target) -> Message:
    """Render a notification for one target.

    Raises:
        PermanentFailure: it cannot be rendered.
    """
    recipient = directory.store().find(content.user_id) or Contact(content.user_id)
    rendered = render(content, channel, recipient)
    return Message(
        notification_id=content.id,
        recipient_id=content.user_id,
        channel=channel,
        target=target,
        title=rendered.title,
        text=rendered.text,
        html=rendered.html,
        url=rendered.url,
        data=rendered.data,
        category=content.category,
        priority=content.priority or NORMAL,
        expires_at=content.expires_at,
        collapse_key=content.collapse_key,
        locale=content.locale or recipient.locale,
        headers=rendered.headers,
        proves=content.type in PROOFS,
    )
