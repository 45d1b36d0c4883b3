"""Tweet objects as X's API shows them."""

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.ids import time_ms
from shared.contracts import media_object

_REFERENCES = (
    ("retweeted", "retweeted_tweet_id"),
    ("quoted", "quoted_tweet_id"),
    ("replied_to", "in_reply_to_tweet_id"),
)

# Further engagements of the viewer; shown only if true.
_MARKS = {"bookmark": "bookmarked", "vote": "voted"}
# X's limits of editing.
MAX_EDITS = 5
EDIT_SECONDS = 30 * 60
# Fields for the author only, with their counts.
OWNERS_METRICS = {
    "non_public_metrics": ("impression_count",),
    "organic_metrics": ("impression_count", "retweet_count", "reply_count", "like_count"),
}


def present(
    tweet: Item,
    fields: frozenset[str],
    *,
    counts: Item | None = None,
    marks: set[str] | None = None,
    original: Item | None = None,
    original_username: str | None = None,
    username: str | None = None,
    owned: bool = False,
    note: Item | None = None,
    source: str | None = None,
) -> Item:
    """Return the tweet object: id, text, history and the requested fields.

    Args:
        tweet: an item of the tweets table.
        counts: the counters that ``public_metrics`` shows.
        marks: the viewer's engagements (``like``, ``retweet``).
        original: for a retweet, the tweet it repeats.
        username: the author's.
        owned: the viewer is the author, who alone sees non-public metrics.
        note: a long text and its entities, of which the tweet holds the start.
        source: name of the app that posted it.
    """
    tweet_id = tweet["id"]
    shown: Item = {
        "id": tweet_id,
        "text": _text(tweet, original, original_username),
        "edit_history_tweet_ids": edit_history(tweet),
    }
    if "edit_history_post_ids" in fields:
        shown["edit_history_post_ids"] = shown["edit_history_tweet_ids"]
    if "edit_controls" in fields:
        shown["edit_controls"] = _edit_controls(tweet)
    if "display_text_range" in fields:
        shown["display_text_range"] = _display_range(tweet, shown["text"])
    if "username" in fields and username:
        shown["username"] = username
    for name in ("author_id", "conversation_id", "in_reply_to_user_id"):
        if name in fields and tweet.get(name):
            shown[name] = tweet[name]
    if "created_at" in fields:
        shown["created_at"] = iso(time_ms(tweet_id))
    if "entities" in fields and (entities := tweet.get("entities")):
        shown["entities"] = entities
    if "note_tweet" in fields and note:
        shown["note_tweet"] = note
    if "note_post" in fields and note:
        shown["note_post"] = note
    if "attachments" in fields and (attachments := _attachments(tweet)):
        shown["attachments"] = attachments
    if "referenced_tweets" in fields and (references := referenced(tweet)):
        shown["referenced_tweets"] = references
        shown["referenced_posts"] = references
    if "public_metrics" in fields:
        shown["public_metrics"] = public_metrics(counts or {})
    if owned:
        shown |= {
            name: {count: public_metrics(counts or {})[count] for count in OWNERS_METRICS[name]}
            for name in OWNERS_METRICS
            if name in fields
        }
    if "reply_settings" in fields:
        shown["reply_settings"] = tweet.get("reply_settings", "everyone")
    if "source" in fields and source:
        shown["source"] = source
    if "possibly_sensitive" in fields:
        shown["possibly_sensitive"] = False
    if "lang" in fields:
        shown["lang"] = tweet.get("lang", "und")
    if "viewer" in fields and marks is not None:
        shown["viewer"] = {"liked": "like" in marks, "retweeted": "retweet" in marks}
        shown["viewer"] |= {_MARKS[mark]: True for mark in sorted(marks) if mark in _MARKS}
        if tweet.get("hidden"):
            shown["viewer"]["hidden"] = True
        if tweet.get("long_text"):
            shown["viewer"]["truncated"] = True
    return shown


def edit_history(tweet: Item) -> list[str]:
    """Return the ids of all versions of a tweet, oldest first."""
    return list(tweet.get("edit_history") or [tweet["id"]])


def edit_eligible(tweet: Item) -> bool:
    """Return true if a tweet is of a kind that can be edited.

    X's rule: no retweets, no polls, and no replies to others.
    """
    if tweet["kind"] == "retweet" or tweet.get("poll"):
        return False
    return tweet.get("in_reply_to_user_id") in (None, tweet["author_id"])


def editable_until(tweet: Item) -> int:
    """Return the end of the time for edits, in Unix milliseconds."""
    return time_ms(edit_history(tweet)[0]) + EDIT_SECONDS * 1000


def _edit_controls(tweet: Item) -> Item:
    return {
        "edits_remaining": MAX_EDITS + 1 - len(edit_history(tweet)),
        "is_edit_eligible": edit_eligible(tweet),
        "editable_until": iso(editable_until(tweet)),
    }


def _attachments(tweet: Item) -> Item:
    shown: Item = {}
    # A poll is part of its tweet and has the tweet's id.
    if tweet.get("poll"):
        shown["poll_ids"] = [tweet["id"]]
    if kept := media_object.of_tweet(tweet):
        shown["media_keys"] = [media_object.media_key(one["type"], one["id"]) for one in kept]
    return shown


def referenced(tweet: Item) -> list[Item]:
    """Return ``referenced_tweets``: tweets repeated, quoted or answered."""
    return [
        {"type": kind, "id": tweet[attribute]}
        for kind, attribute in _REFERENCES
        if tweet.get(attribute)
    ]


def public_metrics(counts: Item) -> dict[str, int]:
    """Return X's counts, in both dialects (retweet and repost)."""
    retweets = max(0, counts.get("retweets", 0))
    return {
        "retweet_count": retweets,
        "repost_count": retweets,
        "reply_count": max(0, counts.get("replies", 0)),
        "like_count": max(0, counts.get("likes", 0)),
        "quote_count": max(0, counts.get("quotes", 0)),
        "bookmark_count": max(0, counts.get("bookmarks", 0)),
        "impression_count": max(0, counts.get("impressions", 0)),
    }


def _text(tweet: Item, original: Item | None, username: str | None) -> str:
    if original is None:
        return str(tweet.get("text", ""))
    # X's convention for the text of a retweet.
    whole = f"RT @{username or 'unknown'}: {original.get('text', '')}"
    return whole if len(whole) <= 140 else whole[:139] + "…"


def _display_range(tweet: Item, text: str) -> list[int]:
    """Return the range of text without the leading mentions of a reply."""
    start = 0
    if tweet["kind"] == "reply":
        for mention in tweet.get("entities", {}).get("mentions", ()):
            if text[start : mention["start"]].strip():
                break
            start = mention["end"]
        start += len(text[start:]) - len(text[start:].lstrip())
    return [start if start < len(text) else 0, len(text)]
