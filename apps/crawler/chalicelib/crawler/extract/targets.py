"""Targets of lxml's event-driven parser: what they keep of a page.

`Target` keeps what every run needs, and is called for each tag of each page: it does as
little as it can. `FullTarget` keeps what some runs ask for. Neither builds a tree, and both
keep bounded lists.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from chalicelib.crawler.core.limits import BOT, MAX_LINKS
from chalicelib.crawler.extract import images, robots_tags
from chalicelib.crawler.extract.wanted import Wanted

_HREF = {"a": "href", "area": "href", "iframe": "src", "frame": "src"}
_MAX_RAW = 4 * MAX_LINKS
_PIECES, PIECE_CHARS = 100, 300
_MAX_HEADINGS, _MAX_RELATED = 20, 50
_TEXT_CHARS = 80
_PAGE_TYPES = ("", "text/html", "application/xhtml+xml")
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_MAX_META, _META_CHARS = 60, 1000
_MAX_JSON_LD, _JSON_LD_CHARS = 10, 65_536
_MAX_TEXT = 1_000_000
# Elements whose content nobody reads.
_UNREAD = frozenset({"script", "style", "template"})


class RawLink(NamedTuple):
    """A link as it stands in a page; the text grows while the page is read."""

    href: str
    kind: str
    rel: str
    text: list[str]


class Target:
    """Collects links, title and head from the parser's events."""

    def __init__(self) -> None:
        self.base: str | None = None
        self.raw: list[str] = []
        self.title: list[str] = []
        self.headings: list[list[str]] = []
        self.related: list[tuple[str, str, str]] = []
        self.description = ""
        self.language = ""
        self.robots: list[str] = []
        self.nofollow = False
        self.refresh = ""
        self._noscript = 0
        self._title_done = False
        self._into: list[str] | None = None

    def start(self, tag: Any, attributes: Any) -> None:
        """Take the beginning of an element."""
        attribute = _HREF.get(tag)
        if attribute is not None:
            value = attributes.get(attribute)
            if value and len(self.raw) < _MAX_RAW and not _nofollow(attributes.get("rel")):
                self.raw.append(value)
        elif tag in _STARTS:
            _STARTS[tag](self, attributes)

    def end(self, tag: Any) -> None:
        """Take the end of an element."""
        if tag in _STARTS:
            if tag == "noscript":
                self._noscript -= 1
            elif tag in _TEXTS:
                self._into = None
                self._title_done = self._title_done or tag == "title"

    def data(self, data: str) -> None:
        """Take a piece of text."""
        if self._into is not None and len(self._into) < _PIECES:
            self._into.append(data[:PIECE_CHARS])

    def close(self) -> None:
        """Do nothing: no tree is built."""

    def _in_html(self, attributes: Any) -> None:
        self.language = self.language or attributes.get("lang") or attributes.get("xml:lang") or ""

    def _in_title(self, attributes: Any) -> None:
        del attributes
        self._into = None if self._title_done else self.title

    def _in_heading(self, attributes: Any) -> None:
        del attributes
        if len(self.headings) < _MAX_HEADINGS:
            self._into = []
            self.headings.append(self._into)

    def _in_base(self, attributes: Any) -> None:
        self.base = self.base or attributes.get("href")

    def _in_noscript(self, attributes: Any) -> None:
        del attributes
        self._noscript += 1

    def _in_link(self, attributes: Any) -> None:
        """Take relations that lead to pages, and those to feeds."""
        href, words = attributes.get("href"), (attributes.get("rel") or "").lower().split()
        if not href or len(self.related) >= _MAX_RELATED or "nofollow" in words:
            return
        kind = (attributes.get("type") or "").partition(";")[0].strip().lower()
        if "canonical" in words:
            self.related.append(("canonical", href, ""))
        elif "alternate" in words and "stylesheet" not in words:
            if kind in FEED_TYPES:
                self.related.append(("feed", href, kind))
            elif kind in _PAGE_TYPES:
                self.related.append(("alternate", href, attributes.get("hreflang") or ""))
        elif "next" in words or "prev" in words:
            self.related.append(("next" if "next" in words else "prev", href, ""))

    def _in_meta(self, attributes: Any) -> None:
        content = attributes.get("content", "")
        name = attributes.get("name", "").lower()
        if name in ("robots", BOT.lower()):
            self.robots += robots_tags.directives(content)
            self.nofollow = self.nofollow or robots_tags.forbids_following(content)
        elif name == "description":
            self.description = self.description or content[:_META_CHARS]
        elif not name and (equivalent := attributes.get("http-equiv", "").lower()):
            # Most readers run scripts: what is for the others moves nobody.
            if equivalent == "refresh" and not self._noscript:
                self.refresh = self.refresh or content
            elif equivalent == "content-language":
                self.language = self.language or content


