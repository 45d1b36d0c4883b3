"""Deliveries that came about in a digest: its own delivery is theirs.

Nothing is written when a digest arrives, bounces or is opened. The digest's id follows from its
slot, and the moment of the slot is in the ledger, so readers find it.
"""

from collections.abc import Iterable

from chalicelib.notifications.core.caused_ids import digest_id
from chalicelib.notifications.core.message import DEDUPLICATED
from chalicelib.notifications.history import ledger, states

from shared.aws.dynamo import Item
from shared.base.clock import now_ms

# A slot that led to no digest by then had nothing to tell.
_LATEST_MS = 86_400_000


def outcomes(recipient_id: str, entries: Iterable[Item]) -> list[Item]:
    """Return ledger entries, those in digests with the digest's state.

    Such an entry has a ``digest_id``. What a full slot only counted, and no digest told of, is
    suppressed a day later. Calls: 1 Query per entry that was put into a digest.
    """
    return [
        _outcome(recipient_id, one) if one["state"] == states.DIGESTED and "due_at" in one else one
        for one in entries
    ]


def _outcome(recipient_id: str, entry: Item) -> Item:
    channel = entry["target"].partition("#")[0]
    digest = digest_id(recipient_id, channel, entry["due_at"])
    found = [one for one in ledger.entries(digest) if one["target"].startswith(f"{channel}#")]
    if found:
        best = max(found, key=lambda one: states.RANK[one["state"]])
        steps = [*entry.get("steps", ()), *best.get("steps", ())]
        return {**best, "steps": steps, "digest_id": digest}
    if now_ms() > entry["due_at"] + _LATEST_MS:
        return {**entry, "state": states.SUPPRESSED, "reason": DEDUPLICATED}
    return entry
