"""Status of a notification, derived at every read.

Of the inbox, from its entry; of the other channels, from the ledger.
"""

from collections.abc import Sequence
from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.history import ledger

from shared.aws.dynamo import Item
from shared.base.clock import iso

ACCEPTED = "accepted"
DELIVERED = "delivered"
PARTIAL = "partial"
FAILED = "failed"

QUEUED = "queued"

# Of several targets in one channel, the one that got furthest gives the channel's status.
_RANK = {ledger.FAILED: 0, ledger.CLAIMED: 1, ledger.SENT: 2}


def channels(content: Content, arrived_at: int | None) -> list[dict[str, Any]]:
    """Return each channel's status for the API (one Query of the ledger).

    Args:
        arrived_at: moment (Unix ms) at which it came into the inbox, if it did.
    """
    furthest: dict[str, Item] = {}
    if arrived_at is not None:
        furthest[names.INBOX] = {"state": ledger.SENT, "updated_at": arrived_at}
    for entry in ledger.entries(content.id):
        name = entry["target"].partition("#")[0]
        best = furthest.get(name)
        if best is None or _RANK[entry["state"]] > _RANK[best["state"]]:
            furthest[name] = entry
    return [_channel(name, furthest.get(name), content) for name in content.channels]


def overall(states: Sequence[str]) -> str:
    """Return one word for all channels: ``accepted`` until each has ended."""
    if any(state in (QUEUED, ledger.CLAIMED) for state in states):
        return ACCEPTED
    sent = sum(state == ledger.SENT for state in states)
    if sent == len(states):
        return DELIVERED
    return PARTIAL if sent else FAILED


def _channel(name: str, entry: Item | None, content: Content) -> dict[str, Any]:
    if entry is None:
        return {"channel": name, "status": QUEUED, "updated_at": iso(content.created_at)}
    shown = {"channel": name, "status": entry["state"], "updated_at": iso(entry["updated_at"])}
    if entry.get("reason"):
        shown["reason"] = entry["reason"]
    return shown
