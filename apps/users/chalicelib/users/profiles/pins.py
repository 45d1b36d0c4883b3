"""The tweet on top of a profile: one's own, one at a time."""

from chalicelib.users.core import actions
from chalicelib.users.core.models import User

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.errors import Problem, conflict, forbidden, not_found
from shared.contracts import profiles

_OWN = (
    "#author_id = :user AND attribute_not_exists(#deleted) AND #kind <> :retweet "
    "AND attribute_not_exists(#superseded_by)"
)


def pin(user_id: str, tweet_id: str) -> str:
    """Pin a tweet, in the place of another one; of an edited one its newest version.

    One transaction looks at the tweet and changes the profile, so that a tweet
    deleted or edited meanwhile is not pinned.

    Returns:
        the id of what is pinned.

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
        if newest := _newest(user_id, canceled):
            return pin(user_id, newest)
        raise _refusal(user_id, tweet_id, canceled) from canceled
    profiles.forget(user_id)
    return tweet_id


def _newest(user_id: str, canceled: dynamo.TransactionCanceled) -> str | None:
    """The version that an own tweet has become, where that is why it cannot be pinned."""
    tweet = canceled.items[0] if canceled.failed(0) else None
    if not tweet or tweet.get("deleted") or tweet["author_id"] != user_id:
        return None
    newest: str | None = tweet.get("superseded_by")
    return newest


def unpin(user_id: str) -> None:
    """Take the pinned tweet off the profile; nothing happens when there is none."""
    _change(user_id, None, {}, "attribute_exists(#pinned_tweet_id)")


def replace(user_id: str, versions: list[str], newest: str | None) -> None:
    """Pin the newest version, or nothing, where one of the versions of a tweet is pinned."""
    named = {f"v{index}": version for index, version in enumerate(versions)}
    condition = f"#pinned_tweet_id IN ({', '.join(f':{name}' for name in named)})"
    _change(user_id, newest, named, condition)


def _change(user_id: str, tweet_id: str | None, values: dict[str, str], condition: str) -> None:
    """One conditional Update; the cards of this process forget what was pinned."""
    pinned = "REMOVE #pinned_tweet_id"
    given: dict[str, str | int] = {"now": now_ms(), "one": 1, **values}
    if tweet_id is not None:
        pinned, given["tweet"] = ", #pinned_tweet_id = :tweet", tweet_id
    expression = f"SET #updated_at = :now {pinned} ADD #version :one"
    key, table = {"id": user_id}, User.Meta.table_name
    if actions.run(actions.update(table, key, expression, given, condition)):
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
