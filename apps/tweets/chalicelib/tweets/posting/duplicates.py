"""Refusal of a tweet that its author has just posted.

Each process remembers the last tweets that it stored: no call, and about 10 MB at most. Another
process does not know them: it would take a call more per tweet, or twice the write units,
to be sure (docs/decisions/0046).
"""

import hashlib
import json
import os
from dataclasses import dataclass, field

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.errors import Problem
from shared.base.process import Cache, process

_AUTHORS, _KEPT, _LONGEST_SECONDS = 20_000, 10, 3600
# What makes two tweets the same: the answer to another tweet, or with another picture, is not.
_COMPARED = ("text", "reply", "quote_tweet_id", "media", "poll")


@dataclass(frozen=True)
class DuplicateLimits:
    """Bounds of the refusal.

    Attributes:
        seconds: time in which a tweet is a duplicate; 0 turns the refusal off
            (``DUPLICATE_SECONDS``).
    """

    seconds: int = field(default_factory=lambda: int(os.environ.get("DUPLICATE_SECONDS", "300")))


@dataclass(frozen=True)
class _Posted:
    digest: bytes
    at: int
    tweet_id: str


# Newest first, by author.
_posted: Cache[str, tuple[_Posted, ...]] = process.cache(_AUTHORS, _LONGEST_SECONDS)


def digest(body: Item) -> bytes:
    """Digest of what a tweet says, and of what it refers to."""
    compared = {name: body[name] for name in _COMPARED if name in body}
    text = json.dumps({**compared, "text": body.get("text", "").strip()}, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def refuse(user_id: str, said: bytes) -> None:
    """Refuse what the author posted a moment ago.

    Raises:
        Problem: 403, in X's words.
    """
    since = now_ms() - process.limits(DuplicateLimits).seconds * 1000
    for one in _posted.get(user_id) or ():
        if one.digest == said and one.at > since:
            raise Problem(
                403,
                "about:blank",
                "Forbidden",
                "You are not allowed to create a Tweet with duplicate content.",
            )


def note(user_id: str, said: bytes, tweet_id: str) -> None:
    """Remember a tweet that was stored just now."""
    line = _Posted(said, now_ms(), tweet_id)
    _posted.change(user_id, lambda before: (line, *(before or ()))[:_KEPT])


def forget(user_id: str, tweet_id: str) -> None:
    """Forget a tweet that its author has deleted, and may post again."""
    kept = _posted.get(user_id)
    if kept:
        _posted.put(user_id, tuple(one for one in kept if one.tweet_id != tweet_id))
