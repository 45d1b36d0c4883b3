"""Removing a tweet by a moderator: a tombstone with the reason, and the audit entry."""

from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import Tweet
from chalicelib.tweets.posting.delete import CONTENT

from shared.auth.audit import Act, record
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import conflict, not_found
from shared.contracts import tweet_object

Item = dict[str, Any]


def remove(actor_id: str, tweet_id: str, category: str, reason: str) -> Item:
    """Turn somebody's tweet, with all its versions, into tombstones.

    A read by key, and a transaction: a write a version, and the audit entry.

    Args:
        category: one of the categories of reports; the tombstone keeps it.
        reason: the moderator's own words; only the audit log has them.

    Raises:
        Problem: 404 for a tweet that is not there, 409 for a retweet, whose original is
            meant, and where the tweet was edited or deleted at this moment.
    """
    tweet = visibility.load_tweet(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    if tweet["kind"] == "retweet":
        raise conflict(f"This is a retweet; remove {tweet['retweeted_tweet_id']} instead.")
    at, versions = now_ms(), tweet_object.edit_history(tweet)
    detail = {"author_id": tweet["author_id"], "category": category}
    act = Act(actor_id, "tweet.remove", f"tweet#{tweet_id}", reason, detail)
    try:
        buried = [_bury(version, tweet.get("edit_history"), category, at) for version in versions]
        dynamo.transact([*buried, record("tweets", act, at)], conflict_attempts=dynamo.PATIENT)
    except dynamo.TransactionCanceled as canceled:
        if not any(canceled.failed(index) for index in range(len(versions))):
            raise
        raise conflict("The tweet was changed at this moment.") from canceled
    return {"id": tweet_id, "removed": True}


def _bury(tweet_id: str, versions: list[str] | None, category: str, at: int) -> Item:
    """A version's tombstone, unless the tweet has other versions by now."""
    names = {f"#{name}": name for name in (*CONTENT, "deleted", "removed", "version", "updated_at")}
    values: Item = {":true": True, ":category": category, ":at": at, ":one": 1}
    same = "attribute_not_exists(edit_history)"
    if versions:
        same, values[":versions"] = "edit_history = :versions", versions
    return {
        "Update": {
            "TableName": Tweet.Meta.table_name,
            "Key": dynamo.encode_item({"id": tweet_id}),
            "UpdateExpression": "SET #deleted = :true, #removed = :category, #updated_at = :at "
            f"REMOVE {', '.join(f'#{name}' for name in CONTENT)} ADD #version :one",
            "ConditionExpression": f"attribute_exists(id) AND {same} "
            "AND attribute_not_exists(#deleted)",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": dynamo.encode_item(values),
        }
    }
