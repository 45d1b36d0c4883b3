"""What goes of the tweets domain with an account, step by step.

Whoever adds a table that names people adds a step to `STEPS`, or a line to
docs/privacy.md that says why the name may stay.
"""

from functools import partial
from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import (
    BY_AUTHOR,
    BY_OWNER,
    BY_USER,
    LISTS,
    MENTIONS,
    TWEETS,
    BookmarkFolder,
    Engagement,
    ListEntry,
    Media,
    Mention,
    PlannedTweet,
    TimelineEntry,
    Tweet,
)
from chalicelib.tweets.engagement import engagements
from chalicelib.tweets.lists import lists
from chalicelib.tweets.pipeline.skeletons import positions
from chalicelib.tweets.posting import delete
from pynamodb.exceptions import UpdateError

from shared.aws import dynamo, sdk
from shared.aws.walks import Job, Position, Step, Walk
from shared.base.clock import now_ms
from shared.base.ids import MAX_ID

Item = dict[str, Any]

# Items in a slice: some seconds of one worker where each needs a write of its own.
SLICE = 100
ROLES = ("owner", "member", "follower", "pin")


def tweets(job: Job, position: Position | None) -> Position | None:
    """Every tweet becomes a tombstone, retweets and old versions too; the rest is the stream's."""
    newest = position["below"] - 1 if position else MAX_ID
    found = positions(TWEETS, BY_AUTHOR, "author_id", job["user_id"], 1, newest, SLICE)
    for item in found:
        try:
            delete.bury(item["id"], job["user_id"])
        except UpdateError as error:
            # It has several versions, or the index is behind and it is buried already.
            engagements.tolerate_condition(error)
            stored = visibility.load_tweets([item["id"]], consistent=True)[item["id"]]
            delete.bury_versions(job["user_id"], stored)
    return {"below": int(found[-1]["position"])} if len(found) == SLICE else None


def engagements_of(job: Job, position: Position | None) -> Position | None:
    """Likes, retweets, bookmarks and votes; the counters follow by stream."""
    return _clear(Engagement.Meta.table_name, "user_id", "entry", job, position)


def timeline(job: Job, position: Position | None) -> Position | None:
    """What was delivered to the user."""
    return _clear(TimelineEntry.Meta.table_name, "user_id", "position", job, position)


def folders(job: Job, position: Position | None) -> Position | None:
    """Folders of bookmarks, and what is in them."""
    return _clear(BookmarkFolder.Meta.table_name, "user_id", "entry", job, position)


def planned(job: Job, position: Position | None) -> Position | None:
    """Drafts and scheduled tweets; their timers ring for nothing."""
    return _clear(PlannedTweet.Meta.table_name, "user_id", "entry", job, position)


def mentions(job: Job, position: Position | None) -> Position | None:
    """Others' tweets stop pointing at the user; their words are theirs and stay."""
    user_id, table = job["user_id"], Mention.Meta.table_name
    newest = position["below"] - 1 if position else MAX_ID
    found = positions(MENTIONS, None, "user_id", user_id, 1, newest, SLICE)
    if not found:
        return None
    places = [int(item["position"]) for item in found]
    stored = Tweet.Meta.table_name
    for tweet in dynamo.batch_get({stored: [{"id": str(place)} for place in places]}, True)[stored]:
        _unlink(tweet, user_id)
    dynamo.batch_write(table, deletes=[{"user_id": user_id, "position": p} for p in places])
    return {"below": places[-1]} if len(places) == SLICE else None


def list_places(role: str, job: Job, position: Position | None) -> Position | None:
    """The user's own lists, or the place on others'; what is left of a list goes by stream."""
    table, user_key = ListEntry.Meta.table_name, f"{role}#{job['user_id']}"
    newest = position["below"] - 1 if position else MAX_ID
    found = positions(LISTS, BY_USER, "user_key", user_key, 1, newest, SLICE)
    entry = lists.LIST if role == "owner" else user_key
    keys = [{"list_id": item["list_id"], "entry": entry} for item in found]
    dynamo.batch_write(table, deletes=keys)
    return {"below": int(found[-1]["position"])} if len(found) == SLICE else None


def media(job: Job, position: Position | None) -> Position | None:
    """Uploads, used or not; their objects go by stream."""
    table = Media.Meta.table_name
    answer = sdk.client("dynamodb").query(
        TableName=table,
        IndexName=BY_OWNER,
        KeyConditionExpression="owner_id = :user AND id > :after",
        ExpressionAttributeValues=dynamo.encode_item(
            {":user": job["user_id"], ":after": position["after"] if position else "0"}
        ),
        Limit=SLICE,
    )
    ids = [dynamo.decode_item(raw)["id"] for raw in answer["Items"]]
    dynamo.batch_write(table, deletes=[{"id": one} for one in ids])
    return {"after": ids[-1]} if "LastEvaluatedKey" in answer else None


STEPS: dict[str, Step] = {
    "tweets": tweets,
    "engagements": engagements_of,
    "timeline": timeline,
    "folders": folders,
    "planned": planned,
    "mentions": mentions,
    "media": media,
    **{f"list_{role}s": partial(list_places, role) for role in ROLES},
}
walk = Walk("tweets", "erasures", STEPS)


def _clear(
    table: str, hash_key: str, range_key: str, job: Job, position: Position | None
) -> Position | None:
    """Delete a slice of the items whose hash key is the user; what is deleted is not found again.

    The position only says that there is more.
    """
    del position
    answer = sdk.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="#hash = :user",
        ProjectionExpression="#hash, #range",
        ExpressionAttributeNames={"#hash": hash_key, "#range": range_key},
        ExpressionAttributeValues=dynamo.encode_item({":user": job["user_id"]}),
        ConsistentRead=True,
        Limit=SLICE,
    )
    dynamo.batch_write(table, deletes=[dynamo.decode_item(raw) for raw in answer["Items"]])
    return {} if "LastEvaluatedKey" in answer else None


def _unlink(tweet: Item, user_id: str) -> None:
    """Take a user out of the entities of somebody's tweet, and as whom it answers.

    Raises:
        UpdateError: the tweet changed since it was read; the message comes again.
    """
    entities = visibility.entities(tweet)
    kept = [one for one in entities.get("mentions", ()) if one["id"] != user_id]
    steps: list[Any] = []
    if len(kept) < len(entities.get("mentions", ())):
        rest = {name: value for name, value in entities.items() if name != "mentions"}
        steps.append(Tweet.entities.set({**rest, "mentions": kept} if kept else rest))
    if tweet.get("in_reply_to_user_id") == user_id:
        steps.append(Tweet.in_reply_to_user_id.remove())
    if steps:
        steps += [Tweet.version.add(1), Tweet.updated_at.set(now_ms())]
        Tweet(tweet["id"]).update(steps, condition=Tweet.version == tweet["version"])
