"""Delays that a process has learned of hosts, for both frontiers.

Crawls by hosts share them between processes and runs: a turn brings them along with the
host's next moment, and gives them back (`frontier.hosts.pace`). Plain runs learn per process.
"""

from ada_url import URL
from chalicelib.crawler.fetching import slowdown
from chalicelib.crawler.fetching.politeness import delay_for
from chalicelib.crawler.fetching.slowdown import UNKNOWN, Pace
from chalicelib.crawler.frontier.visited import PageResult

from shared.base.process import Cache, process

_HOSTS = 10_000
_KEEP_SECONDS = 3600


class Paces:
    """Paces of hosts, as far as this process knows them."""

    def __init__(self) -> None:
        self._known: Cache[str, Pace] = process.cache(_HOSTS, seconds=_KEEP_SECONDS)

    def of(self, url: str) -> Pace:
        """Return the pace of an address's host."""
        return self._known.get(URL(url).host) or UNKNOWN

    def set(self, url: str, pace: Pace) -> None:
        """Take over what another process has learned."""
        self._known.put(URL(url).host, pace)

    def delay(self, url: str, asked: float) -> float:
        """Return the seconds between requests; 0 if the host needs no care.

        Args:
            asked: the site's delay in seconds.
        """
        delay = delay_for(url, asked)
        return delay + self.of(url).delay if delay else 0.0

    def learn(self, url: str, result: PageResult, *, failed: bool = False) -> None:
        """Learn from a visit.

        Args:
            failed: it may go better later, so the host may be overloaded.
        """
        if failed or result.latency_ms is not None:
            self._known.change(
                URL(url).host,
                lambda pace: slowdown.after(
                    pace or UNKNOWN,
                    latency_ms=result.latency_ms,
                    status=result.status_code,
                    retry_after=result.retry_after,
                ),
            )
