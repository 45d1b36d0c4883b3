"""The ledger of deliveries: who is sending what to which target, and how it ended.

    (absent) ── claim ──► claimed ──► sent
                 ▲  │        └──────► failed
                 └──┘ lease over or released

No provider takes an idempotency token, so exactly-once cannot be had. A claim
with a lease gives at-least-once, with a second copy only when a worker dies
(or loses its answer) between the provider's acceptance and the mark.
"""

import uuid
from collections.abc import Callable
from typing import Any

from chalicelib.notifications.core.models import LedgerModel
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from shared.base.clock import now_ms
from shared.base.observability import logger

CLAIMED = "claimed"
SENT = "sent"
FAILED = "failed"

# Longer than a worker may run (60 s), shorter than its queue's visibility (360 s): the message
# of a worker that died returns when the lease is over.
LEASE_MS = 90_000


class LeaseHeld(Exception):
    """Another worker is sending this right now; the message must come again."""


class PermanentFailure(Exception):
    """The delivery can never succeed; ``reason`` is a short word for the ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def target_key(channel: str, target: str) -> str:
    """Range key of a delivery: ``<channel>#<target>``."""
    return f"{channel}#{target}"


def send_once(notification_id: str, target: str, send: Callable[[], str]) -> bool:
    """Claim a delivery, send it and write down how it ended.

    Args:
        target: from `target_key`.
        send: hands the message to the provider and returns the provider's id.

    Returns:
        whether this call sent it; False when it was done before or failed for good.

    Raises:
        LeaseHeld: another worker holds the claim.
        Exception: whatever else ``send`` raised; the claim is released for the retry.
    """
    claim_id = claim(notification_id, target)
    if claim_id is None:
        return False
    try:
        provider_id = send()
    except PermanentFailure as failure:
        mark_failed(notification_id, target, failure.reason, claim_id)
        return False
    except Exception:
        _release(notification_id, target, claim_id)
        raise
    mark_sent(notification_id, target, provider_id)
    return True


def claim(notification_id: str, target: str, lease_ms: int | None = None) -> str | None:
    """Take a delivery for the length of a lease.

    Returns:
        the claim's id, ``None`` when the delivery is done.

    Raises:
        LeaseHeld: somebody else's lease still runs.
    """
    now, claim_id = now_ms(), uuid.uuid4().hex
    lapsed = (LedgerModel.state == CLAIMED) & (LedgerModel.lease_until < now)
    taken = _update(
        LedgerModel(notification_id, target),
        [
            LedgerModel.state.set(CLAIMED),
            LedgerModel.claim_id.set(claim_id),
            LedgerModel.lease_until.set(now + (LEASE_MS if lease_ms is None else lease_ms)),
            LedgerModel.updated_at.set(now),
            LedgerModel.attempts.add(1),
        ],
        LedgerModel.state.does_not_exist() | lapsed,
    )
    if taken:
        return claim_id
    if LedgerModel.get(notification_id, target, consistent_read=True).state == CLAIMED:
        raise LeaseHeld(target)
    return None


def mark_sent(notification_id: str, target: str, provider_id: str) -> None:
    """The provider took it. True whoever holds the claim by now, so it always wins."""
    _update(
        LedgerModel(notification_id, target),
        [
            LedgerModel.state.set(SENT),
            LedgerModel.provider_id.set(provider_id),
            LedgerModel.updated_at.set(now_ms()),
            LedgerModel.lease_until.remove(),
            LedgerModel.reason.remove(),
        ],
        LedgerModel.state != SENT,
    )


def mark_failed(notification_id: str, target: str, reason: str, claim_id: str) -> None:
    """It can never be delivered; only the holder of the claim may say so."""
    _update(
        LedgerModel(notification_id, target),
        [
            LedgerModel.state.set(FAILED),
            LedgerModel.reason.set(reason),
            LedgerModel.updated_at.set(now_ms()),
            LedgerModel.lease_until.remove(),
        ],
        (LedgerModel.state == CLAIMED) & (LedgerModel.claim_id == claim_id),
    )


def entries(notification_id: str) -> list[LedgerModel]:
    """All deliveries of a notification that have begun."""
    return list(LedgerModel.query(notification_id, consistent_read=True))


def _release(notification_id: str, target: str, claim_id: str) -> None:
    try:
        _update(
            LedgerModel(notification_id, target),
            [LedgerModel.lease_until.set(0), LedgerModel.updated_at.set(now_ms())],
            (LedgerModel.state == CLAIMED) & (LedgerModel.claim_id == claim_id),
        )
    except UpdateError:
        # The lease ends by itself; the error that led here matters more.
        logger().warning("claim not released", notification_id=notification_id)


def _update(entry: LedgerModel, actions: list[Any], condition: Condition) -> bool:
    """Update conditionally; False when the condition does not hold."""
    try:
        entry.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True
