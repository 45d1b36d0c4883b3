"""Rules of lists: what the viewer may not or would not see is dropped at every read."""

from collections.abc import Callable
from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.pages.hydration import Page

from shared.auth.revocations import revocations

Item = dict[str, Any]
Rule = Callable[[Page, Item], bool]


def visible(page: Page, tweet: Item) -> bool:
    """The viewer may see the tweet, and for a retweet also its original."""
    if not visibility.may_see(
        page.viewer_id,
        tweet,
        page.cards.get(tweet["author_id"]),
        page.relations.get(tweet["author_id"]),
    ):
        return False
    if tweet["kind"] != "retweet":
        return True
    original = page.original(tweet)
    return original is not None and visible(page, original)


def followed(page: Page, tweet: Item) -> bool:
    """Home timeline: alive, from oneself or somebody followed, nobody muted in it.

    The author's card need not be there: following is what a protected account
    asks, and it saves a read an author. Who was suspended or left of late is known without
    one; of whom else a page shows old tweets, it has the cards.
    """
    author_id = tweet["author_id"]
    if tweet.get("deleted") or tweet.get("superseded_by") or revocations.hidden([author_id]):
        return False
    author = page.cards.get(author_id)
    if author and not author.active:
        return False
    if author_id != page.viewer_id:
        relation = page.relations.get(author_id)
        if relation is None or not relation.following or relation.hides:
            return False
    if tweet["kind"] != "retweet":
        return True
    original = page.original(tweet)
    if original is None:
        return False
    hidden = page.relations.get(original["author_id"])
    return not (hidden and hidden.hides) and visible(page, original)


def unmuted(page: Page, tweet: Item) -> bool:
    """Mentions: the newest versions of answers, from nobody whom the viewer muted."""
    if tweet.get("superseded_by"):
        return False
    relation = page.relations.get(tweet["author_id"])
    return not (relation and relation.muted) and unlimited(page, tweet)


def unlimited(page: Page, tweet: Item) -> bool:
    """Where tweets of strangers come together (answers, quotes): visible, and of nobody limited.

    Moderators limit accounts; their followers and they themselves meet everything as before.
    """
    author = page.cards.get(tweet["author_id"])
    if author and author.limited and author.id != page.viewer_id:
        relation = page.relations.get(author.id)
        if not (relation and relation.following):
            return False
    return visible(page, tweet)
