"""Approximate (Morris) view counts.

Popular tweets need fewer writes per view.

A page notes some of its tweets: the more views a tweet has, the less often it is
noted, and the greater the weight. Notes are buffered in the process and leave as
one message per minute or per thousand tweets.
"""

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError
from chalicelib.tweets.core import names
from chalicelib.tweets.core.models import COUNTERS

from shared.aws.dynamo import Item
from shared.aws.events import offer
from shared.base.process import process

# A tweet with v views has cost about PRECISION * ln(1 + v / PRECISION) writes, and
# its count is off by 1 / sqrt(2 * PRECISION), a quarter, on average.
PRECISION = 8
# Assumed count where a page has read none: one view in 64 is noted then.
_UNREAD = 63 * PRECISION


@dataclass(frozen=True)
class ViewLimits:
    """Bounds after which a process sends its buffered views."""

    max_tweets: int = 1000
    max_seconds: float = 60.0


class ViewBuffer:
    """Views that this process has noted and not yet sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._views: dict[str, int] = {}
        self._since = process.clock.monotonic()

    def note(self, seen: Mapping[str, Item | None]) -> None:
        """Note some tweets of a page; send the buffer when it is full or old.

        Args:
            seen: the counters of each tweet by its id; ``None`` where none were read.
        """
        noted = {}
        for tweet_id, counts in seen.items():
            known = _UNREAD if counts is None else counts.get("impressions", 0)
            weight = 1 + max(0, known) // PRECISION
            if random.random() * weight < 1:  # noqa: S311 (an estimate, no secret)
                noted[tweet_id] = weight
        limits = process.limits(ViewLimits)
        with self._lock:
            for tweet_id, weight in noted.items():
                self._views[tweet_id] = self._views.get(tweet_id, 0) + weight
            waited = process.clock.monotonic() - self._since
            due = len(self._views) >= limits.max_tweets or waited >= limits.max_seconds
        if due:
            self.flush()

    def flush(self) -> None:
        """Send the buffer as one message.

        If the queue refuses it, these views are lost.
        """
        with self._lock:
            views, self._views = self._views, {}
            self._since = process.clock.monotonic()
        if views:
            offer(names.DOMAIN, names.VIEWS_QUEUE, views)


buffer = process.lazy(ViewBuffer)


def count(record: Item) -> None:
    """Add the views in a message to the counters (one update per tweet).

    A message that is delivered twice in a row counts once. The counters of a hot tweet are
    constantly written by transactions, which refuse a single update: the client retries, and
    at last the tweet's views are dropped, so that the message's other tweets are not counted
    again.
    """
    message_id = record["messageId"]
    for tweet_id, amount in json.loads(record["body"]).items():
        try:
            COUNTERS.update(
                {"id": tweet_id},
                "SET #viewed = :message ADD #impressions :amount",
                {"message": message_id, "amount": amount},
                "attribute_not_exists(#viewed) OR #viewed <> :message",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionConflictException":
                raise
