"""robots.txt (RFC 9309), read once per origin and hour in each process."""

import threading
from dataclasses import dataclass
from typing import Any

from ada_url import URL
from cachetools import TTLCache
from chalicelib.crawler.core.limits import (
    BOT,
    CRAWL_PORTS,
    MAX_CRAWL_DELAY_SECONDS,
    MAX_HOPS,
    ROBOTS_BYTES,
    ROBOTS_SECONDS,
    user_agent,
)

from shared.net.fetch import FetchError, fetch

# RFC 9309 section 2.4 allows a cached copy for a day; unreachable is looked at again soon.
_FRESH_SECONDS = 3600
_UNREACHABLE_SECONDS = 30
_ORIGINS = 1000


class RobotsUnreachable(Exception):
    """The file could not be read for a reason that may pass: nothing may be fetched now."""


@dataclass(frozen=True)
class Rules:
    """One origin's rules for us.

    Attributes:
        delay: seconds between requests that the site asks for, bounded.
    """

    parsed: Any
    delay: float

    def allow(self, url: str) -> bool:
        """Whether we may fetch the URL."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, BOT))


ALLOW_ALL = Rules(None, 0.0)


class Robots:
    """The rules of origins, cached; one thread asks, the others wait for its answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: TTLCache[tuple[str, bool], Rules] = TTLCache(_ORIGINS, _FRESH_SECONDS)
        self._down: TTLCache[tuple[str, bool], str] = TTLCache(_ORIGINS, _UNREACHABLE_SECONDS)
        self._asking: dict[tuple[str, bool], threading.Lock] = {}

    def known(self, url: str, allow_private: bool) -> Rules | None:
        """The cached rules for a URL's origin, if any."""
        with self._lock:
            return self._rules.get((URL(url).origin, allow_private))

    def rules(self, url: str, allow_private: bool) -> Rules:
        """The rules for a URL's origin.

        Raises:
            RobotsUnreachable: 5xx, 429 or no answer; complete disallow for now.
            FetchError: ``refused``: policy keeps us from this host altogether.
        """
        origin = (URL(url).origin, allow_private)
        with self._lock:
            asking = self._asking.setdefault(origin, threading.Lock())
        try:
            with asking:
                with self._lock:
                    rules, down = self._rules.get(origin), self._down.get(origin)
                if rules is not None:
                    return rules
                if down is not None:
                    raise RobotsUnreachable(down)
                return self._ask(origin)
        finally:
            with self._lock:
                self._asking.pop(origin, None)

    def _ask(self, origin: tuple[str, bool]) -> Rules:
        try:
            rules = _read(*origin)
        except RobotsUnreachable as error:
            with self._lock:
                self._down[origin] = str(error)
            raise
        with self._lock:
            self._rules[origin] = rules
        return rules


def _read(origin: str, allow_private: bool) -> Rules:
    try:
        answer = fetch(
            f"{origin}/robots.txt",
            headers={"user-agent": user_agent()},
            max_bytes=ROBOTS_BYTES,
            truncate=True,
            timeout_s=ROBOTS_SECONDS,
            max_redirects=MAX_HOPS,
            allow_private=allow_private,
            ports=CRAWL_PORTS,
        )
    except FetchError as error:
        if error.kind == "refused":
            raise
        if error.kind in ("too_many_redirects", "decode", "too_large"):
            return ALLOW_ALL
        raise RobotsUnreachable(error.kind) from error
    if answer.status == 429 or answer.status >= 500:
        raise RobotsUnreachable(f"http_{answer.status}")
    if answer.status >= 300:
        return ALLOW_ALL
    return parse_rules(answer.body.decode("utf-8", "replace"))


def parse_rules(text: str) -> Rules:
    """The rules in a robots.txt."""
    from protego import Protego

    parsed = Protego.parse(text)
    delay = parsed.crawl_delay(BOT) or 0.0
    return Rules(parsed, min(float(delay), MAX_CRAWL_DELAY_SECONDS))
