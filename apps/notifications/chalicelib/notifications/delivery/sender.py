"""Sending through a channel's adapter: targets, breaker, ledger."""

from collections.abc import Mapping

from chalicelib.notifications.channels import targets as channel_targets
from chalicelib.notifications.channels.port import Adapter, BatchAdapter
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import NORMAL, OTP, Content
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

_NOWHERE = {names.EMAIL: "no_address"}
Failures = dict[int, Exception]


class ProviderDown(Exception):
    """The breaker of a provider is open: nothing was tried.

    Attributes:
        seconds: time to wait, jittered.
    """

    def __init__(self, provider: str, seconds: float) -> None:
        super().__init__(provider)
        self.seconds = seconds


def send(channel: str, adapter: Adapter | None, contents: Mapping[int, Content]) -> Failures:
    """Send notifications to all targets of their recipients, each once.

    Returns:
        failures that may pass, by the index of their notification; their messages come again,
        and skip the targets that are done.
    """
    failures: Failures = {}
    batch: list[tuple[int, Content, Target]] = []
    for index, content in contents.items():
        try:
            found = channel_targets.targets(content, channel) if adapter else []
            if not found:
                _no_target(content, channel)
            batch += [(index, content, target) for target in found]
        except Exception as failure:
            failures[index] = failure
    if adapter is not None:
        size = adapter.batch_size if isinstance(adapter, BatchAdapter) else 1
        for start in range(0, len(batch), size):
            failures |= _send_together(channel, adapter, batch[start : start + size])
    return failures


def _send_together(
    channel: str, adapter: Adapter, batch: list[tuple[int, Content, Target]]
) -> Failures:
    """Send what one call to the provider takes."""
    provider = f"{channel}#{adapter.name}"
    seconds = breakers.wait(provider)
    if seconds is not None:
        return {index: ProviderDown(provider, seconds) for index, _, _ in batch}
    failures: Failures = {}
    claims: list[tuple[int, Content, Claim]] = []
    messages: list[Message] = []
    for index, content, target in batch:
        at_most_once = content.category == OTP
        try:
            key = ledger.target_key(channel, target.key)
            claimed = ledger.claim(content.id, key, at_most_once=at_most_once)
            if claimed is None:
                continue
            try:
                messages.append(message(content, channel, target))
            except Exception as failure:
                # Nothing was sent, so a repetition cannot double it, whatever the category.
                ledger.settle(claimed, failure)
                continue
            claims.append((index, content, claimed))
        except Exception as failure:
            failures[index] = failure
    outcomes = _call(adapter, messages) if messages else {}
    _tell(provider, list(outcomes.values()))
    for place, (index, content, claimed) in enumerate(claims):
        try:
            _settle(claimed, outcomes[place], content)
        except Exception as failure:
            failures[index] = failure
    return failures


def _call(adapter: Adapter, messages: list[Message]) -> dict[int, str | Exception]:
    """Hand messages to the provider; every message has an outcome."""
    try:
        if len(messages) > 1 and isinstance(adapter, BatchAdapter):
            found = adapter.send_many(messages)
            lost = TransientFailure(detail="the provider did not answer for it")
            return {place: found.get(place, lost) for place in range(len(messages))}
        return {0: adapter.send(messages[0])}
    except Exception as failure:
        return dict.fromkeys(range(len(messages)), failure)


def _tell(provider: str, outcomes: list[str | Exception]) -> None:
    """Let the breaker know how the provider did."""
    bad = [one for one in outcomes if _is_down(one)]
    if bad:
        breakers.failed(provider, f"{type(bad[0]).__name__}: {bad[0]}")
    elif outcomes:
        breakers.succeeded(provider)


def _is_down(outcome: str | Exception) -> bool:
    """True unless the provider answered about the message itself."""
    return isinstance(outcome, Exception) and not isinstance(outcome, PermanentFailure)


def _settle(claimed: Claim, outcome: str | Exception, content: Content) -> None:
    """Record an outcome; what may pass is raised again with its delay.

    Raises:
        RetryAfter: the provider may take it later.
        Exception: anything else that may pass.
    """
    try:
        ledger.settle(claimed, outcome, at_most_once=content.category == OTP)
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
    )
