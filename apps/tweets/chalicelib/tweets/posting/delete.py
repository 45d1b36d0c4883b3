"""Deleting tweets: a tombstone remains for late messages to find."""

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import TWEETS
from chalicelib.tweets.pipeline import lookup
from chalicelib.tweets.posting import duplicates, items
from chalicelib.tweets.posting.retweets import undo_retweet

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Outcome
from shared.base.errors import conflict, forbidden, not_found
from shared.contracts import tweet_object


def delete_tweet(user_id: str, tweet_id: str) -> Item:
    """Delete an own tweet (one conditional update); twice is once.

    A retweet is undone, which also ends the engagement; an edited tweet goes with all its
    versions. Both are one transaction more.

    Raises:
        Problem: 404 for a tweet that the user cannot see, 403 for another author's, 409 when
            an edited one is edited again at the same time.
    """
    deleted = delete_unedited(tweet_id, user_id, also="#kind <> :retweet")
    if not deleted:
        stored = deleted.item
        if stored is None:
            raise not_found("tweet", tweet_id)
        # A tombstone still knows its author: deleting an own tweet again is fine.
        if stored["author_id"] != user_id:
            if lookup.visible_tweet(user_id, tweet_id) is None:
                raise not_found("tweet", tweet_id)
            raise forbidden("You can only delete your own tweets.")
        if stored["kind"] == "retweet" and not stored.get("deleted"):
            undo_retweet(user_id, stored["retweeted_tweet_id"])
        else:
            delete_versions(user_id, stored)
    cache.tweets().forget(tweet_id)
    duplicates.forget(user_id, tweet_id)
    return {"deleted": True}


def delete_unedited(tweet_id: str, author_id: str, also: str = "") -> Outcome:
    """Replace a tweet that was never edited with its tombstone.

    Args:
        also: a further condition, which may name ``:retweet``.

    Returns:
        whether it was replaced; if not, the stored tweet: another author's, a tombstone, one
        with several versions (see `delete_versions`), or one that fails the further condition.
    """
    condition = (
        "#author_id = :author AND attribute_not_exists(#deleted) "
        "AND attribute_not_exists(#edit_history)"
    )
    condition = f"{condition} AND {also}" if also else condition
    update = items.tombstone(author=author_id, retweet="retweet")
    return TWEETS.update({"id": tweet_id}, *update, condition)


def delete_versions(author_id: str, tweet: Item) -> None:
    """Replace all versions of an edited tweet with tombstones.

    Calls: one transaction; twice is once.

    Raises:
        Problem: 409 when it was edited again in between; the caller may try again.
    """
    versions = tweet_object.edit_history(tweet)
    if tweet.get("deleted") or len(versions) == 1:
        return
    update = items.tombstone(author=author_id, versions=versions)
    condition = "#author_id = :author AND #edit_history = :versions"
    actions = [TWEETS.update_action({"id": one}, *update, condition) for one in versions]
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        message = "The tweet was changed by another request; try again."
        raise conflict(message) from canceled
