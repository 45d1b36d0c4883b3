"""robots.txt (RFC 9309), read once per origin and day for all processes.

A process keeps rules for an hour, the table `robots` keeps files for a day (2.4). While a
file is unreachable nothing is fetched (2.3.1.4), unless an older copy is known: that one
counts, for at most thirty days.
"""

import codecs
import threading
from dataclasses import dataclass, replace
from itertools import islice
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
from chalicelib.crawler.fetching.client import fetch
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.robots_files import Files, Origin, RobotsFile, TableFiles

from shared.base.process import Cache, process
from shared.net.answers import FetchError
from shared.net.dns_pinning import Proxy

# Another process may have read a newer file meanwhile; an unreachable one is retried soon.
_FRESH_SECONDS = 3600
_UNREACHABLE_SECONDS = 30
_ORIGINS = 1000
_MAX_SITEMAPS = 50


class RobotsUnreachable(Exception):
    """The file cannot be read now, so nothing may be fetched."""


@dataclass(frozen=True)
class Rules:
    """One origin's rules for our bot.

    Attributes:
        delay: seconds that the site asks for between requests, bounded.
        sitemaps: addresses in ``Sitemap`` lines, at most fifty.
        asked_at: moment of this process's own request for the file (monotonic), if it made one.
    """

    parsed: Any
    delay: float
    sitemaps: tuple[str, ...] = ()
    asked_at: float | None = None

    def allow(self, url: str) -> bool:
        """True if the bot may fetch the URL."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, BOT))


ALLOW_ALL = Rules(None, 0.0)


# An origin's rules as they are read through a proxy, if any.
_Key = tuple[Origin, Proxy | None]


class Robots:
    """Cached rules of origins; one thread reads a file, the others wait.

    Rules that a run's proxy gives count for runs with that proxy alone: it might give any.

    Args:
        fetch: reads the files.
        files: keeps them for all processes; by default the table.
    """

    def __init__(self, fetch: Fetch = fetch, files: Files | None = None) -> None:
        self._fetch = fetch
        self._files = files or TableFiles()
        self._rules: Cache[_Key, Rules] = process.cache(_ORIGINS, _FRESH_SECONDS)
        self._unreachable: Cache[_Key, str] = process.cache(_ORIGINS, _UNREACHABLE_SECONDS)
        self._reading: dict[_Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def known(self, url: str, allow_private: bool, proxy: Proxy | None = None) -> Rules | None:
        """Return the cached rules of a URL's origin, if any."""
        return self._rules.get(((URL(url).origin, allow_private), proxy))

    def rules(self, url: str, allow_private: bool, proxy: Proxy | None = None) -> Rules:
        """Return the rules of a URL's origin.

        Args:
            proxy: sends the request for the file.

        Raises:
            RobotsUnreachable: 5xx, 429 or no answer; complete disallow for now.
            FetchError: ``refused``: policy forbids requests to this host.
        """
        key = ((URL(url).origin, allow_private), proxy)
        with self._lock:
            reading = self._reading.setdefault(key, threading.Lock())
        try:
            with reading:
                rules, reason = self._rules.get(key), self._unreachable.get(key)
                if rules is not None:
                    return rules
                if reason is not None:
                    raise RobotsUnreachable(reason)
                return self._read_once(key)
        finally:
            with self._lock:
                self._reading.pop(key, None)

    def _read_once(self, key: _Key) -> Rules:
        origin, proxy = key
        known = self._files.find(origin) if proxy is None else None
        if known is not None and known.fresh:
            return self._rules.put(key, _rules_of(known))
        asked_at = process.clock.monotonic()
        try:
            found = _read(self._fetch, *origin, proxy)
        except RobotsUnreachable as error:
            if known is None:
                self._unreachable.put(key, str(error))
                raise
            found = known
        else:
            if proxy is None:
                self._files.keep(origin, found)
        return self._rules.put(key, replace(_rules_of(found), asked_at=asked_at))


def _rules_of(file: RobotsFile) -> Rules:
    return ALLOW_ALL if file.text is None else parse_rules(file.text)


def _read(fetch: Fetch, origin: str, allow_private: bool, proxy: Proxy | None) -> RobotsFile:
    proxied = {"proxy": proxy} if proxy else {}
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
            **proxied,
        )
    except FetchError as error:
        if error.kind == "refused":
            raise
        if error.kind in ("too_many_redirects", "decode", "too_large"):
            return RobotsFile(None)
        raise RobotsUnreachable(error.kind) from error
    if answer.status == 429 or answer.status >= 500:
        raise RobotsUnreachable(f"http_{answer.status}")
    if answer.status >= 300:
        return RobotsFile(None)
    return RobotsFile(_text(answer.body))


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
    sitemaps = tuple(islice(parsed.sitemaps, _MAX_SITEMAPS))
    return Rules(parsed, min(float(delay), MAX_CRAWL_DELAY_SECONDS), sitemaps)
