"""Entries of home timelines: shape, lifetime, reads and writes.

An entry is one delivery: the ids of a tweet, so that edits and deletions need no
copies to be found. It has a key of its own: delivered twice, it is the same entry.
"""

from collections.abc import Iterable

from chalicelib.tweets.core.models import TIMELINES
from chalicelib.tweets.pipeline.skeletons import positions

from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.ids import time_ms

LIFETIME_SECONDS = 30 * 24 * 3600
# A day less than entries last: older tweets are read from heads, whether their entries went or not.
RELIABLE_MS = (LIFETIME_SECONDS - 86_400) * 1000


def entry(user_id: str, tweet_id: int, author_id: str, kind: str, retweeted_id: str | None) -> Item:
    """Return the entry of a tweet in a reader's timeline."""
    return {
        "user_id": user_id,
        "position": tweet_id,
        "author_id": author_id,
        "kind": kind,
        "retweeted_tweet_id": retweeted_id,
        "expires_at": now_seconds() + LIFETIME_SECONDS,
    }


def have_expired(tweet_id: str) -> bool:
    """True if all entries of a tweet have passed their TTL."""
    return time_ms(tweet_id) < now_ms() - LIFETIME_SECONDS * 1000


def read(user_id: str, oldest: int, newest: int, limit: int) -> list[Item]:
    """Return entries between two tweet ids, newest first (one Query)."""
    return positions(TIMELINES, None, "user_id", user_id, oldest, newest, limit)


def put(entries: Iterable[Item]) -> None:
    """Write entries, twenty-five per call.

    Raises:
        Unprocessed: the table kept throttling.
    """
    TIMELINES.batch_write(puts=entries)


def delete(keys: Iterable[tuple[str, int]]) -> None:
    """Delete entries by reader and tweet id, twenty-five per call.

    Raises:
        Unprocessed: the table kept throttling.
    """
    TIMELINES.batch_write(
        deletes=[{"user_id": user_id, "position": position} for user_id, position in keys]
    )
