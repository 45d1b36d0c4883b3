"""Views of tweets: an estimate that costs the fewer writes the more a tweet is seen.

A page notes some of its tweets, each the more rarely the more views it has, and
with the weight that makes up for it (Morris's approximate counting). They
gather in the process and leave as one message a minute, or a thousand tweets.
"""

import json
import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from chalicelib.tweets.core.models import Counter
from pynamodb.exceptions import UpdateError

from shared.aws.events import offer

Item = dict[str, Any]

# A tweet with v views has cost about PRECISION * ln(1 + v / PRECISION) writes, and
# its count is off by 1 / sqrt(2 * PRECISION), a quarter, in the mean.
PRECISION = 8
# Taken for the count where a page has read none: one view in 64 is noted then.
_UNREAD = 63 * PRECISION
_MAX_TWEETS = 1000
_MAX_SECONDS = 60.0
_PASSED_OVER = ("ConditionalCheckFailedException", "TransactionConflictException")


class Gathered:
    """Views of one process that wait to be sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._views: dict[str, int] = {}
        self._since = time.monotonic()

    def note(self, seen: Mapping[str, Item | None]) -> None:
        """Note some of the tweets on a page, and send what has gathered when it is time.

        Args:
            seen: the counters of each tweet by its id; ``None`` where none were read.
        """
        noted = {}
        for tweet_id, counts in seen.items():
            known = _UNREAD if counts is None else counts.get("impressions", 0)
            weight = 1 + max(0, known) // PRECISION
            if random.random() * weight < 1:  # noqa: S311 (an estimate, no secret)
                noted[tweet_id] = weight
        with self._lock:
            for tweet_id, weight in noted.items():
                self._views[tweet_id] = self._views.get(tweet_id, 0) + weight
            waited = time.monotonic() - self._since
            due = len(self._views) >= _MAX_TWEETS or waited >= _MAX_SECONDS
        if due:
            self.flush()

    def flush(self) -> None:
        """Send what has gathered: one message; where the queue does not take it, it is lost."""
        with self._lock:
            views, self._views = self._views, {}
            self._since = time.monotonic()
        if views:
            offer("tweets", "views", views)


gathered = Gathered()


def count(record: Item) -> None:
    """Add the views in a message to the counters (an update a tweet).

    A message that comes again at once is passed over. The counters of a hot tweet are written
    in transactions all the time, which refuse a single update: the client tries again, and its
    views are lost in the end rather than that all others in the message are counted again.
    """
    message_id = record["messageId"]
    for tweet_id, amount in json.loads(record["body"]).items():
        try:
            Counter(tweet_id).update(
                [Counter.impressions.add(amount), Counter.viewed.set(message_id)],
                condition=Counter.viewed.does_not_exist() | (Counter.viewed != message_id),
            )
        except UpdateError as error:
            if error.cause_response_code not in _PASSED_OVER:
                raise
