"""Pauses between requests to one host, kept by each process for itself.

Processes do not know of each other: N of them ask a host N times as often.
The event source's maximum concurrency bounds N; handing out hosts in turns
is left to another `Frontier`.
"""

import threading
import time
from ipaddress import ip_address

from ada_url import URL
from cachetools import TTLCache
from chalicelib.crawler.core.limits import DEFAULT_DELAY_MS, configured_delay_ms

_HOSTS = 10_000


class HostGate:
    """Hands out moments at which a host may be asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: TTLCache[str, float] = TTLCache(_HOSTS, 600)

    def reserve(self, url: str, delay: float, patience: float) -> float:
        """Seconds to wait before asking the URL's host.

        The moment is reserved when the wait is within ``patience``; a longer
        wait reserves nothing, the caller is to come back later.

        Args:
            delay: seconds that this request keeps from the next one.
        """
        if delay <= 0:
            return 0.0
        host = URL(url).host
        now = time.monotonic()
        with self._lock:
            moment = max(now, self._next.get(host, 0.0))
            wait = moment - now
            if wait <= patience:
                self._next[host] = moment + delay
        return wait


def delay_for(url: str, asked: float) -> float:
    """Seconds between requests: the site's wish, but at least our own setting.

    Our own is ``CRAWL_DELAY_MS``, by default one second and none for loopback.
    """
    own = configured_delay_ms()
    if own is None:
        own = 0 if _is_loopback(URL(url).hostname) else DEFAULT_DELAY_MS
    return max(asked, own / 1000)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
