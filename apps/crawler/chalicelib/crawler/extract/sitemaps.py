"""Sitemaps, sitemap indexes and feeds: addresses of pages in XML or text.

One event-driven parser reads them all (sitemaps.org's XML, RSS 0.9 to 2.0, Atom), without
a tree, entities of their own or network. What breaks off or is not well-formed still gives
the entries before the fault.
"""

import zlib
from dataclasses import dataclass, field
from typing import Any

from chalicelib.crawler.core.limits import MAX_LINKS
from chalicelib.crawler.extract.charset import text_of

# Media types in which sitemaps and feeds come, besides pages'.
TYPES = (
    "text/xml", "application/xml", "text/plain", "application/rss+xml", "application/atom+xml",
    "application/rdf+xml", "application/x-gzip", "application/gzip", "application/octet-stream",
)  # fmt: skip
_GZIP = b"\x1f\x8b"
_GZIP_OR_ZLIB = 47
_URL_CHARS, _TEXT_PIECES = 2100, 20
# Of all entries; those of which no links are made are counted, up to this number.
_MAX_ENTRIES = 100_000
_ROOTS = {
    "urlset": "sitemap",
    "sitemapindex": "index",
    "rss": "feed",
    "feed": "feed",
    "RDF": "feed",
}


@dataclass(frozen=True)
class Listing:
    """A sitemap, an index of sitemaps or a feed.

    Attributes:
        kind: ``sitemap``, ``index`` or ``feed``.
        urls: of pages, or of the index's sitemaps, as they stand; bounded.
        title: of a feed.
        cut: entries beyond the limit.
    """

    kind: str
    urls: list[str] = field(default_factory=list)
    title: str | None = None
    cut: int = 0


def read(body: bytes, content_type: str, max_bytes: int, most: int = MAX_LINKS) -> Listing | None:
    """Read a listing; ``None`` if the body is none.

    Args:
        body: perhaps gzipped (a ``.xml.gz``, whose coding is no content coding).
        max_bytes: of the body behind that; more is cut.
        most: addresses to return; further ones are counted.
    """
    body = expanded(body, max_bytes)
    head = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"http://", b"https://")):
        return _of_lines(text_of(body, content_type), most)
    if not head.startswith((b"<", b"\xfe\xff", b"\xff\xfe")):
        return None
    target = _Target(most)
    _feed(body, target)
    if target.kind is None:
        return None
    title = " ".join("".join(target.title).split())[:300] or None
    return Listing(target.kind, target.urls, title, target.cut)


def expanded(body: bytes, max_bytes: int) -> bytes:
    """Return a body without its gzip layer, if it has one."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, max_bytes)
    except zlib.error:
        return b""


def _feed(body: bytes, target: "_Target") -> None:
    from chalicelib.crawler.extract.links import parser_lock
    from lxml.etree import LxmlError, XMLParser

    with parser_lock:
        parser = XMLParser(
            target=target, recover=True, resolve_entities=False, no_network=True, huge_tree=False
        )
        try:
            parser.feed(body)
            parser.close()
        except LxmlError:
            # What came before the fault counts.
            pass


def _of_lines(text: str, most: int) -> Listing | None:
    lines = (line.strip() for line in text.splitlines())
    urls = [line for line in lines if line.startswith(("http://", "https://"))]
    return Listing("sitemap", urls[:most], cut=max(0, len(urls) - most))


class _Target:
    """Collects addresses from ``loc``, ``link`` and ``id``-less Atom links."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.kind: str | None = None
        self.urls: list[str] = []
        self.title: list[str] = []
        self.cut = 0
        self._known: set[str] = set()
        self._first = True
        self._parents: list[str] = []
        self._into: list[str] | None = None

    def start(self, tag: Any, attributes: Any) -> None:
        name = _local(tag)
        if self._first:
            self._first, self.kind = False, _ROOTS.get(name)
        within = self._parents[-1] if self._parents else ""
        if len(self._parents) < 50:
            self._parents.append(name)
        if self.kind is None:
            return
        if name == "loc" and within in ("url", "sitemap"):
            self._into = []
        elif name == "link" and self.kind == "feed":
            href = attributes.get("href")
            if href and (attributes.get("rel") or "alternate") == "alternate":
                self._add(href)
            elif not href and within in ("item", "channel"):
                self._into = []
        elif name == "title" and within in ("channel", "feed") and not self.title:
            self._into = self.title

    def end(self, tag: Any) -> None:
        name = _local(tag)
        if self._parents and self._parents[-1] == name:
            self._parents.pop()
        if self._into is not None:
            if self._into is not self.title:
                self._add("".join(self._into))
            self._into = None

    def data(self, data: str) -> None:
        if self._into is not None and len(self._into) < _TEXT_PIECES:
            self._into.append(data[:_URL_CHARS])

    def close(self) -> None:
        """Do nothing: no tree is built."""

    def _add(self, url: str) -> None:
        url = url.strip()
        if not url or len(url) > _URL_CHARS or url in self._known:
            return
        if len(self.urls) < self._most:
            self._known.add(url)
            self.urls.append(url)
        else:
            self.cut += self.cut < _MAX_ENTRIES


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
