"""Pinned tweet on top of a profile: one of the user's own tweets."""

from chalicelib.users.core.models import USERS
from chalicelib.users.core.updates import versioned

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, forbidden, not_found
from shared.contracts import graph, profiles, tweets, user_object


def pin(user_id: str, tweet_id: str) -> str:
    """Pin a tweet; of an edited tweet, its newest version.

    One transaction checks the tweet and changes the profile, so that a tweet
    deleted or edited at the same moment is not pinned.

    Returns:
        id of the pinned tweet.

    Raises:
        Problem: 404 for a tweet that the user cannot see, 403 for a retweet or another
            user's tweet.
    """
    expression, values = versioned({"pinned_tweet_id": tweet_id}, at=now_ms())
    profile = USERS.update_action({"id": user_id}, expression, values, "attribute_exists(#id)")
    try:
        dynamo.transact([tweets.check_pinnable_action(tweet_id, user_id), profile])
    except dynamo.TransactionCanceled as canceled:
        if newest := _newest(user_id, canceled):
            return pin(user_id, newest)
        raise _refusal(user_id, tweet_id, canceled) from canceled
    profiles.forget(user_id)
    return tweet_id


def unpin(user_id: str) -> None:
    """Unpin the pinned tweet, if there is one."""
    _change(user_id, None, "attribute_exists(#pinned_tweet_id)", {})


def replace(user_id: str, versions: list[str], newest: str | None) -> None:
    """Replace a pinned version of a tweet by the newest one, or by nothing."""
    named = {f"v{index}": version for index, version in enumerate(versions)}
    condition = f"#pinned_tweet_id IN ({', '.join(f':{name}' for name in named)})"
    _change(user_id, newest, condition, named)


def _change(user_id: str, tweet_id: str | None, condition: str, named: Item) -> None:
    expression, values = versioned({"pinned_tweet_id": tweet_id}, at=now_ms())
    if USERS.update({"id": user_id}, expression, {**values, **named}, condition):
        profiles.forget(user_id)


def _newest(user_id: str, canceled: dynamo.TransactionCanceled) -> str | None:
    """Newest version of an own tweet that was edited, else ``None``."""
    tweet = canceled.items[0] if canceled.failed(0) else None
    if not tweet or tweet.get("deleted") or tweet["author_id"] != user_id:
        return None
    newest: str | None = tweet.get("superseded_by")
    return newest


def _may_read(user_id: str, author_id: str) -> bool:
    """Return whether the user may read another's tweets (one BatchGetItem)."""
    cards, relations = graph.cards_and_relations(user_id, [author_id], [author_id])
    card = cards.get(author_id)
    return card is not None and user_object.tweets_open(
        card.item, relations.get(author_id), own=False
    )


def _refusal(user_id: str, tweet_id: str, canceled: dynamo.TransactionCanceled) -> Problem:
    if canceled.failed(0):
        tweet = canceled.items[0]
        if not tweet or tweet.get("deleted"):
            return not_found("tweet", tweet_id, "tweet_id")
        if tweet["author_id"] != user_id:
            if not _may_read(user_id, tweet["author_id"]):
                return not_found("tweet", tweet_id, "tweet_id")
            return forbidden("You can only pin your own tweets.")
        return forbidden("A retweet cannot be pinned.")
    if canceled.failed(1):
        return not_found("user", user_id)
    return conflict("The tweet or the profile is being changed right now; try again.")
