"""Title and links of an HTML page.

lxml's parser calls our target with each tag and builds no tree: time and memory stay
linear on hostile pages, and malformed pages lose no links.
"""

import re
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chalicelib.crawler.core.limits import BOT, MAX_LINKS
from chalicelib.crawler.extract.charset import text_of

from shared.net.refresh import Refresh, refresh_of
from shared.text import canonical_urls
from shared.text.canonical_urls import Spellings

_HREF = {"a": "href", "area": "href", "iframe": "src", "frame": "src"}
_SPACE = re.compile(r"\s+")
_MAX_RAW = 4 * MAX_LINKS
_TITLE_CHARS = 300
# Threads inside libxml2's callbacks compete for the interpreter: 4 times slower with 16.
_parser_lock = threading.Lock()


@dataclass(frozen=True)
class Document:
    """A parsed page.

    Attributes:
        title: with single spaces, at most 300 characters.
        links: addresses in the order of the page; of a page's spellings the first.
        refresh: where the page sends its readers, and after how many seconds.
    """

    title: str | None
    links: list[str] = field(default_factory=list)
    refresh: Refresh | None = None


class _Target:
    """Collects title and links from the parser's events."""

    def __init__(self) -> None:
        self.base: str | None = None
        self.raw: list[str] = []
        self.title: list[str] = []
        self.nofollow = False
        self.refresh = ""
        self._noscript = 0
        self._in_title = False
        self._title_done = False

    def start(self, tag: Any, attributes: Any) -> None:
        attribute = _HREF.get(tag)
        if attribute is not None:
            value = attributes.get(attribute)
            if value and len(self.raw) < _MAX_RAW and not _nofollow(attributes.get("rel")):
                self.raw.append(value)
        elif tag == "title":
            self._in_title = not self._title_done
        elif tag == "base":
            self.base = self.base or attributes.get("href")
        elif tag == "noscript":
            self._noscript += 1
        elif tag == "meta":
            self._meta(attributes)

    def _meta(self, attributes: Any) -> None:
        content = attributes.get("content", "")
        if attributes.get("name", "").lower() in ("robots", BOT.lower()):
            self.nofollow = self.nofollow or forbids_following(content)
        # Most readers run scripts: what is for the others moves nobody.
        elif attributes.get("http-equiv", "").lower() == "refresh" and not self._noscript:
            self.refresh = self.refresh or content

    def end(self, tag: Any) -> None:
        if tag == "noscript":
            self._noscript -= 1
        if tag == "title" and self._in_title:
            self._in_title, self._title_done = False, True

    def data(self, data: str) -> None:
        if self._in_title and len(self.title) < 100:
            self.title.append(data[:_TITLE_CHARS])

    def close(self) -> None:
        """Do nothing: no tree is built."""


def parse(body: bytes, content_type: str, url: str, robots_header: str = "") -> Document:
    """Read a page; never fails, however broken the page is.

    Args:
        content_type: the whole header, since it may name the charset.
        url: URL of the page; relative links and ``<base>`` are joined to it.
        robots_header: ``X-Robots-Tag``.
    """
    from lxml.etree import HTMLParser, LxmlError

    text = text_of(body, content_type)
    target = _Target()
    with _parser_lock:
        parser = HTMLParser(target=target, encoding="utf-8", huge_tree=True)
        try:
            parser.feed(text.encode("utf-8", "replace"))
            parser.close()
        except LxmlError:
            # An empty document, or one that the parser gave up on: keep what was seen.
            pass
    title = _SPACE.sub(" ", "".join(target.title)).strip()[:_TITLE_CHARS] or None
    base = _base(target.base, url)
    refresh = refresh_of(target.refresh, base)
    if target.nofollow or forbids_following(robots_header):
        return Document(title, refresh=refresh)
    return Document(title, _addresses(target.raw, base), refresh)


def forbids_following(directives: str) -> bool:
    """True if robots directives of a page say ``nofollow`` or ``none``."""
    words = re.split(r"[\s,:]+", directives.lower())
    return "nofollow" in words or "none" in words


@lru_cache(maxsize=256)
def _nofollow(rel: str | None) -> bool:
    return rel is not None and "nofollow" in rel.lower().split()


def _base(href: str | None, url: str) -> str:
    if not href:
        return url
    from ada_url import join_url

    try:
        return join_url(url, href.strip())
    except ValueError:
        return url


@lru_cache(maxsize=20_000)
def _spellings(href: str, base: str) -> Spellings | None:
    return canonical_urls.spellings(href, base)


def _origin(url: str) -> str:
    from ada_url import URL

    try:
        return URL(url).origin
    except ValueError:
        return url


def _addresses(raw: list[str], base: str) -> list[str]:
    found: dict[str, str] = {}
    root = _origin(base)
    for href in dict.fromkeys(raw):
        if href.startswith("#"):
            continue
        # A path from the root means the same on every page of a site.
        link = _spellings(href, root if href.startswith("/") else base)
        if link is not None:
            found.setdefault(link.canonical, link.address)
            if len(found) >= MAX_LINKS:
                break
    return list(found.values())
