"""The second step: queue a notification for its channels, as planned."""

from collections.abc import Iterable, Iterator
from typing import Any

from chalice.app import DynamoDBEvent
from chalicelib.notifications.accepting.routing import fallback_at
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.core.message import NO_TARGET
from chalicelib.notifications.delivery import timers
from chalicelib.notifications.history import ledger, notifications, states, statistics
from chalicelib.notifications.planning import digests, plan
from chalicelib.notifications.planning.plan import Decision

from shared.aws.events import send
from shared.aws.streams import changes
from shared.base.clock import now_ms

# Queue and message.
Queued = tuple[str, dict[str, Any]]

_DECIDED = {
    "defer": states.DEFERRED,
    "digest": states.DIGESTED,
    "suppress": states.SUPPRESSED,
}


def dispatch(stream_event: DynamoDBEvent) -> int:
    """Queue one message per new notification and channel.

    The message is only a reference: the worker reads the content and renders secrets. A
    batch may be sent twice, since the ledger lets each delivery happen once.

    Returns:
        number of messages put on queues.

    Raises:
        PublishFailed: SQS refused some; the stream batch is retried as a whole.
    """
    created = list(_created(stream_event))
    plan.prepare(created)
    return _send(one for content in created for one in _route(content))


def deliver(content: Content, channels: Iterable[str] | None = None) -> int:
    """Plan the delivery of one notification and queue what is to be sent now.

    Args:
        channels: only these of its channels; all of them if ``None``.

    Returns:
        number of messages put on queues.
    """
    wanted = content.channels if channels is None else tuple(channels)
    return _send(_planned(content, wanted))


def decide(content: Content, now: int) -> dict[str, Decision]:
    """Return the decision for each channel at a moment (Unix ms).

    Its own time comes first, then the rule ``auto``, then the recipient's preferences.
    """
    if content.schedule_at is not None and content.schedule_at > now:
        return dict.fromkeys(content.channels, Decision("defer", content.schedule_at))
    decisions = plan.plan_all(content, now)
    if content.is_outside and names.INBOX in decisions:
        decisions[names.INBOX] = Decision("suppress", reason=NO_TARGET)
    last = content.channels[-1] if content.auto and len(content.channels) > 1 else None
    at = fallback_at(content)
    if last is not None and last in decisions and decisions[last].action == "send" and at > now:
        decisions[last] = Decision("defer", at)
    return decisions


def _created(stream_event: DynamoDBEvent) -> Iterator[Content]:
    for change in changes(stream_event):
        if change.old is None and change.new is not None:
            yield notifications.to_content(change.new)


def _route(content: Content) -> Iterator[Queued]:
    if content.audience is not None:
        job = {"notification_id": content.id}
        yield names.AUDIENCES_QUEUE, {"job": job, "step": "expand", "position": None}
    else:
        yield from _planned(content, content.channels)


def _planned(content: Content, channels: Iterable[str]) -> Iterator[Queued]:
    now = now_ms()
    found = decide(content, now)
    wanted = {one: found[one] for one in channels if one in found}
    decisions = plan.commit(content, wanted, now)
    for channel in channels:
        decision = decisions.get(channel)
        if decision is None or channel not in names.CHANNELS:
            continue
        if decision.action == "send":
            yield channel, {"notification_id": content.id}
        else:
            _decide(content, channel, decision)


def _decide(content: Content, channel: str, decision: Decision) -> None:
    """Record a decision other than sending.

    A deferral or digest sets its timer first.
    """
    if decision.action == "defer":
        timers.put(decision.at or now_ms(), timers.DELIVER, f"{content.id}/{channel}")
    elif decision.action == "digest" and decision.at is not None:
        timers.put(decision.at, timers.DIGEST, f"{channel}/{content.user_id}")
        digests.add(content.user_id, channel, decision.at, content.id)
    elif decision.action == "suppress" and channel == names.INBOX and content.category == SOCIAL:
        # The recipient turned it off since it was accepted.
        notifications.unlist(content)
    ledger.record(
        content.id,
        ledger.target_key(channel),
        _DECIDED[decision.action],
        decision.reason,
        due_at=decision.at,
    )


def _send(messages: Iterable[Queued]) -> int:
    waiting: dict[str, list[dict[str, Any]]] = {}
    for queue, message in messages:
        waiting.setdefault(queue, []).append(message)
    for queue, found in waiting.items():
        if queue in names.CHANNELS:
            statistics.tell(queue, statistics.ACCEPTED, len(found))
    sent = sum(send(names.DOMAIN, queue, found) for queue, found in waiting.items())
    statistics.write()
    return sent
