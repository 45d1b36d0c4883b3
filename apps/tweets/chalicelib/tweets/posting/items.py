"""Items of the tweets table: tweets, older versions, tombstones."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.tweets.core.models import TWEETS
from chalicelib.tweets.core.versioned import StaleRead, next_version

from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.clock import now_ms

# Stored as JSON text: a page reads fifty tweets and decodes few of them.
_AS_TEXT = ("entities", "media")
# Attributes that a tombstone does not have. Without a position it is in no index.
_CONTENT = (
    *("text", "entities", "long_text", "later_mention_ids"),
    *("poll", "media", "position", "client_id"),
)


def new(tweet_id: str, fields: Item) -> Item:
    """Make the item of a new tweet, reply, quote or retweet.

    Args:
        fields: attributes as `core.models.Tweet` names them, entities and media as Python values;
            members that are ``None`` or empty are left out, and so is ``note``, which is an
            item of its own.
    """
    members = {
        name: value for name, value in fields.items() if name != "note" and value not in (None, {})
    }
    return {
        "id": tweet_id,
        "position": int(tweet_id),
        "conversation_id": tweet_id,
        "version": 1,
        "updated_at": now_ms(),
        **_serialize(members),
    }


def revise(tweet: Item, changes: Item) -> None:
    """Change a tweet that was read, provided that it has not changed since.

    Args:
        changes: attributes to set; those given as ``None`` are removed.

    Raises:
        StaleRead: it has changed.
    """
    update = next_version(_serialize(changes), known=tweet["version"])
    if not TWEETS.update({"id": tweet["id"]}, *update, "#version = :known"):
        raise StaleRead(f"tweet {tweet['id']}")


def supersede(tweet_id: str, versions: Sequence[str]) -> Action:
    """Take a version out of every index, as a new one replaces it.

    Args:
        versions: ids of all versions, the new one last.
    """
    changes = {"edit_history": versions, "superseded_by": versions[-1], "position": None}
    condition = "attribute_exists(#position)"
    return TWEETS.update_action({"id": tweet_id}, *next_version(changes), condition)


def add_version(tweet_id: str, versions: Sequence[str]) -> Action:
    """Add a new version to the chain of an older one; see `supersede`."""
    changes = {"edit_history": versions, "superseded_by": versions[-1]}
    condition = "attribute_not_exists(#deleted)"
    return TWEETS.update_action({"id": tweet_id}, *next_version(changes), condition)


def tombstone(changes: Mapping[str, Any] | None = None, **tested: Any) -> tuple[str, Item]:
    """Return the update that makes a tombstone.

    Ids stay, content goes, and no index lists it.

    Args:
        changes: further changes.
        tested: values that the update's condition names.
    """
    members = {"deleted": True, **dict.fromkeys(_CONTENT), **(changes or {})}
    return next_version(members, **tested)


def _serialize(members: Item) -> Item:
    text = {name: json.dumps(members[name]) for name in _AS_TEXT if members.get(name) is not None}
    return {**members, **text}
