"""Deleting tweets: a tombstone stays, so that what arrives late finds it."""

from typing import Any

from chalicelib.tweets.core import cache, visibility
from chalicelib.tweets.core.models import Tweet
from chalicelib.tweets.posting.retweets import undo_retweet
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import conflict, forbidden, not_found
from shared.contracts import tweet_object

Item = dict[str, Any]

# What a tombstone does not have. Without a position it is in no index.
CONTENT = ("text", "entities", "poll", "media", "position")


def delete_tweet(user_id: str, tweet_id: str) -> Item:
    """Turn an own tweet into a tombstone; doing it twice is fine.

    An own retweet is taken back, so that the count and the mark go with it; an
    edited tweet goes with all its versions.

    Raises:
        Problem: 404 for an unknown tweet, 403 for somebody else's, 409 when an
            edited one is edited again at this moment.
    """
    try:
        bury(tweet_id, user_id, Tweet.kind != "retweet")
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        # A tombstone still knows its author: deleting an own tweet again is fine. Consistent: an
        # edit of this second would be missed, and with it what there is to delete.
        stored = visibility.load_tweets([tweet_id], consistent=True).get(tweet_id)
        if stored is None:
            raise not_found("tweet", tweet_id) from error
        if stored["author_id"] != user_id:
            raise forbidden("You can only delete your own tweets.") from error
        if stored["kind"] == "retweet" and not stored.get("deleted"):
            undo_retweet(user_id, stored["retweeted_tweet_id"])
        else:
            bury_versions(user_id, stored)
    cache.tweets().forget(tweet_id)
    return {"deleted": True}


def bury(tweet_id: str, author_id: str, also: Condition | None = None) -> None:
    """Replace a tweet by its tombstone: ids stay, content goes, and it is in no index any more.

    Args:
        also: a further condition.

    Raises:
        UpdateError: it is not there, is somebody else's, was buried before, has
            several versions (see `bury_versions`), or the further condition failed.
    """
    condition = (
        (Tweet.author_id == author_id)
        & Tweet.deleted.does_not_exist()
        & Tweet.edit_history.does_not_exist()
    )
    Tweet(tweet_id).update(
        [
            Tweet.deleted.set(True),
            Tweet.version.add(1),
            Tweet.updated_at.set(now_ms()),
            *(getattr(Tweet, name).remove() for name in CONTENT),
        ],
        condition=condition if also is None else condition & also,
    )


def bury_versions(author_id: str, tweet: Item) -> None:
    """Replace all versions of an edited tweet by their tombstones, at once; twice is once.

    Raises:
        Problem: 409 when it was edited again in between; the caller may ask again.
    """
    versions = tweet_object.edit_history(tweet)
    if tweet.get("deleted") or len(versions) == 1:
        return
    values = {":true": True, ":user": author_id, ":now": now_ms(), ":one": 1, ":versions": versions}
    names = {f"#{name}": name for name in CONTENT}
    actions = [
        {
            "Update": {
                "TableName": Tweet.Meta.table_name,
                "Key": {"id": {"S": tweet_id}},
                "UpdateExpression": (
                    "SET deleted = :true, updated_at = :now "
                    f"REMOVE {', '.join(names)} ADD version :one"
                ),
                "ConditionExpression": "author_id = :user AND edit_history = :versions",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": dynamo.encode_item(values),
            }
        }
        for tweet_id in versions
    ]
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.PATIENT)
    except dynamo.TransactionCanceled as canceled:
        raise conflict("The tweet was changed at this moment.") from canceled
