"""Withdrawal of notifications after deletions and blocks.

A walk over ``tweet.deleted``: first the author's own inbox since the tweet began (likes,
retweets, the end of the poll), then the users whom the tweet or its poll notified, then the
author's watchers. Ids of notifications follow from their causes, so that all but the first
step read by key. Deliveries that are still under way look at the tweet by themselves
(`inbox.withdrawing.withdraw_gone`).

After ``user.blocked`` the same walk has one step: the newest entries of both inboxes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.notifications.accepting import highlights, watchers
from chalicelib.notifications.accepting.mapping import to_notifications
from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import first_id
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.inbox import withdrawing

from shared.aws.events import Event
from shared.aws.walks import Job, Position, Step, Walk
from shared.base.ids import time_ms
from shared.base.process import process
from shared.contracts import graph, profiles

_SOURCE = "tweets"


@dataclass(frozen=True)
class WithdrawalLimits:
    """Sizes of the slices of a withdrawal.

    Attributes:
        inbox_entries: entries of the author's inbox per slice: about a hundred kilobytes.
        recipients: recipients per slice, each with some calls of their own.
        block_slices: slices of each inbox that a block looks at.
    """

    inbox_entries: int = 500
    recipients: int = 100
    block_slices: int = 20


def own_inbox(job: Job, position: Position | None) -> Position | None:
    """Withdraw a slice of what the author's inbox says about the tweet.

    Calls: the author's card, 1 Query, and those of `withdrawing.withdraw`.

    Args:
        job: data of ``tweet.deleted``.
    """
    # Nobody engages with a retweet, but with its original.
    if job["kind"] == "retweet":
        return None
    author_id, versions = job["author_id"], _versions(job)
    author = profiles.card(author_id)
    if author is not None and author.status == "deleted":
        # The erasure removes the inbox, and with it what each of the account's tweets was told.
        return None
    before = position["before"] if position else None
    limit = process.limits(WithdrawalLimits).inbox_entries
    since = first_id(time_ms(versions[0]))
    ids, before = withdrawing.about_tweets(author_id, versions, since, before, limit)
    withdrawing.withdraw((author_id, one) for one in ids)
    return {"before": before} if before else None


def recipients(job: Job, position: Position | None) -> Position | None:
    """Withdraw what the tweet and the end of its poll told others.

    Calls: those of `withdrawing.withdraw`, for a slice of the recipients.
    """
    first = position["from"] if position else 0
    until = first + process.limits(WithdrawalLimits).recipients
    told = list(_told(job))
    withdrawing.withdraw((one.user_id, one.id) for one in told[first:until])
    return {"from": until} if until < len(told) else None


def watched(job: Job, position: Position | None) -> Position | None:
    """Withdraw what a slice of the author's watchers were told.

    Calls: 1 Query, and those of `withdrawing.withdraw`; 1 GetItem for highlights.
    """
    tweet = {**job, "tweet_id": _versions(job)[0]}
    if tweet["kind"] not in watchers.KINDS:
        return None
    after = position["after"] if position else None
    limit = process.limits(WithdrawalLimits).recipients
    found = graph.watcher_ids(tweet["author_id"], after=after, limit=limit)
    users = list(found)
    if position is None:
        users += highlights.chosen_for(tweet["author_id"], tweet["tweet_id"])
    contents = (watchers.notification(tweet, user_id) for user_id in users)
    withdrawing.withdraw((one.user_id, one.id) for one in contents)
    return {"after": found[-1]} if len(found) == limit else None


def between(job: Job, position: Position | None) -> Position | None:
    """Withdraw a slice of what two people's inboxes say of each other.

    Once the block has ended nothing is withdrawn, as what comes from then on is wanted.

    Calls: 1 GetItem, 1 Query, and those of `withdrawing.withdraw`.

    Args:
        job: data of ``user.blocked``.
    """
    user_id, target_id = job["user_id"], job["target_id"]
    pair = graph.FOLLOWS.get({"user_id": user_id, "target_id": target_id}, consistent=True)
    if not (pair or {}).get("blocked"):
        return None
    at = position or {"of": 0, "before": None, "slices": 0}
    limits = process.limits(WithdrawalLimits)
    owner_id, actor_id = ((user_id, target_id), (target_id, user_id))[at["of"]]
    ids, before = withdrawing.by_actor(owner_id, actor_id, at["before"], limits.inbox_entries)
    withdrawing.withdraw((owner_id, one) for one in ids)
    slices = at["slices"] + 1
    if before and slices < limits.block_slices:
        return {**at, "before": before, "slices": slices}
    return {"of": 1, "before": None, "slices": 0} if at["of"] == 0 else None


def _about(member: str, step: Step) -> Step:
    """Return a step that passes over jobs without a member."""

    def run(job: Job, position: Position | None) -> Position | None:
        return step(job, position) if member in job else None

    return run


def _told(job: Job) -> Iterator[Content]:
    """Notifications that followed from the tweet and from the end of its poll."""
    tweet_id = _versions(job)[0]
    data = {**job, "tweet_id": tweet_id}
    began = time_ms(tweet_id)
    yield from to_notifications(Event.of(_SOURCE, "tweet.created", tweet_id, 1, began, data))
    if "poll_ended_at" in job:
        ended = job["poll_ended_at"]
        yield from to_notifications(Event.of(_SOURCE, "poll.closed", tweet_id, 1, ended, data))


def _versions(job: Job) -> list[str]:
    """Return ids of all versions of the tweet.

    The first of them was announced.
    """
    versions: list[str] = job.get("edit_history_tweet_ids", [job["tweet_id"]])
    return versions


# Names of steps are in messages under way, so they stay.
walk = Walk(
    names.DOMAIN,
    names.WITHDRAWALS_QUEUE,
    {
        "own": _about("tweet_id", own_inbox),
        "recipients": _about("tweet_id", recipients),
        "watchers": _about("tweet_id", watched),
        "between": _about("target_id", between),
    },
)
