"""oEmbed (oembed.com): JSON beside a page, for what its tags leave out."""

import json
from typing import Any

from chalicelib.crawler.extract.page_card import (
    DESCRIPTION_CHARS,
    TITLE_CHARS,
    single_spaced,
    web_address,
)

# Media types in which providers send it.
TYPES = (
    "application/json",
    "text/json",
    "application/json+oembed",
    "text/javascript",
    "text/plain",
)
MAX_BYTES = 100_000


def lacks(content: dict[str, Any] | None) -> bool:
    """Return true if a card could gain from oEmbed: no title or no image."""
    return content is None or "title" not in content or "image" not in content


def fill(content: dict[str, Any] | None, body: bytes, url: str) -> dict[str, Any]:
    """Return a card with the members that it lacked.

    Args:
        body: of the oEmbed answer; what is none changes nothing.
        url: address of the answer, to which relative ones are joined.
    """
    card = dict(content or {})
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return card
    if not isinstance(found, dict):
        return card
    title = _text(found.get("title"), TITLE_CHARS)
    if title:
        card.setdefault("title", title)
    if "title" not in card:
        return card
    about = " · ".join(
        text for name in ("author_name", "provider_name") if (text := _text(found.get(name), 200))
    )
    if about:
        card.setdefault("description", about[:DESCRIPTION_CHARS])
    image = _image(found, url)
    if image is not None:
        card.setdefault("image", image)
    return card


def _image(found: dict[str, Any], url: str) -> dict[str, Any] | None:
    prefix = "thumbnail_"
    if found.get("type") == "photo" and isinstance(found.get("url"), str):
        prefix = ""
    source = found.get(f"{prefix}url")
    joined = web_address(url, source) if isinstance(source, str) and source else None
    if joined is None:
        return None
    image: dict[str, Any] = {"url": joined}
    for side in ("width", "height"):
        size = found.get(f"{prefix}{side}")
        if isinstance(size, int) and not isinstance(size, bool) and 0 < size < 100_000:
            image[side] = size
    return image


def _text(value: Any, limit: int) -> str:
    if not isinstance(value, str):
        return ""
    # Lone surrogates of JSON escapes can be stored nowhere.
    clean = value.encode("utf-8", "ignore").decode()
    return single_spaced(clean.replace("\x00", " "), limit)
