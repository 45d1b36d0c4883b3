"""Tweets that this process stored seconds ago.

Indexes of DynamoDB are eventually consistent. An author who reads the home
timeline right after posting, through the same process, finds the tweet.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.tweets.pipeline.skeletons import Entry, Skeleton
from chalicelib.tweets.pipeline.window import Window

from shared.base.process import Cache, process

_SECONDS = 10.0
_KEPT = 20

# Newest first: an entry and the kind of its tweet, by author.
_newest: Cache[str, tuple[tuple[Entry, str], ...]] = process.cache(10_000, _SECONDS)


def note(tweet: Mapping[str, Any]) -> None:
    """Remember a tweet that was stored just now."""
    entry = Entry(str(tweet["id"]), tweet.get("retweeted_tweet_id"))
    line = (entry, tweet["kind"])
    _newest.change(tweet["author_id"], lambda before: (line, *(before or ()))[:_KEPT])


def own_tweets(
    user_id: str, window: Window, without: frozenset[str], floor: int | None
) -> Skeleton:
    """Return a user's own tweets of the last seconds, down to ``floor``."""
    oldest = max(window.oldest, floor or 0)
    kept = [
        entry
        for entry, kind in _newest.get(user_id) or ()
        if oldest <= int(entry.tweet_id) <= window.newest and kind not in without
    ]
    return Skeleton(kept, floor)
