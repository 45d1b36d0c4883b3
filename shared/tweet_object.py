"""Tweet objects as X's API shows them."""

from typing import Any

from shared.clock import iso
from shared.ids import time_ms

Item = dict[str, Any]

_REFERENCES = (
    ("retweeted", "retweeted_tweet_id"),
    ("quoted", "quoted_tweet_id"),
    ("replied_to", "in_reply_to_tweet_id"),
)


def present(
    tweet: Item,
    fields: frozenset[str],
    *,
    counts: Item | None = None,
    marks: set[str] | None = None,
    original: Item | None = None,
    original_username: str | None = None,
) -> Item:
    """The tweet object: id, text and edit history, plus the fields asked for.

    Args:
        tweet: an item of the tweets table.
        counts: the counters that ``public_metrics`` shows.
        marks: what the viewer did (``like``, ``retweet``).
        original: for a retweet, the tweet it repeats.
    """
    tweet_id = tweet["id"]
    shown: Item = {
        "id": tweet_id,
        "text": _text(tweet, original, original_username),
        "edit_history_tweet_ids": [tweet_id],
    }
    for name in ("author_id", "conversation_id", "in_reply_to_user_id"):
        if name in fields and tweet.get(name):
            shown[name] = tweet[name]
    if "created_at" in fields:
        shown["created_at"] = iso(time_ms(tweet_id))
    if "entities" in fields and (entities := tweet.get("entities")):
        shown["entities"] = entities
    # A poll is part of its tweet and has the tweet's id.
    if "attachments" in fields and tweet.get("poll"):
        shown["attachments"] = {"poll_ids": [tweet_id]}
    if "referenced_tweets" in fields and (references := referenced(tweet)):
        shown["referenced_tweets"] = references
        shown["referenced_posts"] = references
    if "public_metrics" in fields:
        shown["public_metrics"] = public_metrics(counts or {})
    if "reply_settings" in fields:
        shown["reply_settings"] = tweet.get("reply_settings", "everyone")
    if "possibly_sensitive" in fields:
        shown["possibly_sensitive"] = False
    if "lang" in fields:
        shown["lang"] = "und"
    if "viewer" in fields and marks is not None:
        shown["viewer"] = {"liked": "like" in marks, "retweeted": "retweet" in marks}
        if "bookmark" in marks:
            shown["viewer"]["bookmarked"] = True
    return shown


def referenced(tweet: Item) -> list[Item]:
    """``referenced_tweets``: what this tweet repeats, quotes or answers."""
    return [
        {"type": kind, "id": tweet[attribute]}
        for kind, attribute in _REFERENCES
        if tweet.get(attribute)
    ]


def public_metrics(counts: Item) -> dict[str, int]:
    """X's counts, in both dialects (retweet and repost)."""
    retweets = max(0, counts.get("retweets", 0))
    return {
        "retweet_count": retweets,
        "repost_count": retweets,
        "reply_count": max(0, counts.get("replies", 0)),
        "like_count": max(0, counts.get("likes", 0)),
        "quote_count": max(0, counts.get("quotes", 0)),
        "bookmark_count": max(0, counts.get("bookmarks", 0)),
        "impression_count": 0,
    }


def _text(tweet: Item, original: Item | None, username: str | None) -> str:
    if original is None:
        return str(tweet.get("text", ""))
    # X's convention for the text of a retweet.
    whole = f"RT @{username or 'unknown'}: {original.get('text', '')}"
    return whole if len(whole) <= 140 else whole[:139] + "…"
