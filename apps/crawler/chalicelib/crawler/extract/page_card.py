"""Link card of a page (title, description, image), from its HTML head."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ada_url import join_url
from chalicelib.crawler.core.limits import CARD_FIRST_BYTES
from chalicelib.crawler.extract.charset import text_of

from shared.net.refresh import Refresh, refresh_of

TITLE_CHARS, DESCRIPTION_CHARS = 300, 1000
_URL_CHARS = 4096
_OEMBED = "application/json+oembed"
_SCRIPT = re.compile(r"<(?:(script|style)(?=[\s>/])|!--)", re.IGNORECASE)
_CLOSED = {
    "script": re.compile(r"</script(?=[\s>/])", re.IGNORECASE),
    "style": re.compile(r"</style(?=[\s>/])", re.IGNORECASE),
    "--": re.compile("-->"),
}
_TITLES = ("og:title", "twitter:title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


@dataclass(frozen=True)
class PageCard:
    """A page's card, and where the page sends its readers at once.

    Attributes:
        content: as `extract`.
        refresh: ``None`` for a page with tags for cards of its own.
        oembed: address of the page's oEmbed as JSON, if it names one.
    """

    content: dict[str, Any] | None
    refresh: Refresh | None
    oembed: str | None = None


def extract(body: bytes, content_type: str, url: str) -> dict[str, Any] | None:
    """Return the card of a page; see `read`.

    Returns:
        title, and description and image (url, width, height) if there are any;
        ``None`` for a page without a title.
    """
    return read(body, content_type, url).content


def read(body: bytes, content_type: str, url: str) -> PageCard:
    """Read a card from Open Graph tags, else Twitter's tags, else plain HTML.

    Args:
        body: the beginning of the page; may be cut off anywhere.
        url: URL of the page; a relative image is joined to it.
    """
    from bs4 import BeautifulSoup
    from bs4.filter import SoupStrainer

    text = text_of(body, content_type)
    if len(text) > CARD_FIRST_BYTES:
        # Heavy heads consist of scripts; what is built stays as small as of other pages.
        text = _without_scripts(text)[:CARD_FIRST_BYTES]
    # Only these elements are built, so deep nesting elsewhere costs nothing.
    soup = BeautifulSoup(text, "lxml", parse_only=SoupStrainer(["title", "meta", "link"]))
    meta: dict[str, str] = {}
    refresh = ""
    for tag in soup.find_all("meta"):
        name = tag.get("property") or tag.get("name")
        content = tag.get("content")
        if isinstance(name, str) and isinstance(content, str) and content.strip():
            meta.setdefault(name.strip().lower(), content.strip())
        if str(tag.get("http-equiv")).lower() == "refresh":
            refresh = refresh or str(content)
    plain = soup.find("title")
    title = _first(meta, _TITLES) or (plain.get_text() if plain else "")
    title = single_spaced(title, TITLE_CHARS)
    moved = refresh_of(refresh, url) if not _first(meta, _TITLES) else None
    oembed = _oembed(soup.find_all("link"), url)
    if not title:
        return PageCard(None, moved, oembed)
    description = single_spaced(_first(meta, _DESCRIPTIONS), DESCRIPTION_CHARS)
    card = {"title": title, "description": description or None, "image": _image(meta, url)}
    kept = {name: value for name, value in card.items() if value is not None}
    return PageCard(kept, moved, oembed)


def _oembed(links: Iterable[Any], url: str) -> str | None:
    """Return the first address of an oEmbed answer as JSON."""
    for link in links:
        relations = link.get("rel") or ()
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        if kind != _OEMBED or "alternate" not in (str(one).lower() for one in relations):
            continue
        found = web_address(url, str(link.get("href") or ""))
        if found is not None:
            return found
    return None


def _without_scripts(text: str) -> str:
    """Return a page without scripts, styles and comments, in linear time."""
    kept: list[str] = []
    at = 0
    while found := _SCRIPT.search(text, at):
        kept.append(text[at : found.start()])
        name = found[1]
        closed = _CLOSED["--" if name is None else name.lower()].search(text, found.end())
        if closed is None:
            return "".join(kept)
        at = closed.end()
    return "".join([*kept, text[at:]])


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if name in meta), "")


def web_address(base: str, reference: str) -> str | None:
    """Return what a reference on a page leads to.

    ``None`` for what is not on the web, or too long for a card.
    """
    try:
        found = join_url(base, reference)
    except ValueError:
        return None
    return found if found.startswith(("http://", "https://")) and len(found) <= _URL_CHARS else None


def single_spaced(text: str, limit: int) -> str:
    """Return a text in one line, cut to some characters."""
    return " ".join(text.split())[:limit].rstrip()


def _image(meta: dict[str, str], url: str) -> dict[str, Any] | None:
    found = _first(meta, _IMAGES)
    source = web_address(url, found) if found else None
    if source is None:
        return None
    image: dict[str, Any] = {"url": source}
    for side in ("width", "height"):
        size = meta.get(f"og:image:{side}", "")
        if size.isascii() and size.isdigit() and len(size) <= 5:
            image[side] = int(size)
    return image
