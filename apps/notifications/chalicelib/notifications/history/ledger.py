"""The ledger of deliveries: claims, leases, outcomes and their timeline.

    (absent), deferred, queued ── claim ──► claimed ──► sent ──► delivered, opened, clicked
                 ▲                           │  └─────► failed, suppressed
                 └──── lease over, released ─┘

No provider takes an idempotency token, so exactly-once cannot be had. A claim with a
lease gives at-least-once: a second copy is sent only if a worker dies, or loses the
answer, between the provider's acceptance and the mark. A category may choose at-most-once.
The inbox is our own table: its entries say themselves that they were delivered.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    BOUNCED,
    COMPLAINED,
    CONFIGURATION,
    NO_TARGET,
    PROVIDER_DOWN,
    ConfigurationFailure,
    PermanentFailure,
    TransientFailure,
)
from chalicelib.notifications.core.models import BY_PROVIDER, LEDGER
from chalicelib.notifications.history import attempts, states, statistics, steps
from chalicelib.notifications.history.states import CLAIMED, FAILED, QUEUED, SENT, SUPPRESSED

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.observability import logger
from shared.base.process import process

# Longer than a worker may run (60 s), shorter than its queue's visibility (360 s): when the
# message of a dead worker returns, the lease is over.
LEASE_MS = 90_000
# Where a decision has no target yet.
NO_KEY = "-"
# Entry of one to several recipients: the walk over its audience is over.
WALKED = "audience#-"
# Reasons of failures that are no failures of sending.
_SUPPRESSING = frozenset({NO_TARGET, "opted_out", "unsubscribed", BOUNCED, COMPLAINED})
# Channels whose receipts may name a delivery by the provider's id alone. Those of mails carry
# the notification's id as a tag, so mails do without the index, a write each.
_WITH_RECEIPTS = frozenset({names.SMS})

# States of which a delivery may be claimed; of a claim, when its lease is over.
_FREE = frozenset({states.DEFERRED, states.DIGESTED, QUEUED, CLAIMED})

_MINE = "#state = :claimed AND #claim_id = :claim_id"


class LeaseHeld(Exception):
    """Another worker is sending this right now; the message must come again."""


class Bound(Exception):
    """Another provider may have taken it: only that one may be asked again.

    Attributes:
        adapter: name of the provider's adapter.
    """

    def __init__(self, adapter: str) -> None:
        super().__init__(adapter)
        self.adapter = adapter


@dataclass(frozen=True)
class LedgerLimits:
    """Bounds of the ledger: milliseconds that a claim holds."""

    lease_ms: int = LEASE_MS


@dataclass(frozen=True)
class Claim:
    """A worker's right to send one delivery, for the length of a lease."""

    notification_id: str
    target: str
    id: str
    began: float = field(default_factory=process.clock.monotonic)


def target_key(channel: str, target: str = NO_KEY) -> str:
    """Return the range key of a delivery: ``<channel>#<target>``."""
    return f"{channel}#{target}"


def send_once(
    notification_id: str, target: str, send: Callable[[], str], *, at_most_once: bool = False
) -> bool:
    """Claim a delivery, send it and record the outcome.

    Args:
        target: from `target_key`.
        send: hands the message to the provider and returns the provider's id.
        at_most_once: never send what an earlier worker may have sent.

    Returns:
        True if this call sent it; False if it was sent before or failed for good.

    Raises:
        LeaseHeld: another worker holds the claim.
        Exception: any other error of ``send``; the claim is released for the retry.
    """
    claimed = claim(notification_id, target, at_most_once=at_most_once)
    if claimed is None:
        return False
    try:
        outcome: str | Exception = send()
    except Exception as failure:
        outcome = failure
    return settle(claimed, outcome, at_most_once=at_most_once)


