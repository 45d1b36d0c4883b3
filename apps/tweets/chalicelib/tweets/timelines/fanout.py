"""Fan-out: from one tweet to the timelines of its author's followers.

Tweets of pulled authors stay in their head: nothing is written, however many
follow. For the others a planner reads the follower list once and cuts it into
ranges, one message a range; workers deliver a range each, in parallel, to
those who read their timeline these days. A delivery is a put of an entry
under its own key: done twice, it is the same entry.

Tweets of authors who were suspended meanwhile are delivered like others: reads
hide them, and the day the author is restored they are there.
"""

from typing import Any

from chalicelib.tweets.core.models import Mention, TimelineEntry, Tweet
from chalicelib.tweets.heads import store
from chalicelib.tweets.timelines import delivery_review, reader_state
from chalicelib.tweets.timelines.rebuild import ENTRY_SECONDS

from shared.aws import dynamo
from shared.aws.events import Event, send
from shared.base.clock import now_ms, now_seconds
from shared.base.ids import time_ms
from shared.contracts import graph

Item = dict[str, Any]

# Followers in one range: 40 BatchWriteItem calls, some seconds of one worker.
RANGE_SIZE = 1000
# Up to here the planner delivers by itself: a queue hop would cost more than it saves.
INLINE_SIZE = 100


def plan(event: Event) -> None:
    """Cut the deliveries of a tweet (or their removal) into ranges of followers.

    Those whom it mentions are few and served at once: no queue of their own.
    """
    if event.type != "tweet.deleted":
        file_mentions(event.data)
    delivery = _delivery(event)
    if delivery["remove"] and _expired(delivery["tweet_id"]):
        return
    author_id = delivery["author_id"]
    head = store.load([author_id])[author_id]
    if head.mode_of(int(delivery["tweet_id"])) == "pull":
        return
    after: str | None = None
    count = 0
    messages: list[Item] = []
    while True:
        followers = graph.follower_ids(author_id, after=after, limit=RANGE_SIZE)
        count += len(followers)
        if not followers:
            break
        if after is None and len(followers) <= INLINE_SIZE:
            _deliver(delivery, followers)
            return
        messages.append({**delivery, "after": after, "until": followers[-1]})
        if len(messages) == 10:
            send("tweets", "fanout-ranges", messages)
            messages = []
        if len(followers) < RANGE_SIZE:
            break
        after = followers[-1]
    if messages:
        send("tweets", "fanout-ranges", messages)
    delivery_review.consider_celebrity(author_id, count)


def file_mentions(tweet: Item) -> None:
    """File a tweet under each user it mentions or answers; reads drop what is deleted."""
    mentioned = set(tweet.get("mentioned_user_ids", ()))
    if tweet.get("in_reply_to_user_id") not in (None, tweet["author_id"]):
        mentioned.add(tweet["in_reply_to_user_id"])
    position = int(tweet["tweet_id"])
    puts = [{"user_id": user_id, "position": position} for user_id in sorted(mentioned)]
    dynamo.batch_write(Mention.Meta.table_name, puts=puts)


def deliver_range(message: Item) -> None:
    """Deliver to one range of followers."""
    author_id, after, until = message["author_id"], message["after"], message["until"]
    for followers in graph.within(graph.follower_ids, author_id, after, until, RANGE_SIZE):
        _deliver(message, followers)


def _delivery(event: Event) -> Item:
    data = event.data
    return {
        "remove": event.type == "tweet.deleted",
        "tweet_id": data["tweet_id"],
        "author_id": data["author_id"],
        "kind": data["kind"],
        "retweeted_tweet_id": data.get("retweeted_tweet_id"),
    }


def _expired(tweet_id: str) -> bool:
    """Whether entries of a tweet are gone, or go by themselves: removing what is not there costs
    as much as removing what is. One that came late is dropped by reads."""
    return time_ms(tweet_id) < now_ms() - ENTRY_SECONDS * 1000


def _deliver(delivery: Item, followers: list[str]) -> None:
    """Write the entries of active followers, or remove them.

    The tweet is looked at before and after: if it was deleted meanwhile, its
    removal may have run already, and this range is cleared once more. If it is
    deleted after the second look, the removal comes after these writes.
    """
    readers = reader_state.active(followers)
    if not readers:
        return
    if delivery["remove"] or not _alive(delivery["tweet_id"]):
        _remove(delivery, readers)
        return
    expires_at = now_seconds() + ENTRY_SECONDS
    dynamo.batch_write(
        TimelineEntry.Meta.table_name,
        puts=[
            {
                "user_id": reader,
                "position": int(delivery["tweet_id"]),
                "author_id": delivery["author_id"],
                "kind": delivery["kind"],
                "retweeted_tweet_id": delivery["retweeted_tweet_id"],
                "expires_at": expires_at,
            }
            for reader in readers
        ],
    )
    if not _alive(delivery["tweet_id"]):
        _remove(delivery, readers)


def _remove(delivery: Item, readers: list[str]) -> None:
    position = int(delivery["tweet_id"])
    keys = [{"user_id": reader, "position": position} for reader in readers]
    dynamo.batch_write(TimelineEntry.Meta.table_name, deletes=keys)


def _alive(tweet_id: str) -> bool:
    """Whether a tweet stands at this moment, in its newest version (one consistent read)."""
    table = Tweet.Meta.table_name
    found = dynamo.batch_get({table: [{"id": tweet_id}]}, consistent=True)[table]
    return bool(found) and found[0].get("position") is not None