_TEXTS = frozenset({"title", "h1", "h2"})
_STARTS: dict[Any, Callable[[Any, Any], None]] = {
    "html": Target._in_html,
    "title": Target._in_title,
    "base": Target._in_base,
    "noscript": Target._in_noscript,
    "link": Target._in_link,
    "meta": Target._in_meta,
    **dict.fromkeys(("h1", "h2"), Target._in_heading),
}


class FullTarget(Target):
    """Collects also links with their texts, images, text and structured data."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self._wanted = wanted
        self.found: list[RawLink] = []
        self.text: list[str] = []
        self.meta: list[tuple[str, str]] = []
        self.json_ld: list[str] = []
        self._text_size = 0
        self._unread = 0
        self._anchor: list[str] | None = None
        self._script: list[str] | None = None

    def start(self, tag: Any, attributes: Any) -> None:
        """Take the beginning of an element."""
        super().start(tag, attributes)
        if tag in _UNREAD:
            self._unread += 1
            if tag == "script" and self._wanted.structured:
                self._in_script(attributes)
        elif (attribute := _HREF.get(tag)) is not None:
            if self._wanted.graph and (href := attributes.get(attribute)):
                text = self._note(href, tag, attributes.get("rel") or "")
                self._anchor = text if tag == "a" else self._anchor
        elif self._wanted.images and tag in images.TAGS:
            for url in images.sources(tag, attributes):
                self._note(url, "image", "")
        elif tag == "meta" and self._wanted.structured and len(self.meta) < _MAX_META:
            name = attributes.get("property") or attributes.get("name") or ""
            if ":" in name and (content := attributes.get("content")):
                self.meta.append((name.strip().lower()[:100], content[:_META_CHARS]))

    def end(self, tag: Any) -> None:
        """Take the end of an element."""
        super().end(tag)
        if tag in _UNREAD:
            self._unread -= 1
            self._script = None
        elif tag == "a":
            self._anchor = None

    def data(self, data: str) -> None:
        """Take a piece of text."""
        super().data(data)
        if self._unread > 0:
            if self._script is not None and len(self._script) < _PIECES:
                self._script.append(data[:_JSON_LD_CHARS])
                self.json_ld[-1] = "".join(self._script)[:_JSON_LD_CHARS]
            return
        if self._anchor is not None and len(self._anchor) < _PIECES:
            self._anchor.append(data[:_TEXT_CHARS])
        if self._wanted.text and self._text_size < _MAX_TEXT:
            self._text_size += len(data)
            self.text.append(data)

    def _note(self, href: str, kind: str, rel: str) -> list[str] | None:
        if len(self.found) >= _MAX_RAW:
            return None
        text: list[str] = []
        self.found.append(RawLink(href, kind, rel[:100], text))
        return text

    def _in_script(self, attributes: Any) -> None:
        kind = (attributes.get("type") or "").partition(";")[0].strip().lower()
        if kind == "application/ld+json" and len(self.json_ld) < _MAX_JSON_LD:
            self._script = []
            self.json_ld.append("")


@lru_cache(maxsize=256)
def _nofollow(rel: str | None) -> bool:
    return rel is not None and "nofollow" in rel.lower().split()