def claim(
    notification_id: str,
    target: str,
    lease_ms: int | None = None,
    *,
    at_most_once: bool = False,
    adapter: str = "",
    others: Sequence[str] = (),
) -> Claim | None:
    """Take a delivery for the length of a lease.

    Args:
        lease_ms: another length than that of `LedgerLimits`.
        adapter: name of the adapter that is to send it, if the channel has ``others``.

    Returns:
        ``None`` if the delivery is done.

    Raises:
        LeaseHeld: another worker's lease is still running.
        Bound: one of the others may have sent it.
    """
    now, claim_id = now_ms(), uuid.uuid4().hex
    lease = process.limits(LedgerLimits).lease_ms if lease_ms is None else lease_ms
    free = "attribute_not_exists(#state) OR #state IN (:deferred, :digested, :queued)"
    if not at_most_once:
        free += " OR (#state = :claimed AND #lease_until < :now)"
    values: Item = {
        "claimed": CLAIMED,
        "deferred": states.DEFERRED,
        "digested": states.DIGESTED,
        "queued": QUEUED,
        "claim_id": claim_id,
        "until": now + lease,
        "now": now,
        "one": 1,
    }
    sets = "#state = :claimed, #claim_id = :claim_id, #lease_until = :until, #updated_at = :now"
    if others:
        sets += ", #adapter = :adapter"
        named = {f"other{number}": one for number, one in enumerate(others)}
        values |= {"adapter": adapter, **named}
        listed = ", ".join(f":{one}" for one in named)
        free = f"({free}) AND (attribute_not_exists(#adapter) OR NOT #adapter IN ({listed}))"
    taken = steps.write(
        notification_id, target, sets, values, free, {"state": CLAIMED}, "ADD #attempts :one"
    )
    if taken:
        return Claim(notification_id, target, claim_id)
    item = taken.item or {}
    if item.get("state") == CLAIMED:
        if item["lease_until"] >= now:
            raise LeaseHeld(target)
        if at_most_once:
            # Its worker died with it: whether it was sent is unknown, so it stays unsent.
            lost = Claim(notification_id, target, item["claim_id"])
            mark_failed(lost, PROVIDER_DOWN, "unknown_outcome")
            return None
    if item.get("state") in _FREE and item.get("adapter") in others:
        raise Bound(item["adapter"])
    return None


def settle(claimed: Claim, outcome: str | Exception, *, at_most_once: bool = False) -> bool:
    """Record what became of a claimed delivery.

    Args:
        outcome: the provider's id, or what sending raised.

    Returns:
        True if it was sent, False if it failed for good.

    Raises:
        Exception: the outcome, if it may pass; the claim is released for the retry.
    """
    ms = (process.clock.monotonic() - claimed.began) * 1000
    attempts.note(claimed.notification_id, claimed.target.partition("#")[0], outcome, ms)
    if isinstance(outcome, str):
        mark_sent(claimed.notification_id, claimed.target, outcome)
        return True
    if isinstance(outcome, PermanentFailure):
        mark_failed(claimed, outcome.reason, outcome.detail)
        return False
    unsent = isinstance(outcome, ConfigurationFailure) or (
        isinstance(outcome, TransientFailure) and outcome.unsent
    )
    if at_most_once and not unsent:
        mark_failed(claimed, PROVIDER_DOWN, "unknown_outcome")
        return False
    reason = CONFIGURATION if isinstance(outcome, ConfigurationFailure) else PROVIDER_DOWN
    _release(claimed, reason, unsent=unsent)
    raise outcome


def mark_sent(notification_id: str, target: str, provider_id: str) -> None:
    """Record that the provider accepted it.

    This is true whoever holds the claim, so it wins over all but later receipts.
    """
    channel = target.partition("#")[0]
    sets = "#state = :sent, #provider_id = :provider_id, #updated_at = :now"
    values: Item = {
        "sent": SENT,
        "provider_id": provider_id,
        "now": now_ms(),
        "delivered": states.DELIVERED,
        "opened": states.OPENED,
        "clicked": states.CLICKED,
        "bounced": BOUNCED,
        "complained": COMPLAINED,
    }
    if channel in _WITH_RECEIPTS:
        sets += ", #receipt_key = :receipt_key"
        values["receipt_key"] = f"{channel}#{provider_id}"
    steps.write(
        notification_id,
        target,
        sets,
        values,
        "NOT #state IN (:sent, :delivered, :opened, :clicked)"
        " AND (attribute_not_exists(#reason) OR NOT #reason IN (:bounced, :complained))",
        {"state": SENT},
        "REMOVE #lease_until, #reason, #detail",
    )


