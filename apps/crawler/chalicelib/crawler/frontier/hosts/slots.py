"""Slots of a run: at most so many of its hosts are worked on at a time."""

from chalicelib.crawler.core.limits import LEASE_MS
from chalicelib.crawler.core.models import FRONTIER
from chalicelib.crawler.frontier.hosts.chunks import expiry

from shared.base.clock import now_ms
from shared.text import canonical_urls

# Slots asked for one after the other; whoever finds none comes back later.
_ATTEMPTS = 3


def take(run_id: str, slots: int, host: str, holder: str) -> int | None:
    """Take a free slot; returns its number, or ``None``."""
    first = int(canonical_urls.digest(host)[:8], 16)
    now = now_ms()
    for attempt in range(min(_ATTEMPTS, slots)):
        slot = (first + attempt) % slots
        taken = FRONTIER.update(
            _key(run_id, slot),
            "SET #holder = :holder, #until = :until, #expires_at = :expires",
            {"holder": holder, "until": now + LEASE_MS, "now": now, "expires": expiry()},
            "attribute_not_exists(#until) OR #until < :now OR #holder = :holder",
        )
        if taken:
            return slot
    return None


def give_back(run_id: str, slot: int, holder: str) -> None:
    """Free a slot."""
    FRONTIER.update(
        _key(run_id, slot), "REMOVE #until, #holder", {"holder": holder}, "#holder = :holder"
    )


def _key(run_id: str, slot: int) -> dict[str, str]:
    return {"part": f"{run_id}#slots", "entry": str(slot)}
