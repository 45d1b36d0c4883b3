"""Link card of a page (title, description, image), from its HTML head."""

from typing import Any

from ada_url import join_url

_TITLE_CHARS = 300
_DESCRIPTION_CHARS = 1000
_URL_CHARS = 4096
_TITLES = ("og:title", "twitter:title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


def extract(body: bytes, content_type: str, url: str) -> dict[str, Any] | None:
    """Read a card from Open Graph tags, else Twitter's tags, else plain HTML.

    Args:
        body: the beginning of the page; may be cut off anywhere.
        url: URL of the page; a relative image is joined to it.

    Returns:
        title, and description and image (url, width, height) if there are any;
        ``None`` for a page without a title.
    """
    from bs4 import BeautifulSoup
    from bs4.filter import SoupStrainer
    from w3lib.encoding import html_to_unicode

    text = html_to_unicode(content_type or None, body)[1].replace("\x00", " ")
    # Only these elements are built, so deep nesting elsewhere costs nothing.
    soup = BeautifulSoup(text, "lxml", parse_only=SoupStrainer(["title", "meta"]))
    meta: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = tag.get("property") or tag.get("name")
        content = tag.get("content")
        if isinstance(name, str) and isinstance(content, str) and content.strip():
            meta.setdefault(name.strip().lower(), content.strip())
    plain = soup.find("title")
    title = _first(meta, _TITLES) or (plain.get_text() if plain else "")
    title = _single_spaced(title, _TITLE_CHARS)
    if not title:
        return None
    description = _single_spaced(_first(meta, _DESCRIPTIONS), _DESCRIPTION_CHARS)
    card = {"title": title, "description": description or None, "image": _image(meta, url)}
    return {name: value for name, value in card.items() if value is not None}


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if name in meta), "")


def _single_spaced(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit].rstrip()


def _image(meta: dict[str, str], url: str) -> dict[str, Any] | None:
    try:
        source = join_url(url, _first(meta, _IMAGES)) if _first(meta, _IMAGES) else ""
    except ValueError:
        return None
    if not source.startswith(("http://", "https://")) or len(source) > _URL_CHARS:
        return None
    image: dict[str, Any] = {"url": source}
    for side in ("width", "height"):
        size = meta.get(f"og:image:{side}", "")
        if size.isascii() and size.isdigit() and len(size) <= 5:
            image[side] = int(size)
    return image
