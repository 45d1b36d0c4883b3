"""Rules of lists: tweets that the viewer may and would see.

Every read drops the others.
"""

from collections.abc import Callable

from chalicelib.tweets.core import visibility
from chalicelib.tweets.pipeline.hydration import HydrationState

from shared.aws.dynamo import Item

Rule = Callable[[HydrationState, Item], bool]


def visible(state: HydrationState, tweet: Item) -> bool:
    """True if the viewer may see the tweet, and a retweet's original too."""
    author_id = tweet["author_id"]
    if not visibility.may_see(
        state.viewer_id, tweet, state.cards.get(author_id), state.relations.get(author_id)
    ):
        return False
    if tweet["kind"] != "retweet":
        return True
    original = state.original(tweet)
    return original is not None and visible(state, original)


def not_limited(state: HydrationState, tweet: Item) -> bool:
    """True for a visible tweet by an author who is not limited.

    Rule of replies and quotes, where tweets of strangers meet.

    A limited account's followers, and the account itself, see everything as before.
    """
    author = state.cards.get(tweet["author_id"])
    if author and author.limited and author.id != state.viewer_id:
        relation = state.relations.get(author.id)
        if not (relation and relation.following):
            return False
    return visible(state, tweet)


def not_muted(state: HydrationState, tweet: Item) -> bool:
    """True for a newest version by an author whom the viewer does not mute.

    Rule of mentions; `not_limited` holds as well.
    """
    if tweet.get("superseded_by"):
        return False
    relation = state.relations.get(tweet["author_id"])
    return not (relation and relation.muted) and not_limited(state, tweet)
