"""Retweets: an engagement and a tweet, written and undone together."""

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import ENGAGEMENTS, TWEETS
from chalicelib.tweets.engagement import engagements, shards
from chalicelib.tweets.engagement import items as engagement_items
from chalicelib.tweets.pipeline import recent_writes
from chalicelib.tweets.posting import items

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.errors import forbidden
from shared.base.ids import new_id
from shared.contracts import profiles


def retweet(user_id: str, tweet_id: str) -> Item:
    """Retweet: one transaction writes the engagement and the retweet.

    Returns:
        X's answer in both dialects; ``rest_id`` is the id of the retweet.

    Raises:
        Problem: 404 when the caller cannot see the tweet, 403 when it is
            another author's protected one.
    """
    tweet = engagements.target(user_id, tweet_id)
    author = profiles.card(tweet["author_id"])
    if author is not None and author.protected and author.id != user_id:
        raise forbidden("A protected account's tweets cannot be retweeted.")
    item = items.new(
        new_id(),
        {
            "author_id": user_id,
            "kind": "retweet",
            "retweeted_tweet_id": tweet["id"],
            "retweeted_user_id": tweet["author_id"],
        },
    )
    begun = engagement_items.begin(
        user_id,
        tweet,
        "retweet",
        tweet_kind=shards.index_key(tweet, "retweet", user_id),
        retweet_id=item["id"],
    )
    active = _transact([ENGAGEMENTS.update_action(*begun), TWEETS.insert_action(item)])
    if active is None:
        recent_writes.note(item)
    retweet_id = (active or {}).get("retweet_id", item["id"])
    return {"retweeted": True, "reposted": True, "rest_id": retweet_id}


def undo_retweet(user_id: str, tweet_id: str) -> Item:
    """Undo a retweet, if there is one.

    Calls: one transaction ends the engagement and makes the retweet a tombstone.
    """
    engagement = _active_engagement(user_id, tweet_id)
    if engagement is None:
        others = (_active_engagement(user_id, one) for one in engagements.other_ids(tweet_id))
        engagement = next((one for one in others if one is not None), None)
    if engagement is not None:
        retweet_id = engagement["retweet_id"]
        ended = engagement_items.end_retweet(engagement)
        tombstone = items.tombstone(author=user_id)
        deleted = TWEETS.update_action({"id": retweet_id}, *tombstone, "#author_id = :author")
        _transact([ENGAGEMENTS.update_action(*ended), deleted])
        cache.tweets().forget(retweet_id)
    return {"retweeted": False, "reposted": False}


def _active_engagement(user_id: str, tweet_id: str) -> Item | None:
    key = engagement_items.key(user_id, tweet_id, "retweet")
    found = ENGAGEMENTS.get(key, consistent=True)
    return found if found and found["active"] else None


def _transact(actions: list[Action]) -> Item | None:
    """Write all or nothing.

    Returns:
        ``None``, or the stored engagement if another request had the same effect before.
    """
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        return canceled.items[0]
    return None
