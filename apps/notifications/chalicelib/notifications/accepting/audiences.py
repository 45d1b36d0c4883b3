"""Notifications to several recipients: one child for each, in slices.

A walk over the audience. A child's id follows from its parent and recipient, so a slice that
is repeated makes nothing twice.
"""

from dataclasses import dataclass, replace

from chalicelib.notifications.accepting import segments
from chalicelib.notifications.accepting.sending import routed
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import caused_id
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.history import ledger, notifications, states
from chalicelib.notifications.topics import subscribers

from shared.aws.walks import Job, Position, Walk
from shared.base.clock import now_ms
from shared.base.process import process


@dataclass(frozen=True)
class AudienceLimits:
    """Sizes of a walk over an audience.

    Attributes:
        slice: recipients per message, one conditional put each.
    """

    slice: int = 25


def expand(job: Job, position: Position | None) -> Position | None:
    """Make the children of the next recipients; none if it was cancelled.

    Recipients who were erased meanwhile get none (1 SQL statement per slice and kind).
    """
    parent = notifications.find(job["notification_id"])
    if parent is None or parent.audience is None:
        return None
    if parent.cancelled_at is not None or parent.is_expired(now_ms()):
        notifications.leave_out_from(parent, int((position or {}).get("from", 0)))
        ledger.record(parent.id, ledger.WALKED, states.SENT)
        return None
    size = process.limits(AudienceLimits).slice
    found, after = some(parent, position, size)
    erased = directory.store().erased_among(found)
    for recipient in found:
        if recipient in erased:
            notifications.leave_out(parent.id, recipient)
        else:
            notifications.create(child(parent, recipient))
    if after is None:
        ledger.record(parent.id, ledger.WALKED, states.SENT)
    return after


def some(
    parent: Content, position: Position | None, size: int
) -> tuple[list[str], Position | None]:
    """Return the next recipients of an audience, and the position after them."""
    audience = parent.audience or {}
    if "ids" in audience:
        first = int(position["from"]) if position else 0
        ids: list[str] = audience["ids"]
        until = first + size
        found = [one for one in ids[first:until] if one != notifications.NOBODY]
        return found, {"from": until} if until < len(ids) else None
    if "segment" in audience:
        segment = audience["segment"]
        return segments.some(segment["owner"], segment["where"], position, size)
    after = position["after"] if position else None
    found = subscribers.page(audience["topic"], after, size)
    return found, {"after": found[-1]} if len(found) == size else None


def child(parent: Content, recipient: str) -> Content:
    """Return the part of a notification that goes to one recipient."""
    return routed(
        replace(
            parent,
            id=caused_id(parent.created_at, parent.id, recipient),
            parent_id=parent.id,
            user_id=recipient,
            # Every entry of an inbox has an actor; API keys are none.
            actor_id=parent.actor_id or recipient,
            audience=None,
        )
    )


# Names of steps are in messages under way, so they stay.
walk = Walk(names.DOMAIN, names.AUDIENCES_QUEUE, {"expand": expand})
