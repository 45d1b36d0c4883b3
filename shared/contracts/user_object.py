"""User objects as X's API shows them.

Fields of X that mean nothing here (``affiliation``, ``parody``, ``subscription``,
``withheld`` and similar) are accepted and left out.
"""

from collections.abc import Callable
from typing import Any

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.contracts.graph import Relation
from shared.contracts.profiles import UserCard
from shared.text.entities import find_hashtags, find_mentions, url_entity
from shared.text.links import find_urls

# Fields that name a tweet: for a protected account, only its followers see them.
TWEET_IDS = frozenset({"most_recent_tweet_id", "pinned_tweet_id"})
_COUNTED = frozenset({"public_metrics", "most_recent_tweet_id"})


def needs_counts(fields: frozenset[str]) -> bool:
    """Return true if these fields need the user's counters."""
    return not _COUNTED.isdisjoint(fields)


def present(
    item: Item,
    fields: frozenset[str],
    counts: Item | None = None,
    relation: Relation | None = None,
    inverse: Relation | None = None,
    *,
    own: bool = False,
) -> Item:
    """Return the user object: id, names and the requested fields.

    Args:
        item: an item of the users table.
        counts: the user's counters, for ``public_metrics`` and ``most_recent_tweet_id``.
        relation: the viewer's relation to the user; ``inverse`` the other way.
        own: the viewer is the user.
    """
    shown: Item = {"id": item["id"], "name": item["name"], "username": item["username"]}
    for field, read in _SIMPLE.items():
        if field in fields and (value := read(item)) is not None:
            shown[field] = value
    if "public_metrics" in fields:
        shown["public_metrics"] = public_metrics(counts or {})
    if "connection_status" in fields and relation is not None:
        shown["connection_status"] = connection_status(relation, inverse)
    if not TWEET_IDS.isdisjoint(fields) and tweets_open(item, relation, own=own):
        shown |= _tweet_ids(item, fields, counts or {})
    return shown


def tweets_open(item: Item, relation: Relation | None, *, own: bool) -> bool:
    """Return true if the viewer may read the user's tweets.

    Args:
        relation: of the viewer to the user; ``None`` if unknown, as for strangers.
    """
    if own:
        return True
    if item.get("status", "active") != "active":
        return False
    if relation and (relation.blocked or relation.blocked_by):
        return False
    return not item.get("protected") or bool(relation and relation.following)


def is_listed(
    viewer_id: str | None, user: UserCard, relation: Relation | None, *, acts: bool = False
) -> bool:
    """Return true if a list of people shows an account to the viewer.

    Viewers are shown themselves, whatever their state.

    Args:
        relation: the viewer's to the account; ``None`` for a stranger.
        acts: being on the list tells what the account did (liked, retweeted, followed a
            list): of protected accounts only their followers learn that.
    """
    if user.id == viewer_id:
        return True
    if not user.active or (relation is not None and relation.severed):
        return False
    return not (acts and user.protected) or bool(relation and relation.following)


def public_metrics(counts: Item) -> dict[str, int]:
    """Return X's counts, in both dialects (tweet and post)."""
    tweets = max(0, counts.get("tweets", 0))
    return {
        "followers_count": max(0, counts.get("followers", 0)),
        "following_count": max(0, counts.get("following", 0)),
        "tweet_count": tweets,
        "post_count": tweets,
        "listed_count": max(0, counts.get("listed", 0)),
        "like_count": max(0, counts.get("likes", 0)),
        "media_count": max(0, counts.get("media", 0)),
    }


def connection_status(relation: Relation, inverse: Relation | None) -> list[str]:
    """Return X's words for the relation of viewer and user."""
    held = {
        "following": relation.following,
        "follow_request_sent": relation.pending,
        "blocking": relation.blocked,
        "muting": relation.muted,
        "followed_by": bool(inverse and inverse.following),
        "follow_request_received": bool(inverse and inverse.pending),
    }
    return [name for name, holds in held.items() if holds]


def _tweet_ids(item: Item, fields: frozenset[str], counts: Item) -> Item:
    """Return ids of tweets, in both dialects."""
    recent = counts.get("most_recent")
    ids = {
        "pinned_tweet_id": item.get("pinned_tweet_id"),
        "most_recent_tweet_id": str(recent) if recent else None,
    }
    shown: Item = {}
    for name, tweet_id in ids.items():
        if name in fields and tweet_id:
            shown |= {name: tweet_id, name.replace("tweet", "post"): tweet_id}
    return shown


def _entities(item: Item) -> Item | None:
    entities: Item = {}
    if url := item.get("url"):
        entities["url"] = {"urls": [url_entity(0, len(url), url)]}
    if found := _description_entities(item.get("description") or ""):
        entities["description"] = found
    return entities or None


def _description_entities(text: str) -> Item:
    """Return entities of a description; usernames in it are not looked up."""
    found = {
        "urls": [url_entity(*part) for part in find_urls(text)],
        "hashtags": [{"start": s, "end": e, "tag": tag} for s, e, tag in find_hashtags(text)],
        "mentions": [
            {"start": s, "end": e, "username": name} for s, e, name in find_mentions(text)
        ],
    }
    return {name: values for name, values in found.items() if values}


_SIMPLE: dict[str, Callable[[Item], Any]] = {
    "created_at": lambda item: iso(item["created_at"]),
    "description": lambda item: item.get("description", ""),
    "entities": _entities,
    "location": lambda item: item.get("location"),
    "profile_banner_url": lambda item: item.get("profile_banner_url"),
    "profile_image_url": lambda item: item.get("profile_image_url"),
    "protected": lambda item: bool(item.get("protected")),
    "url": lambda item: item.get("url", ""),
    "verified": lambda item: bool(item.get("verified")),
    "verified_type": lambda item: "blue" if item.get("verified") else "none",
}
