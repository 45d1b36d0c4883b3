"""Judging authors: who is pushed, who is pulled.

Every author is judged once a day, a slice of them each hour; a celebrity as
soon as a follow or the fan-out shows the count. What the decision rests on is
found cheaply: the rate of tweets from the head, followers from the users
domain's counters, activity and reading from a sample of the followers.
"""

import random
from datetime import UTC, datetime
from typing import Any

from cachetools import TTLCache
from chalicelib.tweets.core.models import AuthorHead
from chalicelib.tweets.heads import delivery_modes, heads
from chalicelib.tweets.heads.delivery_rule import AuthorActivity, configured_rule, decide
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.timelines import reader_state

from shared.aws import dynamo, sdk
from shared.aws.events import Event, send
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.ids import first_id_at, time_ms
from shared.contracts import graph, profiles

Item = dict[str, Any]

# One slice an hour.
SLICES = 24
# Parts of a slice, judged in parallel.
PARTS = 4
# Heads of one message: some seconds of one worker.
PAGE = 200
SAMPLE = 25
_RATE_DAYS = 7
_DAY_MS = 86_400_000
_COUNT_SECONDS = 60.0

_counted: TTLCache[str, int] = TTLCache(50_000, _COUNT_SECONDS)


def ask_for_slice(now: datetime | None = None) -> None:
    """Have this hour's slice of the authors judged (one message a part)."""
    hour = (now or datetime.now(UTC)).hour
    segments = range(hour * PARTS, (hour + 1) * PARTS)
    message = {"kind": "judge", "of": SLICES * PARTS}
    send("tweets", "upkeep", [{**message, "segment": segment} for segment in segments])


def judge_part(message: Item) -> None:
    """Judge one page of heads; the rest of the part is a message of its own."""
    scan: Item = {
        "TableName": AuthorHead.Meta.table_name,
        "TotalSegments": message["of"],
        "Segment": message["segment"],
        "Limit": PAGE,
    }
    if after := message.get("after"):
        scan["ExclusiveStartKey"] = {"author_id": {"S": after}}
    answer = sdk.client("dynamodb").scan(**scan)
    found = [heads.of_item(dynamo.decode_item(raw)) for raw in answer["Items"]]
    counts = profiles.counts(head.author_id for head in found) if found else {}
    for head in found:
        judge(head, max(0, counts.get(head.author_id, {}).get("followers", 0)))
    if last := answer.get("LastEvaluatedKey"):
        send("tweets", "upkeep", [{**message, "after": last["author_id"]["S"]}])


def judge(head: Head, followers: int) -> None:
    """Switch one author where the rule says so; the silent and the famous need no sample."""
    rate = tweets_per_day(head, now_ms())
    activity = AuthorActivity(rate, followers, 0, 0.0)
    rule = configured_rule()
    celebrity = followers >= rule.celebrity_followers
    if not celebrity and (rate or head.mode == "pull"):
        activity = _sampled(head.author_id, rate, followers)
    mode = decide(activity, head.mode, rule)
    if mode != head.mode:
        delivery_modes.switch(head.author_id, mode)


def tweets_per_day(head: Head, now: int) -> float:
    """The author's rate over the last week, or over what the head holds of it."""
    begin = max(first_id_at(now - _RATE_DAYS * _DAY_MS), head.floor)
    count = sum(line.position >= begin and line.kind != heads.GONE for line in head.lines())
    return count / max(1 / 24, (now - time_ms(begin)) / _DAY_MS)


def consider_celebrity(author_id: str, followers: int) -> None:
    """Pull an author who has been found to have so many followers."""
    if followers >= settings().celebrity_followers:
        delivery_modes.switch(author_id, "pull")


def consider_followed(event: Event) -> None:
    """Look at the count of somebody who has a new follower (0.5 read units a minute and author)."""
    author_id = event.data["target_id"]
    if author_id in _counted:
        return
    found = profiles.counts([author_id]).get(author_id, {})
    _counted[author_id] = found.get("followers", 0)
    consider_celebrity(author_id, _counted[author_id])


def _sampled(author_id: str, rate: float, followers: int) -> AuthorActivity:
    """Activity by a sample of followers, from a random place of the list on."""
    first = graph.follower_ids(author_id, limit=1)
    sample: list[str] = []
    if first and followers > SAMPLE:
        start = random.randint(int(first[0]), first_id_at(now_ms()))  # noqa: S311
        sample = graph.follower_ids(author_id, after=str(start), limit=SAMPLE)
    if len(sample) < SAMPLE:
        sample = list({*sample, *graph.follower_ids(author_id, limit=SAMPLE)})
    if not sample:
        return AuthorActivity(rate, followers, 0, 0.0)
    oldest = reader_state.today() - reader_state.ACTIVE_DAYS
    found = reader_state.states(sample).values()
    active = [state for state in found if state.active_day >= oldest]
    share = followers / len(sample)
    reads = sum(max(1, state.daily_reads) for state in active)
    return AuthorActivity(rate, followers, round(len(active) * share), reads * share)
