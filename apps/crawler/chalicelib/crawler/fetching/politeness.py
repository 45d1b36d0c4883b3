"""Delays between requests to one host, within one process.

Processes do not know of each other: N of them send a host N times as many requests. The
event source's maximum concurrency bounds N. In crawls by hosts the delays are exact.
"""

import threading
from ipaddress import ip_address

from ada_url import URL
from chalicelib.crawler.core.limits import DEFAULT_DELAY_MS, configured_delay_ms

from shared.base.process import Cache, process

_HOSTS = 10_000


class HostGate:
    """Hands out the moments at which a host may be sent a request."""

    def __init__(self) -> None:
        # Finding a moment and reserving it are one step.
        self._lock = threading.Lock()
        self._next: Cache[str, float] = process.cache(_HOSTS, seconds=600)

    def reserve(self, url: str, delay: float, patience: float) -> float:
        """Return the seconds to wait before a request to the URL's host.

        The moment is reserved if the wait is within ``patience``; a longer wait reserves
        nothing, and the caller must come back later.

        Args:
            delay: seconds between this request and the next one.
            patience: the longest wait, in seconds, that the caller takes.
        """
        if delay <= 0:
            return 0.0
        host = URL(url).host
        now = process.clock.monotonic()
        with self._lock:
            moment = max(now, self._next.get(host) or 0.0)
            wait = moment - now
            if wait <= patience:
                self._next.put(host, moment + delay)
        return wait

    def hold(self, url: str, seconds: float) -> None:
        """Let the URL's host rest, at least so long from now on."""
        if seconds <= 0:
            return
        host, moment = URL(url).host, process.clock.monotonic() + seconds
        with self._lock:
            self._next.put(host, max(moment, self._next.get(host) or 0.0))


def delay_for(url: str, asked: float) -> float:
    """Return the seconds between requests: the site's delay or our own.

    The longer one counts. Our own is ``CRAWL_DELAY_MS``; by default one second, and none
    for loopback hosts.

    Args:
        asked: the site's delay in seconds.
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
