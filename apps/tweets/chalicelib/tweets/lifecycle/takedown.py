"""Removal of a tweet by a moderator: a tombstone and an audit entry."""

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import TWEETS
from chalicelib.tweets.core.names import DOMAIN
from chalicelib.tweets.posting import items

from shared.auth.audit import Act, record
from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.errors import conflict, not_found
from shared.contracts import tweet_object


def remove(actor_id: str, tweet_id: str, category: str, reason: str) -> Item:
    """Replace another author's tweet, with all its versions, with tombstones.

    Calls: a read by key, and a transaction: a write per version, and the audit entry.

    Args:
        actor_id: the moderator.
        category: one of the categories of reports; the tombstone stores it.
        reason: the moderator's own words, only for the audit log.

    Raises:
        Problem: 404 for a tweet that does not exist, 409 for a retweet (its original is to be
            removed), or when the tweet is edited or deleted at the same time.
    """
    tweet = visibility.load_tweet(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    if tweet["kind"] == "retweet":
        raise conflict(f"This is a retweet; remove {tweet['retweeted_tweet_id']} instead.")
    at, versions = now_ms(), tweet_object.edit_history(tweet)
    detail = {"author_id": tweet["author_id"], "category": category}
    act = Act(actor_id, "tweet.remove", f"tweet#{tweet_id}", reason, detail)
    history = tweet.get("edit_history")
    update = items.tombstone({"removed": category, "updated_at": at}, versions=history)
    same = "#edit_history = :versions" if history else "attribute_not_exists(#edit_history)"
    condition = f"attribute_exists(#id) AND {same} AND attribute_not_exists(#deleted)"
    tombstones = [TWEETS.update_action({"id": one}, *update, condition) for one in versions]
    try:
        dynamo.transact(
            [*tombstones, record(DOMAIN, act, at)], conflict_attempts=dynamo.CONFLICT_ATTEMPTS
        )
    except dynamo.TransactionCanceled as canceled:
        if not any(canceled.failed(index) for index in range(len(versions))):
            raise
        message = "The tweet was changed by another request; try again."
        raise conflict(message) from canceled
    return {"id": tweet_id, "removed": True}
