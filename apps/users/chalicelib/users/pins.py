"""The tweet on top of a profile: one's own, one at a time."""

from chalicelib.users import actions
from chalicelib.users.models import User

from shared import dynamo, profiles
from shared.clock import now_ms
from shared.config import settings
from shared.errors import Problem, conflict, forbidden, not_found

_OWN = "#author_id = :user AND attribute_not_exists(#deleted) AND #kind <> :retweet"


def pin(user_id: str, tweet_id: str) -> None:
    """Pin a tweet, in the place of another one.

    One transaction looks at the tweet and changes the profile, so that a tweet
    deleted meanwhile is not pinned.

    Raises:
        Problem: 404 when there is no such tweet (any more), 403 when it is
            somebody else's or a retweet.
    """
    expression = "SET #pinned_tweet_id = :tweet, #updated_at = :now ADD #version :one"
    values = {"tweet": tweet_id, "now": now_ms(), "one": 1}
    key, table = {"id": user_id}, User.Meta.table_name
    tweets = settings().name("tweets", "tweets")
    own = {"user": user_id, "retweet": "retweet"}
    try:
        dynamo.transact(
            [
                actions.check(tweets, {"id": tweet_id}, own, _OWN),
                actions.update(table, key, expression, values, "attribute_exists(#id)"),
            ]
        )
    except dynamo.TransactionCanceled as canceled:
        raise _refusal(user_id, tweet_id, canceled) from canceled
    profiles.forget(user_id)


def unpin(user_id: str, tweet_id: str | None = None) -> None:
    """Take the pinned tweet off the profile; nothing happens when it is not there.

    Args:
        tweet_id: only if it is this one.
    """
    expression = "SET #updated_at = :now REMOVE #pinned_tweet_id ADD #version :one"
    values: dict[str, str | int] = {"now": now_ms(), "one": 1}
    condition = "attribute_exists(#pinned_tweet_id)"
    if tweet_id is not None:
        values["tweet"] = tweet_id
        condition = "#pinned_tweet_id = :tweet"
    key, table = {"id": user_id}, User.Meta.table_name
    if actions.run(actions.update(table, key, expression, values, condition)):
        profiles.forget(user_id)


def _refusal(user_id: str, tweet_id: str, canceled: dynamo.TransactionCanceled) -> Problem:
    if canceled.failed(0):
        tweet = canceled.items[0]
        if not tweet or tweet.get("deleted"):
            return not_found("tweet", tweet_id, "tweet_id")
        if tweet["author_id"] != user_id:
            return forbidden("You can only pin your own tweets.")
        return forbidden("A retweet cannot be pinned.")
    if canceled.failed(1):
        return not_found("user", user_id)
    return conflict("The tweet or the profile is being changed right now; try again.")
