"""Status of a notification, derived at every read.

Of the inbox, from its entry; of the other channels, from the ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.history import ledger, states

from shared.aws.dynamo import Item
from shared.base.clock import iso

ACCEPTED = "accepted"
DELIVERED = "delivered"
PARTIAL = "partial"
FAILED = "failed"

# What the list of channels says, which knows fewer words than the ledger.
_STATUS = {
    states.DEFERRED: states.QUEUED,
    states.DIGESTED: states.QUEUED,
    states.DELIVERED: states.SENT,
    states.OPENED: states.SENT,
    states.CLICKED: states.SENT,
    states.SUPPRESSED: states.FAILED,
    states.EXPIRED: states.FAILED,
    states.CANCELLED: states.FAILED,
}


def deliveries(
    content: Content, entries: Iterable[Item], inbox: Item | None, cancelled_at: int | None
) -> dict[str, list[Item]]:
    """Return ledger entries by channel, at least one per channel.

    Args:
        entries: of `ledger.entries`.
        inbox: entry of the recipient's inbox, if it arrived.
        cancelled_at: Unix ms of the cancellation, its own or that of all recipients. What waits
            is written down as cancelled when it is due, and shown so from now on.
    """
    found: dict[str, list[Item]] = {channel: [] for channel in content.channels}
    for entry in entries:
        shown = _cancelled(entry, cancelled_at) if cancelled_at else entry
        found.setdefault(entry["target"].partition("#")[0], []).append(shown)
    if inbox is not None:
        found.setdefault(names.INBOX, []).append(_inbox(inbox))
    return {
        channel: _without_decisions(some) or [_queued(content, channel)]
        for channel, some in found.items()
    }


def _cancelled(entry: Item, at: int) -> Item:
    if entry["state"] not in _NOT_BEGUN or "digest_id" in entry:
        return entry
    step = {"state": states.CANCELLED, "at": at, "reason": states.CANCELLED}
    steps = [*entry.get("steps", ()), step]
    told = {"state": states.CANCELLED, "reason": states.CANCELLED, "updated_at": at}
    return {**entry, **told, "steps": steps}


def channels(by_channel: Mapping[str, Sequence[Item]]) -> list[dict[str, Any]]:
    """Return each channel's status: of the target that got furthest."""
    return [_channel(name, max(found, key=_rank)) for name, found in by_channel.items()]


def overall(words: Sequence[str]) -> str:
    """Return one word for all channels: ``accepted`` until each has ended."""
    if any(word in (states.QUEUED, states.CLAIMED) for word in words):
        return ACCEPTED
    sent = sum(word == states.SENT for word in words)
    if sent == len(words):
        return DELIVERED
    return PARTIAL if sent else FAILED


def document(user_id: str, entry: Item) -> dict[str, Any]:
    """Return a delivery for the API, with its timeline.

    Args:
        user_id: the recipient as the sender named it.
    """
    channel, _, target = entry["target"].partition("#")
    shown = {
        "user_id": user_id,
        "channel": channel,
        "target": target,
        "state": entry["state"],
        "reason": entry.get("reason"),
        "detail": entry.get("detail"),
        "digest_id": entry.get("digest_id"),
        "at": iso(entry["updated_at"]),
        "due_at": iso(entry["due_at"]) if entry["state"] in _UNTIL else None,
        "timeline": [
            {
                "state": step["state"],
                "at": iso(step["at"]),
                **({"reason": step["reason"]} if "reason" in step else {}),
            }
            for step in entry.get("steps", ())
        ],
    }
    return {name: value for name, value in shown.items() if value is not None}


_UNTIL = frozenset({states.DEFERRED, states.DIGESTED})
# No worker has it: nothing is sent after a cancellation.
_NOT_BEGUN = _UNTIL | {states.QUEUED}


def _without_decisions(found: list[Item]) -> list[Item]:
    """Leave out the decision once the channel has targets; keep its steps."""
    decided = [one for one in found if one["target"].endswith(f"#{ledger.NO_KEY}")]
    targets = [one for one in found if one not in decided]
    if not targets or not decided:
        return found
    before = [step for one in decided for step in one.get("steps", ())]
    return [{**one, "steps": [*before, *one.get("steps", ())]} for one in targets]


def _rank(entry: Item) -> int:
    # Of targets that ended, a sent one counts, whatever became of the others.
    state = entry["state"]
    return states.RANK[state] + (10 if state in states.ARRIVED else 0)


def _inbox(entry: Item) -> Item:
    """The inbox entry as the ledger would tell of it."""
    at = entry.get("delivered_at", entry["created_at"])
    steps = [{"state": states.SENT, "at": at}]
    state = states.DELIVERED
    if "read_at" in entry:
        steps.append({"state": states.OPENED, "at": entry["read_at"]})
        state = states.OPENED
    return {
        "target": f"{names.INBOX}#{names.INBOX}",
        "state": state,
        "updated_at": steps[-1]["at"],
        "steps": steps,
    }


def _queued(content: Content, channel: str) -> Item:
    state = states.CANCELLED if content.cancelled_at else states.QUEUED
    at = content.cancelled_at or content.created_at
    return {"target": ledger.target_key(channel), "state": state, "updated_at": at}


def _channel(name: str, entry: Item) -> dict[str, Any]:
    status = _STATUS.get(entry["state"], entry["state"])
    shown = {"channel": name, "status": status, "updated_at": iso(entry["updated_at"])}
    reason = entry.get("detail") or entry.get("reason")
    if reason and status != states.SENT:
        shown["reason"] = reason
    return shown
