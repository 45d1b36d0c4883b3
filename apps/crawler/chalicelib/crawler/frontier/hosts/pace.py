"""The next moment of a host and its learned delay, for all runs.

A turn takes the host for itself, so that two runs over one site alternate instead of
doubling its load: two updates per turn, none per page.
"""

from dataclasses import dataclass

from chalicelib.crawler.core.limits import LEASE_MS
from chalicelib.crawler.core.models import FRONTIER

from shared.base.clock import now_ms, now_seconds

_KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Moment:
    """State of a host between turns.

    Attributes:
        next_at: Unix milliseconds of the next request; 0 if any is.
        delay_ms / usual_ms: see `fetching.slowdown.Pace`, in milliseconds.
    """

    next_at: int = 0
    delay_ms: int = 0
    usual_ms: int = 0


def take(host: str, holder: str) -> Moment | None:
    """Take a host for one turn; ``None`` if another turn has it."""
    now = now_ms()
    taken = FRONTIER.update(
        key(host),
        "SET #until = :until, #holder = :holder, #expires_at = :expires",
        {
            "until": now + LEASE_MS,
            "holder": holder,
            "now": now,
            "expires": now_seconds() + _KEEP_SECONDS,
        },
        "attribute_not_exists(#until) OR #until < :now OR #holder = :holder",
        returning="ALL_NEW",
    )
    if not taken:
        return None
    found = taken.item or {}
    return Moment(*(int(found.get(name, 0)) for name in ("next_at", "delay_ms", "usual_ms")))


def give_back(host: str, holder: str, moment: Moment) -> None:
    """Let others have the host, from a moment on."""
    FRONTIER.update(
        key(host),
        "SET #next_at = :next_at, #delay_ms = :delay_ms, #usual_ms = :usual_ms"
        " REMOVE #until, #holder",
        {
            "next_at": moment.next_at,
            "delay_ms": moment.delay_ms,
            "usual_ms": moment.usual_ms,
            "holder": holder,
        },
        "#holder = :holder",
    )


def key(host: str) -> dict[str, str]:
    """Return the key of a host's moment."""
    return {"part": f"host#{host}", "entry": "pace"}
