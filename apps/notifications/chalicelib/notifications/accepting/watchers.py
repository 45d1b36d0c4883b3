"""Followers who want to be told of every tweet of somebody ('notify me').

There may be very many, so a tweet is handed to them in ranges: a slice of the
planning reads one page of the watchers' index and queues its ranges, each
range is a message of its own, and all may be done in parallel. Doing a range
twice stores nothing twice: notifications have ids that follow from the tweet.
"""

from chalicelib.notifications.accepting import highlights, store
from chalicelib.notifications.accepting.accept import wanted
from chalicelib.notifications.core import models, names
from chalicelib.notifications.core.caused_ids import caused_id
from chalicelib.notifications.core.models import Content
from chalicelib.notifications.core.names import INBOX

from shared.aws.events import send
from shared.aws.walks import Job, Position, Walk
from shared.base.ids import time_ms
from shared.contracts import graph

QUEUE = "watchers"
TYPE = "tweet"
# One conditional put each: some seconds of one worker.
RANGE = 200
# Watchers of one planning slice: one Query, one SendMessageBatch.
PLANNED = 10 * RANGE
# Up to here no further message is worth it.
INLINE = 25
# Replies are for whom they answer, retweets were told by whoever wrote them.
_KINDS = frozenset({"tweet", "quote"})
# They are told of the tweet already, and why it concerns them.
_TOLD = ("in_reply_to_user_id", "quoted_user_id")


def plan(job: Job, position: Position | None) -> Position | None:
    """Queue the ranges of the next watchers; a few are told at once.

    Before the first of them come the best followers of a celebrity (`highlights`).
    """
    if job["kind"] not in _KINDS:
        return None
    if position is None:
        told = _told(job) | {job["author_id"]}
        highlights.tell(job["author_id"], job["tweet_id"], told, lambda one: _content(job, one))
    after = position["after"] if position else None
    found = graph.watcher_ids(job["author_id"], after=after, limit=PLANNED)
    if len(found) <= INLINE:
        _tell(job, found)
        return None
    slim = {name: job[name] for name in ("tweet_id", "author_id", "kind")}
    slim |= {"mentioned_user_ids": sorted(_told(job))}
    ranges = []
    for start in range(0, len(found), RANGE):
        until = found[min(start + RANGE, len(found)) - 1]
        ranges.append({"job": slim, "step": "tell", "position": {"after": after, "until": until}})
        after = until
    send(names.DOMAIN, QUEUE, ranges)
    return {"after": after} if len(found) == PLANNED else None


def tell(job: Job, position: Position | None) -> None:
    """Store the notifications of one range; planning ends here without one."""
    if position is not None:
        after, until = position["after"], position["until"]
        for found in graph.within(graph.watcher_ids, job["author_id"], after, until, RANGE):
            _tell(job, found)


def _tell(job: Job, watchers: list[str]) -> None:
    told = _told(job) | {job["author_id"]}
    contents = [_content(job, watcher) for watcher in watchers if watcher not in told]
    for content in wanted(contents):
        store.create(content)


def _told(job: Job) -> set[str]:
    """Who hears of the tweet as one that answers, quotes or mentions them."""
    return {*job.get("mentioned_user_ids", ()), *(job[role] for role in _TOLD if job.get(role))}


def _content(job: Job, watcher: str) -> Content:
    at = time_ms(int(job["tweet_id"]))
    return Content(
        id=caused_id(at, job["tweet_id"], TYPE, watcher),
        user_id=watcher,
        type=TYPE,
        category=models.SOCIAL,
        channels=(INBOX,),
        created_at=at,
        actor_id=job["author_id"],
        tweet_id=job["tweet_id"],
    )


walk = Walk(names.DOMAIN, QUEUE, {"plan": plan, "tell": tell})
