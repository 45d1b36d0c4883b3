"""Review of authors: whose tweets are pushed, whose are pulled.

Every author is reviewed once a day, a slice of them each hour; a celebrity as
soon as a follow or the fan-out shows the count. The facts of the decision are
found cheaply: the rate of tweets from the head, followers from the users
domain's counters, activity and reading from a sample of the followers.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.tweets.core import names
from chalicelib.tweets.core.models import HEADS
from chalicelib.tweets.heads import delivery_modes, heads
from chalicelib.tweets.heads.delivery_rule import AuthorActivity, configured_rule, decide
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.timelines import reader_state
from chalicelib.tweets.timelines.reader_state import ReaderLimits

from shared.aws.dynamo import Item
from shared.aws.events import Event, send
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.ids import first_id_at, time_ms
from shared.base.process import Cache, process
from shared.contracts import graph, profiles

_RATE_DAYS = 7
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class ReviewLimits:
    """Sizes into which the review of all authors is cut.

    Attributes:
        slices: one per hour.
        segments: parts of a slice, reviewed in parallel.
        page: heads of one message: some seconds of one worker.
        sample: followers whose activity stands for all.
    """

    slices: int = 24
    segments: int = 4
    page: int = 200
    sample: int = 25


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
    rate = tweets_per_day(head, now_ms())
    activity = AuthorActivity(rate, followers, 0, 0.0)
    rule = configured_rule()
    celebrity = followers >= rule.celebrity_followers
    if not celebrity and (rate or head.mode == "pull"):
        activity = _sampled_activity(head.author_id, rate, followers)
    mode = decide(activity, head.mode, rule)
    if mode != head.mode:
        delivery_modes.switch(head.author_id, mode)


def tweets_per_day(head: Head, now: int) -> float:
    """Return the author's rate over a week, or what the head holds of it.

    Args:
        now: Unix milliseconds.
    """
    begin = max(first_id_at(now - _RATE_DAYS * _DAY_MS), head.floor)
    count = sum(line.position >= begin and line.kind != heads.GONE for line in head.lines())
    return count / max(1 / 24, (now - time_ms(begin)) / _DAY_MS)


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


def _sampled_activity(author_id: str, rate: float, followers: int) -> AuthorActivity:
    """Return an author's activity by a random sample of followers."""
    size = process.limits(ReviewLimits).sample
    first = graph.follower_ids(author_id, limit=1)
    sample: list[str] = []
    if first and followers > size:
        start = random.randint(int(first[0]), first_id_at(now_ms()))  # noqa: S311
        sample = graph.follower_ids(author_id, after=str(start), limit=size)
    if len(sample) < size:
        sample = list({*sample, *graph.follower_ids(author_id, limit=size)})
    if not sample:
        return AuthorActivity(rate, followers, 0, 0.0)
    oldest = reader_state.today() - process.limits(ReaderLimits).active_days
    states = reader_state.load_many(sample).values()
    active = [state for state in states if state.active_day >= oldest]
    share = followers / len(sample)
    reads = sum(max(1, state.daily_reads) for state in active)
    return AuthorActivity(rate, followers, round(len(active) * share), reads * share)
