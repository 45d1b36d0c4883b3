"""Seconds from an author's request to a follower's home page."""

import time
from typing import Any

# After so long a tweet counts as lost.
PATIENCE = 30.0


def lags(reader: Any, authors: list[Any], count: int) -> list[float]:
    """Seconds from each POST to the first page with the tweet.

    The reader asks for a page after each tweet, as an open client does, and then on
    until all are there; what never comes has infinite lag.

    Args:
        reader / authors: people of a running platform; the reader follows all authors.
    """
    waiting: dict[str, float] = {}
    found: list[float] = []

    def look() -> None:
        shown = reader.home("?max_results=100")
        now = time.monotonic()
        found.extend(now - waiting.pop(one) for one in shown if one in waiting)

    for number in range(count):
        started = time.monotonic()
        waiting[authors[number % len(authors)].tweet(f"Fresh number {number}")] = started
        look()
    until = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < until:
        look()
    return [*found, *(float("inf") for _ in waiting)]


def p99(found: list[float]) -> float:
    """The 99th percentile (nearest rank)."""
    return sorted(found)[-(-len(found) * 99 // 100) - 1]
