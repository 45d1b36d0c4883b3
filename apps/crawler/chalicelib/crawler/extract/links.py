"""Links, head and contents of an HTML page.

lxml's parser calls our target with each tag and builds no tree: time and memory stay
linear on hostile pages, and malformed pages lose no links.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from chalicelib.crawler.core.limits import MAX_LINKS
from chalicelib.crawler.extract import robots_tags, text_digest
from chalicelib.crawler.extract.charset import text_of
from chalicelib.crawler.extract.robots_tags import forbids_following
from chalicelib.crawler.extract.structured import structured
from chalicelib.crawler.extract.targets import FullTarget, Target
from chalicelib.crawler.extract.wanted import PLAIN, Wanted

from shared.net.refresh import Refresh, refresh_of
from shared.text import canonical_urls
from shared.text.canonical_urls import Spellings

__all__ = ["Document", "FoundLink", "forbids_following", "parse"]

_SPACE = re.compile(r"\s+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_TITLE_CHARS, _DESCRIPTION_CHARS, _HEADING_CHARS, _TEXT_CHARS = 300, 300, 200, 80
# Relations whose targets are pages of the site.
_FOLLOWED = frozenset({"canonical", "alternate", "next", "prev"})
# Threads inside libxml2's callbacks compete for the interpreter: 4 times slower with 16.
parser_lock = threading.Lock()
# A page of 2 MB takes ten times as much while it is read, so a worker reads one at a time.
_reading = threading.Lock()


class FoundLink(NamedTuple):
    """One link of a page.

    Attributes:
        url: an address.
        kind: a, area, iframe, frame, canonical, alternate, next, prev, feed, image, refresh,
            sitemap or entry (of a sitemap or feed).
        rel: relation as it stands in the page; the language of an alternate.
        text: of an ``a``, at most 80 characters.
    """

    url: str
    kind: str
    rel: str = ""
    text: str = ""


@dataclass(frozen=True)
class Document:
    """A parsed page.

    Attributes:
        title: with single spaces, at most 300 characters.
        links: addresses to follow in the order of the page; of a page's spellings the first.
        refresh: where the page sends its readers, and after how many seconds.
        description: at most 300 characters.
        canonical / next: address that the page names.
        alternates: language and address.
        headings: of levels one and two, at most 20 of 200 characters.
        language: by the page or its header, such as ``de`` or ``pt-BR``.
        robots: known directives of meta tags and header.
        digest / simhash: of the text, if they were wanted.
        structured: see `extract.structured`, if it was wanted.
        fields: values by column, see `extract.sandbox`, if there are rules.
        found: all links, followed or not, if they were wanted.
        cut: entries of a sitemap or feed beyond the limit of links.
    """

    title: str | None
    links: list[str] = field(default_factory=list)
    refresh: Refresh | None = None
    description: str | None = None
    canonical: str | None = None
    next: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    headings: tuple[str, ...] = ()
    language: str | None = None
    robots: tuple[str, ...] = ()
    digest: str | None = None
    simhash: str | None = None
    structured: dict[str, Any] | None = None
    fields: dict[str, Any] | None = None
    found: tuple[FoundLink, ...] = ()
    cut: int = 0


def parse(
    body: bytes,
    content_type: str,
    url: str,
    robots_header: str = "",
    *,
    language_header: str = "",
    wanted: Wanted = PLAIN,
) -> Document:
    """Read a page; never fails, however broken the page is.

    Args:
        content_type: the whole header, since it may name the charset.
        url: URL of the page; relative links and ``<base>`` are joined to it.
        robots_header: ``X-Robots-Tag``.
        language_header: ``Content-Language``.
    """
    with _reading:
        text = text_of(body, content_type)
        document = _read(text, url, robots_header, language_header, wanted)
        if not wanted.fields:
            return document
    from chalicelib.crawler.extract.sandbox import sandbox

    return replace(document, fields=sandbox().extract(text, wanted.fields))


def _read(
    text: str, url: str, robots_header: str, language_header: str, wanted: Wanted
) -> Document:
    target = FullTarget(wanted) if wanted.elements else Target()
    feed(text, target)
    base = _base(target.base, url)
    related = [
        (kind, one, more) for kind, href, more in target.related if (one := _one(href, base))
    ]
    known = tuple(dict.fromkeys([*target.robots, *robots_tags.directives(robots_header)]))
    follows = not (target.nofollow or forbids_following(robots_header))
    refresh = refresh_of(target.refresh, base)
    return Document(
        _spaced(target.title, _TITLE_CHARS) or None,
        _followed(target, related, base, wanted) if follows else [],
        refresh,
        _spaced([target.description], _DESCRIPTION_CHARS) or None,
        _first(related, "canonical"),
        _first(related, "next"),
        tuple((more[:20], one) for kind, one, more in related if kind == "alternate"),
        tuple(filter(None, (_spaced(parts, _HEADING_CHARS) for parts in target.headings))),
        _language(target.language) or _language(language_header),
        known,
        **_extras(target, related, refresh, base, wanted),
    )


def feed(text: str, target: Any) -> None:
    """Give a page to a parser's target."""
    from lxml.etree import HTMLParser, LxmlError

    with parser_lock:
        parser = HTMLParser(target=target, encoding="utf-8", huge_tree=True)
        try:
            parser.feed(text.encode("utf-8", "replace"))
            parser.close()
        except LxmlError:
            # An empty document, or one that the parser gave up on: keep what was seen.
            pass


