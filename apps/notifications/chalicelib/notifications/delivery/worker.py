"""The third step: a worker delivers the messages of its channel's queue."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.notifications.channels import inbox, registry
from chalicelib.notifications.channels import targets as channel_targets
from chalicelib.notifications.channels.message import NO_TARGET, Message, PermanentFailure, Target
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import NORMAL, OTP, Content
from chalicelib.notifications.delivery.due import drop_ended
from chalicelib.notifications.history import ledger, notifications
from chalicelib.notifications.templates.rendering import render

Messages = list[dict[str, Any]]
Failures = dict[int, Exception]


def worker(channel: str) -> Callable[[Messages], Mapping[int, Exception]]:
    """Return the handler of a channel's messages, ``{"notification_id": …}``.

    The handler takes a batch and returns the failures by index (1 BatchGetItem, and what the
    channel does). What was cancelled or is too old is dropped.
    """

    def work(messages: Messages) -> Mapping[int, Exception]:
        ids = [message["notification_id"] for message in messages]
        found = notifications.find_many(ids)
        failures: Failures = {}
        there: dict[int, Content] = {}
        for index, one in enumerate(ids):
            if one not in found:
                failures[index] = notifications.UnknownNotification(one)
            elif not drop_ended(found[one], channel):
                there[index] = found[one]
        return {**failures, **deliver(channel, there)}

    return work


def deliver(channel: str, contents: Mapping[int, Content]) -> Failures:
    """Deliver notifications in a channel, each once.

    Returns:
        failures that may pass, by the index of their notification.
    """
    if channel == names.INBOX:
        places = list(contents)
        failed = inbox.deliver(list(contents.values()))
        return {places[place]: failure for place, failure in failed.items()}
    failures: Failures = {}
    for index, content in contents.items():
        try:
            _deliver(content, channel)
        except Exception as failure:
            failures[index] = failure
    return failures


def _deliver(content: Content, channel: str) -> None:
    """Send a notification to all targets of its recipient in a channel.

    Raises:
        Exception: of one of them; the message comes again, and skips the targets that are done.
    """
    adapter = registry.adapter(channel)
    found = channel_targets.targets(content, channel) if adapter else []
    at_most_once = content.category == OTP
    if adapter is None or not found:
        ledger.send_once(content.id, ledger.target_key(channel, "none"), _no_target)
        return
    failure: Exception | None = None
    for target in found:

        def send(target: Target = target) -> str:
            return adapter.send(message(content, channel, target))

        key = ledger.target_key(channel, target.key)
        try:
            ledger.send_once(content.id, key, send, at_most_once=at_most_once)
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure


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
        locale=content.locale,
        headers=rendered.headers,
    )


def _no_target() -> str:
    raise PermanentFailure(NO_TARGET, "no_address")
