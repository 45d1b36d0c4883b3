"""Retweets: an engagement and a tweet of its own, written and taken back together."""

from typing import Any

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import Engagement, Tweet
from chalicelib.tweets.engagement import shards
from chalicelib.tweets.engagement.engagements import entry_key, other_ids, target
from chalicelib.tweets.pipeline import recent_writes
from chalicelib.tweets.posting.create import new_tweet, put_action

from shared.aws import dynamo
from shared.aws.models import as_dict
from shared.base.clock import now_ms
from shared.base.errors import forbidden
from shared.base.ids import new_id
from shared.contracts import profiles

Item = dict[str, Any]


def retweet(user_id: str, tweet_id: str) -> Item:
    """Retweet: one transaction writes the engagement and the retweet itself.

    Returns:
        X's answer in both dialects; ``rest_id`` is the id of the retweet.

    Raises:
        Problem: 404 when the tweet is not there for the caller, 403 when it is
            somebody else's protected one.
    """
    tweet = target(user_id, tweet_id)
    author = profiles.card(tweet["author_id"])
    if author is not None and author.protected and author.id != user_id:
        raise forbidden("A protected account's tweets cannot be retweeted.")
    retweet_id = new_id()
    item = new_tweet(
        retweet_id,
        {
            "author_id": user_id,
            "kind": "retweet",
            "retweeted_tweet_id": tweet["id"],
            "retweeted_user_id": tweet["author_id"],
        },
    )
    stored = _transact([_engage(user_id, tweet, retweet_id), put_action(item)])
    if stored is not None:
        retweet_id = stored.get("retweet_id", retweet_id)
    else:
        recent_writes.note(as_dict(item))
    return {"retweeted": True, "reposted": True, "rest_id": retweet_id}


def undo_retweet(user_id: str, tweet_id: str) -> Item:
    """Take a retweet back: the engagement ends and the retweet becomes a tombstone, at once."""
    undone = {"retweeted": False, "reposted": False}
    engagement = _engagement(user_id, tweet_id)
    if engagement is None or not engagement.active:
        found = (_engagement(user_id, other) for other in other_ids(tweet_id))
        engagement = next((one for one in found if one is not None and one.active), None)
    if engagement is not None:
        _transact([_disengage(engagement), _bury(engagement)])
        cache.tweets().forget(engagement.retweet_id)
    return undone


def _engagement(user_id: str, tweet_id: str) -> Engagement | None:
    try:
        return Engagement.get(user_id, entry_key(tweet_id, "retweet"), consistent_read=True)
    except Engagement.DoesNotExist:
        return None


def _transact(actions: list[Item]) -> Item | None:
    """Write all or nothing.

    Returns:
        the engagement as it is stored, when it is already as it was to become.
    """
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.PATIENT)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        return canceled.items[0]
    return None


def _engage(user_id: str, tweet: Item, retweet_id: str) -> Item:
    values = {
        ":true": True,
        ":false": False,
        ":kind": "retweet",
        ":tweet": tweet["id"],
        ":author": tweet["author_id"],
        ":tweet_kind": shards.listed_under(tweet, "retweet", user_id),
        ":retweet": retweet_id,
        ":now": now_ms(),
        ":one": 1,
    }
    expression = (
        "SET active = :true, kind = :kind, tweet_id = :tweet, author_id = :author, "
        "tweet_kind = :tweet_kind, retweet_id = :retweet, updated_at = :now ADD version :one"
    )
    condition = "attribute_not_exists(active) OR active = :false"
    key = {"user_id": user_id, "entry": entry_key(tweet["id"], "retweet")}
    return _update(Engagement.Meta.table_name, key, expression, condition, values)


def _disengage(engagement: Engagement) -> Item:
    values = {
        ":true": True,
        ":false": False,
        ":retweet": engagement.retweet_id,
        ":now": now_ms(),
        ":one": 1,
    }
    expression = "SET active = :false, updated_at = :now REMOVE tweet_kind ADD version :one"
    condition = "active = :true AND retweet_id = :retweet"
    key = {"user_id": engagement.user_id, "entry": engagement.entry}
    return _update(Engagement.Meta.table_name, key, expression, condition, values)


def _bury(engagement: Engagement) -> Item:
    values = {":true": True, ":user": engagement.user_id, ":now": now_ms(), ":one": 1}
    expression = "SET deleted = :true, updated_at = :now REMOVE #position ADD version :one"
    action = _update(
        Tweet.Meta.table_name,
        {"id": engagement.retweet_id},
        expression,
        "author_id = :user",
        values,
    )
    action["Update"]["ExpressionAttributeNames"] = {"#position": "position"}
    return action


def _update(table: str, key: Item, expression: str, condition: str, values: Item) -> Item:
    return {
        "Update": {
            "TableName": table,
            "Key": dynamo.encode_item(key),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": dynamo.encode_item(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