def addresses(raw: Iterable[str], base: str, limit: int = MAX_LINKS) -> list[str]:
    """Return the addresses of links in order; of a page's spellings the first."""
    found: dict[str, str] = {}
    root = _origin(base)
    for href in dict.fromkeys(raw):
        if href.startswith("#"):
            continue
        # A path from the root means the same on every page of a site.
        link = _spellings(href, root if href.startswith("/") else base)
        if link is not None:
            found.setdefault(link.canonical, link.address)
            if len(found) >= limit:
                break
    return list(found.values())


def _related(target: Target, base: str) -> list[tuple[str, str, str]]:
    """Kind, address and language (or type) of ``link`` elements."""
    found = ((kind, _one(href, base), more) for kind, href, more in target.related)
    return [(kind, one, more) for kind, one, more in found if one is not None]


def _followed(
    target: Target, related: list[tuple[str, str, str]], base: str, wanted: Wanted
) -> list[str]:
    more = [
        one
        for kind, one, _ in related
        if kind in _FOLLOWED or (kind, wanted.feeds) == ("feed", True)
    ]
    if wanted.images and isinstance(target, FullTarget):
        more += [link.href for link in target.found if link.kind == "image"]
    return addresses([*target.raw, *more] if more else target.raw, base)


def _extras(
    target: Target,
    related: list[tuple[str, str, str]],
    refresh: Refresh | None,
    base: str,
    wanted: Wanted,
) -> dict[str, Any]:
    """Members of a document that only some runs want."""
    if not isinstance(target, FullTarget):
        return {}
    extras: dict[str, Any] = {}
    if wanted.text:
        words = text_digest.words_of(target.text)
        extras |= {"digest": text_digest.digest(words), "simhash": text_digest.simhash(words)}
    if wanted.structured:
        extras["structured"] = structured(target.meta, target.json_ld)
    found: dict[tuple[str, str], FoundLink] = {}
    if wanted.graph:
        others = [FoundLink(one, kind, more[:100]) for kind, one, more in related]
        if refresh is not None and (moved := _one(refresh.url, base)):
            others.append(FoundLink(moved, "refresh"))
        found = {(link.url, link.kind): link for link in others}
    for link in target.found:
        if len(found) >= MAX_LINKS:
            break
        if not link.href.startswith("#") and (one := _one(link.href, base)):
            text = _spaced(link.text, _TEXT_CHARS)
            found.setdefault((one, link.kind), FoundLink(one, link.kind, link.rel, text))
    return {**extras, "found": tuple(found.values())}


def _first(related: list[tuple[str, str, str]], kind: str) -> str | None:
    return next((one for found, one, _ in related if found == kind), None)


def _one(href: str, base: str) -> str | None:
    link = _spellings(href, base)
    return link and link.address


def _spaced(parts: list[str], limit: int) -> str:
    return _SPACE.sub(" ", "".join(parts)).strip()[:limit]


def _language(value: str) -> str | None:
    """First language of a value, as in BCP 47; ``None`` if it is no tag."""
    found = _LANGUAGE.fullmatch(value.partition(",")[0].strip().replace("_", "-"))
    if found is None:
        return None
    primary, *rest = found[0].split("-")
    return "-".join([primary.lower(), *(one.upper() if len(one) == 2 else one for one in rest)])


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
