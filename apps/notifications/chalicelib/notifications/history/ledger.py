"""The ledger of deliveries to providers: claims, leases and outcomes.

    (absent) ── claim ──► claimed ──► sent
                 ▲  │        └──────► failed
                 └──┘ lease over or released

No provider takes an idempotency token, so exactly-once cannot be had. A claim with a
lease gives at-least-once: a second copy is sent only if a worker dies, or loses the
answer, between the provider's acceptance and the mark. The inbox is our own table: its
entries say themselves that they were delivered.
"""

import uuid
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.core.models import LEDGER
from chalicelib.notifications.history import attempts

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.observability import logger
from shared.base.process import process

CLAIMED = "claimed"
SENT = "sent"
FAILED = "failed"

# Longer than a worker may run (60 s), shorter than its queue's visibility (360 s): when the
# message of a dead worker returns, the lease is over.
LEASE_MS = 90_000

_MINE = "#state = :claimed AND #claim_id = :claim_id"


class LeaseHeld(Exception):
    """Another worker is sending this right now; the message must come again."""


class PermanentFailure(Exception):
    """A delivery that can never succeed.

    Attributes:
        reason: a short word for the ledger.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def target_key(channel: str, target: str) -> str:
    """Return the range key of a delivery: ``<channel>#<target>``."""
    return f"{channel}#{target}"


def send_once(notification_id: str, target: str, send: Callable[[], str]) -> bool:
    """Claim a delivery, send it and record the outcome.

    Args:
        target: from `target_key`.
        send: hands the message to the provider and returns the provider's id.

    Returns:
        True if this call sent it; False if it was sent before or failed for good.

    Raises:
        LeaseHeld: another worker holds the claim.
        Exception: any other error of ``send``; the claim is released for the retry.
    """
    claim_id = claim(notification_id, target)
    if claim_id is None:
        return False
    began, channel = process.clock.monotonic(), target.partition("#")[0]
    result: str | Exception | None = None
    try:
        result = provider_id = send()
    except PermanentFailure as failure:
        result = failure
        mark_failed(notification_id, target, failure.reason, claim_id)
        return False
    except Exception as failure:
        result = failure
        _release(notification_id, target, claim_id)
        raise
    finally:
        ms = (process.clock.monotonic() - began) * 1000
        attempts.note(notification_id, channel, result, ms)
    mark_sent(notification_id, target, provider_id)
    return True


def claim(notification_id: str, target: str, lease_ms: int = LEASE_MS) -> str | None:
    """Take a delivery for the length of a lease.

    Returns:
        the claim's id, ``None`` if the delivery is done.

    Raises:
        LeaseHeld: another worker's lease is still running.
    """
    now, claim_id = now_ms(), uuid.uuid4().hex
    taken = LEDGER.update(
        _key(notification_id, target),
        "SET #state = :claimed, #claim_id = :claim_id, #lease_until = :until, #updated_at = :now"
        " ADD #attempts :one",
        {"claimed": CLAIMED, "claim_id": claim_id, "until": now + lease_ms, "now": now, "one": 1},
        "attribute_not_exists(#state) OR (#state = :claimed AND #lease_until < :now)",
    )
    if taken:
        return claim_id
    if taken.item is not None and taken.item["state"] == CLAIMED:
        raise LeaseHeld(target)
    return None


def mark_sent(notification_id: str, target: str, provider_id: str) -> None:
    """Record that the provider accepted it.

    This is true whoever holds the claim, so it always wins.
    """
    LEDGER.update(
        _key(notification_id, target),
        "SET #state = :sent, #provider_id = :provider_id, #updated_at = :now"
        " REMOVE #lease_until, #reason",
        {"sent": SENT, "provider_id": provider_id, "now": now_ms()},
        "#state <> :sent",
    )


def mark_failed(notification_id: str, target: str, reason: str, claim_id: str) -> None:
    """Record that it can never be delivered; only the holder of the claim may."""
    LEDGER.update(
        _key(notification_id, target),
        "SET #state = :failed, #reason = :reason, #updated_at = :now REMOVE #lease_until",
        {
            "failed": FAILED,
            "reason": reason,
            "now": now_ms(),
            "claimed": CLAIMED,
            "claim_id": claim_id,
        },
        _MINE,
    )


def entries(notification_id: str) -> list[Item]:
    """Return all deliveries of a notification that have begun."""
    return list(LEDGER.query("#notification_id = :id", {"id": notification_id}, consistent=True))


def remove(notification_id: str) -> None:
    """Delete the deliveries of a notification: few targets, so one page."""
    found = LEDGER.page("#notification_id = :id", {"id": notification_id}).items
    LEDGER.batch_write(deletes=[_key(notification_id, item["target"]) for item in found])


def _key(notification_id: str, target: str) -> Item:
    return {"notification_id": notification_id, "target": target}


def _release(notification_id: str, target: str, claim_id: str) -> None:
    try:
        LEDGER.update(
            _key(notification_id, target),
            "SET #lease_until = :none, #updated_at = :now",
            {"none": 0, "now": now_ms(), "claimed": CLAIMED, "claim_id": claim_id},
            _MINE,
        )
    except (BotoCoreError, ClientError):
        # The lease ends by itself; the error that led here matters more.
        logger().warning("claim not released", notification_id=notification_id)
