"""X's rate-limit headers and 429, counted per process in fifteen-minute windows.

The count is per process and therefore approximate across Lambda instances; it
protects an instance and gives clients the headers they schedule by.
"""

import os
import threading
from typing import Any

from cachetools import TTLCache

from shared.auth import Principal
from shared.clock import now_seconds
from shared.errors import too_many_requests

WINDOW_SECONDS = 15 * 60

_lock = threading.Lock()
_used: TTLCache[tuple[str, str, int], int] = TTLCache(maxsize=100_000, ttl=WINDOW_SECONDS)


def multiplier() -> int:
    """How many times X's documented limits this installation grants."""
    return int(os.environ.get("RATE_LIMIT_MULTIPLIER", "1"))


def take(principal: Principal | None, source_ip: str, endpoint: Any) -> dict[str, str]:
    """Count one request and return the ``x-rate-limit-*`` headers.

    Raises:
        Problem: 429 when the caller's window is used up.
    """
    caller = principal.subject if principal else f"ip:{source_ip}"
    window = now_seconds() // WINDOW_SECONDS
    reset = (window + 1) * WINDOW_SECONDS
    limit = endpoint.limit * multiplier()
    key = (caller, f"{endpoint.method} {endpoint.path}", window)
    with _lock:
        used = _used.get(key, 0) + 1
        _used[key] = used
    if used > limit:
        raise too_many_requests(reset, limit)
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(limit - used),
        "x-rate-limit-reset": str(reset),
    }