def mark_failed(claimed: Claim, reason: str, detail: str | None = None) -> None:
    """Record that it can never be delivered; only the holder of the claim may."""
    state = SUPPRESSED if reason in _SUPPRESSING else FAILED
    values: Item = {
        "ended": state,
        "reason": reason,
        "detail": detail,
        "now": now_ms(),
        "claimed": CLAIMED,
        "claim_id": claimed.id,
    }
    sets = "#state = :ended, #reason = :reason, #updated_at = :now"
    if detail is not None:
        sets += ", #detail = :detail"
    step = {"state": state, "reason": reason}
    steps.write(
        claimed.notification_id, claimed.target, sets, values, _MINE, step, "REMOVE #lease_until"
    )


def record(
    notification_id: str,
    target: str,
    state: str,
    reason: str | None = None,
    provider_id: str | None = None,
    *,
    due_at: int | None = None,
    detail: str | None = None,
) -> bool:
    """Move a delivery forward to a state; repetitions change nothing (1 WRU).

    Args:
        target: from `target_key`.
        state: of `states.STATES`; it must rank above the present one.
        due_at: Unix ms until which it is deferred; a deferral to another moment replaces it.

    Returns:
        whether it moved.
    """
    values: Item = {"state": state, "now": now_ms()}
    given = {"reason": reason, "provider_id": provider_id, "due_at": due_at, "detail": detail}
    sets = "#state = :state, #updated_at = :now"
    for name, value in given.items():
        if value is not None:
            sets += f", #{name} = :{name}"
            values[name] = value
    lower = states.below(state)
    values |= {f"s{number}": one for number, one in enumerate(lower)}
    condition = "attribute_not_exists(#state)"
    if lower:
        condition += f" OR #state IN ({', '.join(f':s{number}' for number in range(len(lower)))})"
    if due_at is not None:
        condition += " OR (#state = :state AND #due_at <> :due_at)"
    step: Item = {"state": state}
    if reason is not None:
        step["reason"] = reason
    moved = bool(steps.write(notification_id, target, sets, values, condition, step))
    if moved and state == states.DELIVERED:
        statistics.tell(target.partition("#")[0], statistics.DELIVERED)
    return moved


def find_by_provider(channel: str, provider_id: str) -> Item | None:
    """Return ``notification_id`` and ``target`` of a delivery, for receipts.

    Of SMS alone (1 Query); receipts of mails carry the notification's id.
    """
    found = LEDGER.page(
        "#receipt_key = :key", {"key": f"{channel}#{provider_id}"}, index=BY_PROVIDER, limit=1
    ).items
    return found[0] if found else None


def entries(notification_id: str) -> list[Item]:
    """Return all deliveries of a notification that have begun."""
    return list(LEDGER.query("#notification_id = :id", {"id": notification_id}, consistent=True))


def remove(notification_id: str) -> None:
    """Delete the deliveries of a notification: few targets, so one page."""
    found = LEDGER.page("#notification_id = :id", {"id": notification_id}).items
    LEDGER.batch_write(deletes=[steps.key(notification_id, item["target"]) for item in found])


def _release(claimed: Claim, reason: str, *, unsent: bool) -> None:
    """Give a claim up; any provider may be asked next if nothing was sent."""
    values: Item = {
        "queued": QUEUED,
        "reason": reason,
        "now": now_ms(),
        "claimed": CLAIMED,
        "claim_id": claimed.id,
    }
    sets = "#state = :queued, #reason = :reason, #updated_at = :now"
    step = {"state": QUEUED, "reason": reason}
    try:
        more = "REMOVE #lease_until, #adapter" if unsent else "REMOVE #lease_until"
        steps.write(claimed.notification_id, claimed.target, sets, values, _MINE, step, more)
    except (BotoCoreError, ClientError):
        # The lease ends by itself; the error that led here matters more.
        logger().warning("claim not released", notification_id=claimed.notification_id)
