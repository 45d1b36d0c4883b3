"""Long texts: the tweet holds the start, an item of its own the whole.

Both are written in one transaction. The stream deletes the whole when the tweet's text goes,
whoever removed it; until then nobody reads it, as every read starts at the tweet.
"""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.tweets.core import text as tweet_text
from chalicelib.tweets.core.long_text_model import TEXTS
from chalicelib.tweets.core.text import MAX_LONG_WEIGHT, TooLongError

from shared.aws.dynamo import Item
from shared.aws.streams import changes
from shared.aws.table import Action
from shared.contracts import profiles

# Of each kind; a text of hashtags alone would have thousands.
_MAX_ENTITIES = 200


def clean(user_id: str, text: str) -> str:
    """Return the text of a tweet by a user as it is stored.

    Calls: none for a text that everybody may post; otherwise the card of the user, if it is
    not cached.

    Raises:
        InvalidTextError: see `core.text.clean`.
    """
    try:
        return tweet_text.clean(text)
    except TooLongError:
        card = profiles.card(user_id)
        if card is None or not card.verified:
            raise
        return tweet_text.clean(text, MAX_LONG_WEIGHT)


def split(text: str, entities: Item) -> Item:
    """Return the attributes of a tweet with a text and its entities.

    A long text has ``note`` as well: the whole text and its entities, for `insert_actions`.
    """
    end = tweet_text.cut_point(text)
    if end == len(text):
        return {"text": text, "entities": entities, "note": None}
    start = {
        kind: kept
        for kind, found in entities.items()
        if (kept := [one for one in found if one["end"] <= end])
    }
    early = {one["id"] for one in start.get("mentions", ())}
    later = dict.fromkeys(one["id"] for one in entities.get("mentions", ()))
    return {
        "text": text[:end] + tweet_text.ELLIPSIS,
        "entities": start,
        "long_text": True,
        "later_mention_ids": [one for one in later if one not in early] or None,
        "note": {
            "text": text,
            "entities": {kind: found[:_MAX_ENTITIES] for kind, found in entities.items()},
        },
    }


def insert_actions(tweet_id: str, note: Item | None) -> list[Action]:
    """Return a transaction's put of a long text; nothing for others."""
    return [] if note is None else [TEXTS.put_action(item(tweet_id, note))]


def item(tweet_id: str, note: Item) -> Item:
    """Make the item of a long text."""
    # Not escaped: text in JSON would take up to three times the bytes.
    entities = json.dumps(note["entities"], ensure_ascii=False) if note["entities"] else None
    return {"id": tweet_id, "text": note["text"], "entities": entities}


def follow_tweets(stream_event: Any) -> None:
    """Delete the long texts of tweets that a batch of changes removes.

    Twice is once.
    """
    gone = [change.keys["id"] for change in changes(stream_event) if _lost(change.old, change.new)]
    TEXTS.batch_write(deletes=({"id": tweet_id} for tweet_id in gone))


def _lost(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> bool:
    return bool((old or {}).get("long_text")) and not (new or {}).get("long_text")
