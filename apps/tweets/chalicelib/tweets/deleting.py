"""Deleting tweets: a tombstone stays, so that what arrives late finds it."""

from typing import Any

from chalicelib.tweets import visibility
from chalicelib.tweets.models import Tweet
from chalicelib.tweets.retweets import undo_retweet
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from shared.clock import now_ms
from shared.errors import forbidden, not_found

Item = dict[str, Any]


def delete_tweet(user_id: str, tweet_id: str) -> Item:
    """Turn an own tweet into a tombstone; doing it twice is fine.

    An own retweet is taken back, so that the count and the mark go with it.

    Raises:
        Problem: 404 for an unknown tweet, 403 for somebody else's.
    """
    try:
        bury(tweet_id, user_id, Tweet.kind != "retweet")
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        # A tombstone still knows its author: deleting an own tweet again is fine.
        stored = visibility.load_tweets([tweet_id]).get(tweet_id)
        if stored is None:
            raise not_found("tweet", tweet_id) from error
        if stored["author_id"] != user_id:
            raise forbidden("You can only delete your own tweets.") from error
        if stored["kind"] == "retweet" and not stored.get("deleted"):
            undo_retweet(user_id, stored["retweeted_tweet_id"])
    return {"deleted": True}


def bury(tweet_id: str, author_id: str, also: Condition | None = None) -> None:
    """Replace a tweet by its tombstone: ids stay, content goes, and it is in no index any more.

    Args:
        also: a further condition.

    Raises:
        UpdateError: it is not there, is somebody else's, was buried before, or
            the further condition failed.
    """
    condition = (Tweet.author_id == author_id) & Tweet.deleted.does_not_exist()
    Tweet(tweet_id).update(
        [
            Tweet.deleted.set(True),
            Tweet.version.add(1),
            Tweet.updated_at.set(now_ms()),
            Tweet.text.remove(),
            Tweet.entities.remove(),
            Tweet.poll.remove(),
            Tweet.position.remove(),
        ],
        condition=condition if also is None else condition & also,
    )
