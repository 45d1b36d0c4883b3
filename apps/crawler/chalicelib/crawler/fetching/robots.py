"""robots.txt (RFC 9309), read once per origin, hour and process."""

import codecs
import threading
from dataclasses import dataclass
from typing import Any

from ada_url import URL
from chalicelib.crawler.core.limits import (
    BOT,
    CRAWL_PORTS,
    MAX_CRAWL_DELAY_SECONDS,
    MAX_HOPS,
    ROBOTS_BYTES,
    ROBOTS_SECONDS,
    user_agent,
)
from chalicelib.crawler.fetching.port import Fetch

from shared.base.process import Cache, process
from shared.net.answers import FetchError
from shared.net.fetch import fetch

# RFC 9309 section 2.4 allows a cached copy for a day; an unreachable file is retried soon.
_FRESH_SECONDS = 3600
_UNREACHABLE_SECONDS = 30
_ORIGINS = 1000

# Scheme, host and port, and whether private networks are allowed.
Origin = tuple[str, bool]


class RobotsUnreachable(Exception):
    """The file cannot be read now, so nothing may be fetched."""


@dataclass(frozen=True)
class Rules:
    """One origin's rules for our bot.

    Attributes:
        delay: seconds that the site asks for between requests, bounded.
    """

    parsed: Any
    delay: float

    def allow(self, url: str) -> bool:
        """True if the bot may fetch the URL."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, BOT))


ALLOW_ALL = Rules(None, 0.0)


class Robots:
    """Cached rules of origins; one thread reads a file, the others wait.

    Args:
        fetch: reads the files.
    """

    def __init__(self, fetch: Fetch = fetch) -> None:
        self._fetch = fetch
        self._rules: Cache[Origin, Rules] = process.cache(_ORIGINS, _FRESH_SECONDS)
        self._unreachable: Cache[Origin, str] = process.cache(_ORIGINS, _UNREACHABLE_SECONDS)
        self._reading: dict[Origin, threading.Lock] = {}
        self._lock = threading.Lock()

    def known(self, url: str, allow_private: bool) -> Rules | None:
        """Return the cached rules of a URL's origin, if any."""
        return self._rules.get((URL(url).origin, allow_private))

    def rules(self, url: str, allow_private: bool) -> Rules:
        """Return the rules of a URL's origin.

        Raises:
            RobotsUnreachable: 5xx, 429 or no answer; complete disallow for now.
            FetchError: ``refused``: policy forbids requests to this host.
        """
        origin = (URL(url).origin, allow_private)
        with self._lock:
            reading = self._reading.setdefault(origin, threading.Lock())
        try:
            with reading:
                rules, reason = self._rules.get(origin), self._unreachable.get(origin)
                if rules is not None:
                    return rules
                if reason is not None:
                    raise RobotsUnreachable(reason)
                return self._read_once(origin)
        finally:
            with self._lock:
                self._reading.pop(origin, None)

    def _read_once(self, origin: Origin) -> Rules:
        try:
            return self._rules.put(origin, _read(self._fetch, *origin))
        except RobotsUnreachable as error:
            self._unreachable.put(origin, str(error))
            raise


def _read(fetch: Fetch, origin: str, allow_private: bool) -> Rules:
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
    return parse_rules(_text(answer.body))


def _text(body: bytes) -> str:
    """Return a file's text without a byte order mark."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8-sig", "replace")


def parse_rules(text: str) -> Rules:
    """Parse a robots.txt."""
    from protego import Protego

    parsed = Protego.parse(text)
    delay = parsed.crawl_delay(BOT) or 0.0
    return Rules(parsed, min(float(delay), MAX_CRAWL_DELAY_SECONDS))
