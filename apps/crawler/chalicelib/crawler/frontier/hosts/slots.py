"""Slots of a run: at most so many of its hosts are worked on at a time."""

from chalicelib.crawler.core.limits import LEASE_MS
from chalicelib.crawler.core.models import FRONTIER
from chalicelib.crawler.frontier.hosts.chunks import expiry

from shared.base.clock import now_ms
from shared.text import canonical_urls

# Free slots asked for one after the other; whoever is refused by so many comes back later.
_ATTEMPTS = 3


def take(run_id: str, slots: int, host: str, holder: str) -> int | None:
    """Take a free slot; returns its number, or ``None``.

    Calls: one update; if that slot is taken, one Query and an update or none.
    """
    # Hosts that ask at the same moment begin at different ones.
    first = int(canonical_urls.digest(host)[:8], 16)
    if _take(run_id, first % slots, holder):
        return first % slots
    free = _free(run_id, slots, holder)
    start = first % max(1, len(free))
    for slot in (free[start:] + free[:start])[:_ATTEMPTS]:
        if _take(run_id, slot, holder):
            return slot
    return None


def _take(run_id: str, slot: int, holder: str) -> bool:
    now = now_ms()
    return bool(
        FRONTIER.update(
            _key(run_id, slot),
            "SET #holder = :holder, #until = :until, #expires_at = :expires",
            {"holder": holder, "until": now + LEASE_MS, "now": now, "expires": expiry()},
            "attribute_not_exists(#until) OR #until < :now OR #holder = :holder",
        )
    )


def _free(run_id: str, slots: int, holder: str) -> list[int]:
    """Numbers of slots that nobody holds (eventually consistent)."""
    now = now_ms()
    found = FRONTIER.query("#part = :part", {"part": _part(run_id)})
    held = {
        int(item["entry"])
        for item in found
        if item.get("until", 0) >= now and item["holder"] != holder
    }
    return [slot for slot in range(slots) if slot not in held]


def give_back(run_id: str, slot: int, holder: str) -> None:
    """Free a slot."""
    FRONTIER.update(
        _key(run_id, slot), "REMOVE #until, #holder", {"holder": holder}, "#holder = :holder"
    )


def _key(run_id: str, slot: int) -> dict[str, str]:
    return {"part": _part(run_id), "entry": str(slot)}


def _part(run_id: str) -> str:
    return f"{run_id}#slots"
