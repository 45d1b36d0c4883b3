"""Review of authors: whose tweets are pushed, whose are pulled.

Every author is reviewed once a day, a slice of them each hour; a celebrity as
soon as a follow or the fan-out shows the count. The facts of the decision are
found cheaply: the rate of tweets from the head, followers from the users
domain's counters, activity and reading from samples of the followers (`audience`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import exp, expm1, log1p

from chalicelib.tweets.core import names
from chalicelib.tweets.core.models import HEADS
from chalicelib.tweets.heads import delivery_modes, heads, reader_processes
from chalicelib.tweets.heads.delivery_rule import configured_rule, decide
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.timelines import audience
from chalicelib.tweets.timelines.audience import Audience

from shared.aws.dynamo import Item
from shared.aws.events import Event, send
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.ids import time_ms
from shared.base.process import Cache, process
from shared.contracts import profiles

# Weight of one day in the mean of tweets per day.
_SMOOTHING = 0.15
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class ReviewLimits:
    """Sizes into which the review of all authors is cut.

    Attributes:
        slices: one per hour.
        segments: parts of a slice, reviewed in parallel.
        page: heads of one message: some seconds of one worker.
    """

    slices: int = 24
    segments: int = 4
    page: int = 200


# Followers by author, as a follow made this process count them within a minute.
followers_seen: Cache[str, int] = process.cache(50_000, 60)


def request_slice(now: datetime | None = None) -> None:
    """Request the review of this hour's slice (one message per segment)."""
    limits = process.limits(ReviewLimits)
    hour = (now or datetime.now(UTC)).hour
    segments = range(hour * limits.segments, (hour + 1) * limits.segments)
    message = {"kind": "review", "of": limits.slices * limits.segments}
    send(
        names.DOMAIN,
        names.MAINTENANCE_QUEUE,
        [{**message, "segment": segment} for segment in segments],
    )


def review_page(message: Item) -> None:
    """Review one page of heads, and request the rest of the segment."""
    after = message.get("after")
    page = HEADS.scan_page(
        segment=message["segment"],
        segments=message["of"],
        limit=process.limits(ReviewLimits).page,
        start={"author_id": after} if after else None,
    )
    found = [heads.of_item(item) for item in page.items]
    counts = profiles.counts(head.author_id for head in found) if found else {}
    for head in found:
        review(head, max(0, counts.get(head.author_id, {}).get("followers", 0)))
    if page.last_key:
        send(
            names.DOMAIN,
            names.MAINTENANCE_QUEUE,
            [{**message, "after": page.last_key["author_id"]}],
        )


def review(head: Head, followers: int) -> None:
    """Switch one author if the rule says so.

    Silent and famous authors need no sample of their followers.
    """
    now = now_ms()
    rate = tweets_per_day(head, now)
    rule = replace(configured_rule(), reader_processes=reader_processes.mean_number())
    readers = audience.known(head) or Audience()
    matters = followers < rule.celebrity_followers and (rate or head.mode != "push")
    if matters and audience.is_due(head, rule.costs(readers.activity(rate, followers)), now):
        readers = audience.sampled(head, followers)
    mode = decide(readers.activity(rate, followers), head.mode, rule)
    if mode != head.mode:
        delivery_modes.switch(head.author_id, mode)


def tweets_per_day(head: Head, now: int) -> float:
    """Return the author's rate, an exponential mean over days.

    A day weighs 0.15, the one before it 0.85 times as much, and so on. The head holds the moments
    of tweets, so that the mean needs no memory.

    Args:
        now: Unix milliseconds.
    """
    fading = -log1p(-_SMOOTHING)
    ages = [
        (now - time_ms(line.position)) / _DAY_MS
        for line in head.lines()
        if line.position >= head.floor and line.kind != heads.GONE
    ]
    # Nobody is judged by the first hours after joining.
    begun = max(time_ms(head.floor), min(time_ms(head.author_id), now - _DAY_MS))
    covered = max(1 / 24, (now - begun) / _DAY_MS)
    weight = sum(exp(-fading * max(0.0, age)) for age in ages)
    return weight * fading / -expm1(-fading * covered)


def review_celebrity(author_id: str, followers: int) -> None:
    """Pull an author whose number of followers makes a celebrity."""
    if followers >= settings().celebrity_followers:
        delivery_modes.switch(author_id, "pull")


def review_followed(event: Event) -> None:
    """Review an author with a new follower.

    Calls: 0.5 read units per minute and author.
    """
    author_id = event.data["target_id"]
    if author_id in followers_seen:
        return
    followers = profiles.counts([author_id]).get(author_id, {}).get("followers", 0)
    followers_seen.put(author_id, followers)
    review_celebrity(author_id, followers)
