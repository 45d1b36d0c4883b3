"""Addresses of images: ``src``, ``srcset`` and ``poster``."""

import re
from collections.abc import Iterator
from typing import Any

TAGS = frozenset({"img", "source", "video", "input"})
_MAX_CANDIDATES, _MAX_SRCSET = 20, 20_000
_SPACES = re.compile(r"[\s,]*")
_URL = re.compile(r"\S+")


def sources(tag: str, attributes: Any) -> Iterator[str]:
    """Yield the addresses of an element's images, as they stand."""
    if tag == "video":
        yield from filter(None, [attributes.get("poster")])
        return
    if tag == "input" and (attributes.get("type") or "").lower() != "image":
        return
    # The ``src`` of a source in video or audio is no image.
    if tag != "source" and (source := attributes.get("src")):
        yield source
    yield from candidates(attributes.get("srcset") or "")


def candidates(srcset: str) -> Iterator[str]:
    """Yield the addresses of a ``srcset`` (HTML, 4.8.4.3.10), in linear time.

    A comma ends a candidate only behind its address; ``data:`` addresses hold some.
    """
    srcset, at = srcset[:_MAX_SRCSET], 0
    for _ in range(_MAX_CANDIDATES):
        at = _end(_SPACES, srcset, at)
        found = _URL.match(srcset, at)
        if found is None:
            return
        at, url = found.end(), found[0]
        if not url.endswith(","):
            at = _behind_descriptors(srcset, at)
        if url := url.rstrip(","):
            yield url


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _behind_descriptors(text: str, at: int) -> int:
    """Position behind the comma that ends a candidate, outside of parentheses."""
    depth = 0
    for place in range(at, len(text)):
        sign = text[place]
        depth += (sign == "(") - (sign == ")" and depth > 0)
        if sign == "," and not depth:
            return place + 1
    return len(text)
