"""'Notify me': followers who are notified of every tweet of an author.

There may be very many, so they are notified in ranges: each slice of the planning reads one
page of the watchers' index and queues its ranges; each range is a message of its own, and
all of them may run in parallel. A repeated range stores nothing twice, since the ids of
notifications follow from the tweet.
"""

from dataclasses import dataclass

from chalicelib.notifications.accepting import highlights
from chalicelib.notifications.accepting.audience import permitted
from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import caused_id
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.history import notifications
from chalicelib.notifications.planning.social import routed

from shared.aws.events import send
from shared.aws.walks import Job, Position, Walk
from shared.base.ids import time_ms
from shared.base.process import process
from shared.contracts import graph

TYPE = "tweet"
# Replies concern the user replied to, and a retweeted tweet was notified when it was written.
KINDS = frozenset({"tweet", "quote"})
# Users whom the tweet concerns in another way: they get a notification of that.
_CONCERNED = ("in_reply_to_user_id", "quoted_user_id")


@dataclass(frozen=True)
class WatcherLimits:
    """Sizes of the ranges that watchers are notified in.

    Attributes:
        range_size: watchers per range; one conditional put each, some seconds of one worker.
        planned: watchers per planning slice: one Query, one SendMessageBatch.
        inline: up to so many, further messages do not pay.
    """

    range_size: int = 200
    planned: int = 2000
    inline: int = 25


def plan(job: Job, position: Position | None) -> Position | None:
    """Queue the ranges of the next watchers; notify a few of them at once.

    Before the first watchers come the most engaged followers of a celebrity (`highlights`).
    """
    if job["kind"] not in KINDS:
        return None
    limits = process.limits(WatcherLimits)
    if position is None:
        others = _concerned(job) | {job["author_id"]}
        highlights.notify_engaged(
            job["author_id"], job["tweet_id"], others, lambda user_id: notification(job, user_id)
        )
    after = position["after"] if position else None
    found = graph.watcher_ids(job["author_id"], after=after, limit=limits.planned)
    if len(found) <= limits.inline:
        _notify(job, found)
        return None
    slim = {name: job[name] for name in ("tweet_id", "author_id", "kind")}
    slim |= {"mentioned_user_ids": sorted(_concerned(job))}
    ranges = []
    for start in range(0, len(found), limits.range_size):
        until = found[min(start + limits.range_size, len(found)) - 1]
        ranges.append({"job": slim, "step": "tell", "position": {"after": after, "until": until}})
        after = until
    send(names.DOMAIN, names.WATCHERS_QUEUE, ranges)
    return {"after": after} if len(found) == limits.planned else None


def notify_range(job: Job, position: Position | None) -> None:
    """Notify the watchers of one range.

    Without a position there is none: the planning has ended.
    """
    if position is not None:
        after, until = position["after"], position["until"]
        size = process.limits(WatcherLimits).range_size
        for found in graph.within(graph.watcher_ids, job["author_id"], after, until, size):
            _notify(job, found)


def _notify(job: Job, watchers: list[str]) -> None:
    others = _concerned(job) | {job["author_id"]}
    contents = [notification(job, watcher) for watcher in watchers if watcher not in others]
    for content in routed(permitted(contents)):
        notifications.create(content)


def _concerned(job: Job) -> set[str]:
    """Users notified of the tweet as answered, quoted or mentioned by it."""
    roles = (job[role] for role in _CONCERNED if job.get(role))
    return {*job.get("mentioned_user_ids", ()), *roles}


def notification(job: Job, watcher: str) -> Content:
    """Return the notification of a watcher; its id follows from the tweet."""
    at = time_ms(int(job["tweet_id"]))
    return Content(
        id=caused_id(at, job["tweet_id"], TYPE, watcher),
        user_id=watcher,
        type=TYPE,
        category=SOCIAL,
        channels=(names.INBOX,),
        created_at=at,
        actor_id=job["author_id"],
        tweet_id=job["tweet_id"],
    )


# Names of steps are in messages under way, so they stay.
walk = Walk(names.DOMAIN, names.WATCHERS_QUEUE, {"plan": plan, "tell": notify_range})
