"""Approximate view counts.

Two samples keep writes few, and the count right on average. A page notes a popular tweet
the less often, and with the greater weight, the more views it has (Morris). Notes gather in
the process, where views of one tweet by many readers become one number. They leave as one
message per minute or per thousand tweets, with at most two tweets for each page that was
noted: numbers below a threshold are sent with a probability, and as the threshold.
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
from shared.base.process import Cache, process

# A tweet with v views has cost about PRECISION * ln(1 + v / PRECISION) writes, and
# its count is off by 1 / sqrt(2 * PRECISION), a quarter, on average.
PRECISION = 8
# Counters that a page may cost: as many tweets are sent as pages were noted, times this.
WRITES_PER_PAGE = 2
# Assumed count where a page has read none: one view in 64 is noted then.
_UNREAD = 63 * PRECISION

# Tweets that polls (`since_id`) have shown a reader of late, as (reader, tweet).
_polled: Cache[tuple[str, str], bool] = process.cache(20_000, 600)


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
        self._pages = 0
        self._since = process.clock.monotonic()

    def note(self, seen: Mapping[str, Item | None], poller: str | None = None) -> None:
        """Note some tweets of a page; send the buffer when it is full or old.

        Args:
            seen: the counters of each tweet by its id; ``None`` where none were read.
            poller: the reader of a page that asks for what is new: clients ask with the same
                `since_id` over and over, so a tweet counts once in ten minutes.
        """
        noted = {}
        for tweet_id, counts in seen.items():
            if poller and not _polled.add((poller, tweet_id), True):
                continue
            known = _UNREAD if counts is None else counts.get("impressions", 0)
            weight = 1 + max(0, known) // PRECISION
            if random.random() * weight < 1:  # noqa: S311 (an estimate, no secret)
                noted[tweet_id] = weight
        limits = process.limits(ViewLimits)
        with self._lock:
            self._pages += bool(seen)
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
            pages, self._pages = self._pages, 0
            self._since = process.clock.monotonic()
        if views:
            offer(names.DOMAIN, names.VIEWS_QUEUE, sample(views, WRITES_PER_PAGE * pages))


buffer = process.lazy(ViewBuffer)


def sample(views: Mapping[str, int], most: int) -> dict[str, int]:
    """Return ``most`` of the tweets with views, each count right on average.

    Counts from a threshold on are sent as they are; a smaller one is sent with the probability
    count / threshold, and as the threshold (systematic sampling: one random number for all).

    Args:
        views: positive counts by tweet id.
        most: at least 1.
    """
    if len(views) <= most:
        return dict(views)
    largest = sorted(views, key=views.__getitem__, reverse=True)
    kept, rest = 0, sum(views.values())
    while views[largest[kept]] * (most - kept) >= rest:
        rest -= views[largest[kept]]
        kept += 1
    threshold = rest / (most - kept)
    sampled = {tweet_id: views[tweet_id] for tweet_id in largest[:kept]}
    place = random.random()  # noqa: S311
    for tweet_id in largest[kept:]:
        before, place = place, place + views[tweet_id] / threshold
        if int(place) > int(before):
            # Rounded up as often as the fraction says.
            sampled[tweet_id] = int(threshold + random.random())  # noqa: S311
    return sampled


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
