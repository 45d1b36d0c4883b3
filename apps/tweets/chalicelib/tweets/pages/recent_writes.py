"""What a process has written itself within seconds: an index shows it a moment later.

Indexes of DynamoDB are eventually consistent. An author who reads the home
timeline right after posting, through the same process, finds the tweet.
"""

import threading
from collections.abc import Mapping
from typing import Any

from cachetools import TTLCache
from chalicelib.tweets.pages.hydration import Entry
from chalicelib.tweets.pages.skeletons import Skeleton, Window

SECONDS = 10.0

_newest: TTLCache[str, tuple[tuple[Entry, str], ...]] = TTLCache(10_000, SECONDS)
_lock = threading.Lock()


def note(tweet: Mapping[str, Any]) -> None:
    """Remember a tweet that was stored just now."""
    entry = Entry(str(tweet["id"]), tweet.get("retweeted_tweet_id"))
    author_id = tweet["author_id"]
    with _lock:
        _newest[author_id] = ((entry, tweet["kind"]), *_newest.get(author_id, ()))[:20]


def newest(user_id: str, bounds: Window, without: frozenset[str], floor: int | None) -> Skeleton:
    """A user's own tweets of the last seconds; they reach down to ``floor``."""
    with _lock:
        found = _newest.get(user_id, ())
    oldest = max(bounds.oldest, floor or 0)
    kept = [
        entry
        for entry, kind in found
        if oldest <= int(entry.tweet_id) <= bounds.newest and kind not in without
    ]
    return Skeleton(kept, floor)
