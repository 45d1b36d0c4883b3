"""Fan-out: from one tweet to the timelines of its author's followers.

A planner reads the follower list once and cuts it into ranges, one message a
range; workers deliver a range each, in parallel. A delivery is a put of an
entry under its own key: done twice, it is the same entry.
"""

from typing import Any

from chalicelib.tweets import visibility
from chalicelib.tweets.models import Mention, TimelineEntry
from chalicelib.tweets.skeletons import Window, authored

from shared import dynamo, graph
from shared.clock import now_seconds
from shared.events import Event, send
from shared.ids import MAX_ID
from shared.revocations import revocations

Item = dict[str, Any]

# Followers in one range: 40 BatchWriteItem calls, some seconds of one worker.
RANGE_SIZE = 1000
# Up to here the planner delivers by itself: a queue hop would cost more than it saves.
INLINE_SIZE = 100
ENTRY_SECONDS = 30 * 24 * 3600
BACKFILL_SIZE = 50


def plan(event: Event) -> None:
    """Cut the deliveries of a tweet (or their removal) into ranges of followers.

    Those whom it mentions are few and served at once: no queue of their own.
    """
    if event.type != "tweet.deleted":
        file_mentions(event.data)
    delivery = _delivery(event)
    if _halted(delivery):
        return
    after: str | None = None
    messages: list[Item] = []
    while True:
        followers = graph.follower_ids(delivery["author_id"], after=after, limit=RANGE_SIZE)
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
    if _halted(message):
        return
    followers = graph.follower_ids(
        message["author_id"],
        after=message["after"],
        until=message["until"],
        limit=RANGE_SIZE,
    )
    _deliver(message, followers)


def backfill(event: Event) -> None:
    """Give a new follower the newest tweets of whom they follow now.

    Unfollowing needs no work here: reads filter by the current relation.
    """
    user_id, target_id = event.data["user_id"], event.data["target_id"]
    if not graph.relations(user_id, [target_id])[target_id].following:
        return
    newest = Window(1, MAX_ID, BACKFILL_SIZE, "")
    expires_at = now_seconds() + ENTRY_SECONDS
    dynamo.batch_write(
        TimelineEntry.Meta.table_name,
        puts=[
            {
                "user_id": user_id,
                "position": int(entry.tweet_id),
                "author_id": target_id,
                "kind": "retweet" if entry.retweeted_id else "tweet",
                "retweeted_tweet_id": entry.retweeted_id,
                "expires_at": expires_at,
            }
            for entry in authored(target_id, newest, limit=BACKFILL_SIZE).entries
        ],
    )


def _halted(delivery: Item) -> bool:
    """Whether the author was suspended meanwhile: what is still under way reaches nobody more."""
    author_id = delivery["author_id"]
    return not delivery["remove"] and bool(revocations.suspended([author_id]))


def _delivery(event: Event) -> Item:
    data = event.data
    return {
        "remove": event.type == "tweet.deleted",
        "tweet_id": data["tweet_id"],
        "author_id": data["author_id"],
        "kind": data["kind"],
        "retweeted_tweet_id": data.get("retweeted_tweet_id"),
    }


def _deliver(delivery: Item, followers: list[str]) -> None:
    table = TimelineEntry.Meta.table_name
    position = int(delivery["tweet_id"])
    if delivery["remove"]:
        keys = [{"user_id": follower, "position": position} for follower in followers]
        dynamo.batch_write(table, deletes=keys)
        return
    # Created and deleted may arrive in either order: a tombstone is not delivered any more.
    if visibility.load_tweet(delivery["tweet_id"]) is None:
        return
    expires_at = now_seconds() + ENTRY_SECONDS
    dynamo.batch_write(
        table,
        puts=[
            {
                "user_id": follower,
                "position": position,
                "author_id": delivery["author_id"],
                "kind": delivery["kind"],
                "retweeted_tweet_id": delivery["retweeted_tweet_id"],
                "expires_at": expires_at,
            }
            for follower in followers
        ],
    )
