"""What became of a notification, read from the ledger: the one place that knows."""

from collections.abc import Sequence
from typing import Any

from chalicelib.notifications.core.models import Content, LedgerModel
from chalicelib.notifications.delivery import ledger

from shared.base.clock import iso

ACCEPTED = "accepted"
DELIVERED = "delivered"
PARTIAL = "partial"
FAILED = "failed"

QUEUED = "queued"

# Of several targets in one channel the one that got furthest speaks for it.
_RANK = {ledger.FAILED: 0, ledger.CLAIMED: 1, ledger.SENT: 2}


def channels(content: Content) -> list[dict[str, Any]]:
    """The state of each channel in the API's words (one Query of the ledger)."""
    furthest: dict[str, LedgerModel] = {}
    for entry in ledger.entries(content.id):
        name = entry.target.partition("#")[0]
        best = furthest.get(name)
        if best is None or _RANK[entry.state] > _RANK[best.state]:
            furthest[name] = entry
    return [_channel(name, furthest.get(name), content) for name in content.channels]


def overall(states: Sequence[str]) -> str:
    """One word for all channels: ``accepted`` while any of them is still at work."""
    if any(state in (QUEUED, ledger.CLAIMED) for state in states):
        return ACCEPTED
    sent = sum(state == ledger.SENT for state in states)
    if sent == len(states):
        return DELIVERED
    return PARTIAL if sent else FAILED


def _channel(name: str, entry: LedgerModel | None, content: Content) -> dict[str, Any]:
    if entry is None:
        return {"channel": name, "status": QUEUED, "updated_at": iso(content.created_at)}
    shown = {"channel": name, "status": entry.state, "updated_at": iso(int(entry.updated_at))}
    if entry.reason:
        shown["reason"] = entry.reason
    return shown
