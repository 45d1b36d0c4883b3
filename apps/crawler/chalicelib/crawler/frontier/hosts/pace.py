"""The next moment of a host, for all runs and processes.

A turn takes the host for itself, so that two runs over one site alternate instead of
doubling its load: two updates per turn, none per page.
"""

from chalicelib.crawler.core.limits import LEASE_MS
from chalicelib.crawler.core.models import FRONTIER

from shared.base.clock import now_ms, now_seconds

_KEEP_SECONDS = 24 * 3600


def take(host: str, holder: str) -> int | None:
    """Take a host for one turn.

    Returns:
        its next moment in Unix milliseconds (0 if any is), or ``None`` if it is taken.
    """
    now = now_ms()
    taken = FRONTIER.update(
        _key(host),
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
    return int((taken.item or {}).get("next_at", 0)) if taken else None


def give_back(host: str, holder: str, next_at: int) -> None:
    """Let others have the host, from a moment on."""
    FRONTIER.update(
        _key(host),
        "SET #next_at = :next_at REMOVE #until, #holder",
        {"next_at": next_at, "holder": holder},
        "#holder = :holder",
    )


def _key(host: str) -> dict[str, str]:
    return {"part": f"host#{host}", "entry": "pace"}
