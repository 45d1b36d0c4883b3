"""Structured data of a page: JSON-LD, Open Graph, Twitter's tags."""

import json
from typing import Any

_MAX_BYTES = 32_768
_PREFIXES = ("og:", "article:", "product:", "book:", "profile:", "video:", "music:", "twitter:")


def structured(meta: list[tuple[str, str]], json_ld: list[str]) -> dict[str, Any] | None:
    """Return the structured data of a page; ``None`` without any.

    Returns:
        ``meta``: values of Open Graph and similar tags, a list where a tag repeats.
        ``json_ld``: the parsed blocks; broken ones are left out, and what would make the
        whole larger than 32 KB.
    """
    tags: dict[str, Any] = {}
    for name, value in meta:
        if name.startswith(_PREFIXES):
            if name not in tags:
                tags[name] = value
            elif isinstance(tags[name], list):
                tags[name].append(value)
            else:
                tags[name] = [tags[name], value]
    blocks, room = [], _MAX_BYTES
    for text in json_ld:
        block = _parsed(text)
        if block is not None and (room := room - len(text.encode("utf-8", "replace"))) > 0:
            blocks.append(block)
    found: dict[str, Any] = {"meta": tags} if tags else {}
    if blocks:
        found["json_ld"] = blocks
    return found or None


def _parsed(text: str) -> Any:
    """Parsed block; ``None`` if it is broken, or nested without reason."""
    try:
        # Pages wrap blocks in comments and break lines within strings.
        cleaned = text.strip().removeprefix("<!--").removesuffix("-->").strip()
        found = json.loads(cleaned, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None
