"""Fan-out: from one tweet to the timelines of its author's followers.

Tweets of pulled authors stay in their head: nothing is written, however many
follow. For the others a planner reads the follower list once and cuts it into
ranges, one message per range; workers deliver one range each, in parallel, to
readers who were active lately. Lists that somebody reads are readers, too; the planner serves
them itself.

Tweets of authors who were suspended meanwhile are delivered like others: reads
hide them, and they are there on the day the author is restored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.tweets.core import names, visibility
from chalicelib.tweets.core.models import BY_USER, LISTS, MENTIONS, TWEETS
from chalicelib.tweets.heads import store
from chalicelib.tweets.pipeline.skeletons import positions
from chalicelib.tweets.timelines import delivery_review, entries, following, push_targets

from shared.aws.dynamo import Item
from shared.aws.events import Event, send
from shared.base.ids import MAX_ID
from shared.base.process import process
from shared.contracts import graph

# SQS takes so many messages per call.
_MESSAGES = 10


@dataclass(frozen=True)
class FanoutLimits:
    """Sizes into which deliveries are cut.

    Attributes:
        range_size: followers in one range: 40 BatchWriteItem calls, some seconds of one worker.
        inline_size: up to here the planner delivers by itself: a queue hop would cost more than
            it saves.
    """

    range_size: int = 1000
    inline_size: int = 100


def plan(event: Event) -> None:
    """Cut the delivery or removal of a tweet into ranges of followers.

    Users whom the tweet mentions are few and served at once: they need no queue.
    """
    if event.type != "tweet.deleted":
        file_mentions(event.data)
    delivery = _delivery(event)
    # Deleting missing entries costs as much as deleting others; a late one is dropped by reads.
    # New tweets are as old only if they were imported: reads find them in the author's head.
    if entries.have_expired(delivery["tweet_id"]):
        return
    author_id = delivery["author_id"]
    mode = store.load([author_id])[author_id].mode_of(int(delivery["tweet_id"]))
    if mode == "pull":
        return
    delivery["frequent_only"] = mode == "frequent"
    for lists in _lists_with(author_id):
        deliver(delivery, lists)
    limits = process.limits(FanoutLimits)
    after: str | None = None
    count = 0
    messages: list[Item] = []
    while True:
        followers = graph.follower_ids(author_id, after=after, limit=limits.range_size)
        count += len(followers)
        if not followers:
            break
        if after is None and len(followers) <= limits.inline_size:
            deliver(delivery, followers)
            return
        messages.append({**delivery, "after": after, "until": followers[-1]})
        if len(messages) == _MESSAGES:
            send(names.DOMAIN, names.RANGES_QUEUE, messages)
            messages = []
        if len(followers) < limits.range_size:
            break
        after = followers[-1]
    if messages:
        send(names.DOMAIN, names.RANGES_QUEUE, messages)
    delivery_review.review_celebrity(author_id, count)


def file_mentions(tweet: Item) -> None:
    """File a tweet under each user that it mentions or answers.

    Reads drop deleted ones.
    """
    mentioned = set(tweet.get("mentioned_user_ids", ()))
    if tweet.get("in_reply_to_user_id") not in (None, tweet["author_id"]):
        mentioned.add(tweet["in_reply_to_user_id"])
    position = int(tweet["tweet_id"])
    MENTIONS.batch_write(
        {"user_id": user_id, "position": position} for user_id in sorted(mentioned)
    )


def file_mentions_again(tweets: Sequence[Item]) -> None:
    """File stored tweets as they were filed when they were posted."""
    for tweet in tweets:
        if not tweet.get("deleted"):
            mentioned = visibility.mentioned_ids(tweet)
            about = {"tweet_id": tweet["id"], "mentioned_user_ids": mentioned}
            file_mentions({**tweet, **about})


def deliver_range(message: Item) -> None:
    """Deliver to one range of followers."""
    author_id, after, until = message["author_id"], message["after"], message["until"]
    size = process.limits(FanoutLimits).range_size
    for followers in graph.within(graph.follower_ids, author_id, after, until, size):
        deliver(message, followers)


def deliver(delivery: Item, followers: list[str]) -> None:
    """Write the entries of active followers, or remove them.

    The tweet is looked at before and after: if it was deleted meanwhile, its
    removal may have run already, and this range is cleared once more. If it is
    deleted after the second look, the removal comes after these writes.

    Args:
        delivery: as `plan` makes it, or a message with a range of it.
    """
    only = delivery.get("frequent_only", False)
    readers = push_targets.among(followers, frequent_only=only)
    if not readers:
        return
    tweet_id = int(delivery["tweet_id"])
    if not delivery["remove"] and _stands(delivery["tweet_id"]):
        author_id, kind = delivery["author_id"], delivery["kind"]
        original = delivery["retweeted_tweet_id"]
        entries.put(
            entries.entry(reader, tweet_id, author_id, kind, original) for reader in readers
        )
        if _stands(delivery["tweet_id"]):
            return
    entries.delete((reader, tweet_id) for reader in readers)


def _lists_with(author_id: str) -> Iterator[list[str]]:
    """Yield the author's lists, as readers (one Query per thousand)."""
    below = MAX_ID
    size = process.limits(FanoutLimits).range_size
    while True:
        items = positions(LISTS, BY_USER, "user_key", f"member#{author_id}", 1, below, size)
        if items:
            yield [following.of_list(item["list_id"]) for item in items]
        if len(items) < size:
            return
        below = items[-1]["position"] - 1


def _delivery(event: Event) -> Item:
    data = event.data
    return {
        "remove": event.type == "tweet.deleted",
        "tweet_id": data["tweet_id"],
        "author_id": data["author_id"],
        "kind": data["kind"],
        "retweeted_tweet_id": data.get("retweeted_tweet_id"),
    }


def _stands(tweet_id: str) -> bool:
    """True if the tweet stands at this moment (one consistent read).

    Old versions do not.
    """
    found = TWEETS.get_many([{"id": tweet_id}], consistent=True)
    return bool(found) and found[0].get("position") is not None
