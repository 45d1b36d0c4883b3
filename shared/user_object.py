"""User objects as X's API shows them."""

import re
from collections.abc import Callable
from typing import Any

from shared.clock import iso
from shared.graph import Relation

Item = dict[str, Any]

_URL = re.compile(r"https?://[^\s<>\"]+")


def present(
    item: Item,
    fields: frozenset[str],
    counts: dict[str, int] | None = None,
    relation: Relation | None = None,
    inverse: Relation | None = None,
) -> Item:
    """The user object: id, name and username, plus the fields asked for.

    Args:
        item: an item of the users table.
        counts: the user's counters, for ``public_metrics``.
        relation: what the viewer feels about the user; ``inverse`` the other way.
    """
    shown: Item = {"id": item["id"], "name": item["name"], "username": item["username"]}
    for field, read in _SIMPLE.items():
        if field in fields and (value := read(item)) is not None:
            shown[field] = value
    if "public_metrics" in fields:
        shown["public_metrics"] = public_metrics(counts or {})
    if "connection_status" in fields and relation is not None:
        shown["connection_status"] = connection_status(relation, inverse)
    return shown


def public_metrics(counts: dict[str, int]) -> dict[str, int]:
    """X's counts, in both dialects (tweet and post)."""
    tweets = max(0, counts.get("tweets", 0))
    return {
        "followers_count": max(0, counts.get("followers", 0)),
        "following_count": max(0, counts.get("following", 0)),
        "tweet_count": tweets,
        "post_count": tweets,
        "listed_count": 0,
        "like_count": max(0, counts.get("likes", 0)),
        "media_count": 0,
    }


def connection_status(relation: Relation, inverse: Relation | None) -> list[str]:
    """X's words for how the viewer and the user stand to each other; none for strangers."""
    held = {
        "following": relation.following,
        "follow_request_sent": relation.pending,
        "blocking": relation.blocked,
        "muting": relation.muted,
        "followed_by": bool(inverse and inverse.following),
        "follow_request_received": bool(inverse and inverse.pending),
    }
    return [name for name, holds in held.items() if holds]


def _entities(item: Item) -> Item | None:
    entities: Item = {}
    if url := item.get("url"):
        entities["url"] = {"urls": [_url_entity(0, url)]}
    links = [_url_entity(m.start(), m[0]) for m in _URL.finditer(item.get("description") or "")]
    if links:
        entities["description"] = {"urls": links}
    return entities or None


def _url_entity(start: int, url: str) -> Item:
    shown = re.sub(r"^https?://(www\.)?", "", url)
    display = shown if len(shown) <= 26 else shown[:25] + "…"
    return {
        "start": start,
        "end": start + len(url),
        "url": url,
        "expanded_url": url,
        "display_url": display,
    }


_SIMPLE: dict[str, Callable[[Item], Any]] = {
    "created_at": lambda item: iso(item["created_at"]),
    "description": lambda item: item.get("description", ""),
    "entities": _entities,
    "location": lambda item: item.get("location"),
    "profile_image_url": lambda item: item.get("profile_image_url"),
    "protected": lambda item: bool(item.get("protected")),
    "url": lambda item: item.get("url", ""),
    "verified": lambda item: bool(item.get("verified")),
    "verified_type": lambda item: "blue" if item.get("verified") else "none",
}
