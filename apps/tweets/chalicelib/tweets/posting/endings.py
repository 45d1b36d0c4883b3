"""End of the engagements with a deleted tweet.

A walk reads the tweet's likes, retweets and votes from the index by tweet, slice by slice,
and ends each as its user would have: the stream lowers the counts, and retweets become
tombstones themselves. Bookmarks are private, counted for nobody, and in no index: reads
drop those of deleted tweets.

An engagement may begin after the walk has passed, by a request that read the tweet before.
Its own stream record comes after the deletion then, and `follow_engagements` ends it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.tweets.core import names, visibility
from chalicelib.tweets.core.models import ENGAGEMENTS
from chalicelib.tweets.engagement import items, shards
from chalicelib.tweets.posting import delete

from shared.aws.dynamo import Item
from shared.aws.streams import changes
from shared.aws.walks import Job, Position, Step, Walk
from shared.base.process import process

# Kinds in the index by tweet.
_INDEXED = ("like", "retweet", "vote")


@dataclass(frozen=True)
class EndingLimits:
    """Limits of the walk over a tweet's engagements.

    Attributes:
        slice_size: engagements per message: some seconds of one worker, as each is a write of
            its own. A slice writes at most some hundred items per second, so it heats no key.
    """

    slice_size: int = 100


def end_kind(kind: str, job: Job, position: Position | None) -> Position | None:
    """End a slice of one kind of engagements with a deleted tweet.

    Calls: one Query per index shard, and one or two updates per engagement. All versions of
    an edited tweet are one after the other.

    Args:
        job: data of ``tweet.deleted``.
    """
    # Nobody engages with a retweet, but with its original.
    if job["kind"] == "retweet":
        return None
    versions = job.get("edit_history_tweet_ids", [job["tweet_id"]])
    number = position["version"] if position else 0
    place = (position["shard"], position["after"]) if position and "after" in position else None
    size = process.limits(EndingLimits).slice_size
    found, rest = shards.read_chain(versions[number], job["author_id"], kind, place, size)
    for item in found:
        end(item)
    if rest:
        return {"version": number, "shard": rest[0], "after": rest[1]}
    return {"version": number + 1} if number + 1 < len(versions) else None


def end(engagement: Item) -> None:
    """End one engagement with a deleted tweet; twice is once.

    Calls: 1 update; of a retweet 2, the retweet first: a repetition still finds the engagement.

    Args:
        engagement: key of the item, and the ``retweet_id`` of a retweet.
    """
    user_id, (number, _, kind) = engagement["user_id"], engagement["entry"].partition("#")
    tweet_id = str(int(number))
    if kind == "retweet":
        delete.delete_unedited(engagement["retweet_id"], user_id)
        ENGAGEMENTS.update(*items.end_retweet({**engagement, "tweet_id": tweet_id}))
    else:
        ENGAGEMENTS.update(*items.end(user_id, tweet_id, kind))


def end_orphans(engagements: Iterable[Item]) -> int:
    """End those of some active engagements whose tweet is deleted.

    Calls: one consistent BatchGetItem per hundred tweets, and the updates of `end`.

    Returns:
        number of engagements ended.
    """
    active = [one for one in engagements if one.get("active")]
    if not active:
        return 0
    tweets = visibility.load_tweets((one["tweet_id"] for one in active), consistent=True)
    orphans = [one for one in active if tweets.get(one["tweet_id"], {}).get("deleted")]
    for one in orphans:
        end(one)
    return len(orphans)


def follow_engagements(stream_event: Any) -> None:
    """End new engagements whose tweet was deleted meanwhile."""
    begun = (
        change.new
        for change in changes(stream_event)
        if change.new is not None and change.became("active", True)
    )
    end_orphans(begun)


# Names of steps are in messages under way, so they stay.
STEPS: dict[str, Step] = {kind: partial(end_kind, kind) for kind in _INDEXED}
walk = Walk(names.DOMAIN, names.ENDINGS_QUEUE, STEPS)
