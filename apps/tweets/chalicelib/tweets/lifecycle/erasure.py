"""Erasure of an account from the tweets domain, step by step.

A new table that names people needs a step in `STEPS`, or a line in docs/privacy.md
that says why the name may stay.
"""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.tweets.core import names, visibility
from chalicelib.tweets.core.long_text_model import TEXTS
from chalicelib.tweets.core.models import (
    BY_AUTHOR,
    BY_USER,
    ENGAGEMENTS,
    FOLDERS,
    LISTS,
    MEDIA,
    MENTIONS,
    PLANNED,
    TIMELINES,
    TWEETS,
)
from chalicelib.tweets.lists import lists
from chalicelib.tweets.media import items as media_items
from chalicelib.tweets.posting import delete, items

from shared.aws.dynamo import Item
from shared.aws.table import Table
from shared.aws.walks import Job, Position, Step, Walk
from shared.base.ids import MAX_ID
from shared.base.process import process

ROLES = ("owner", "member", "follower", "pin")


@dataclass(frozen=True)
class ErasureLimits:
    """Limits of an erasure.

    Attributes:
        slice_size: items per message: some seconds of one worker if each needs its own write.
    """

    slice_size: int = 100


def tweets(job: Job, position: Position | None) -> Position | None:
    """Replace all tweets and retweets with tombstones.

    The stream does the rest.
    """
    values = {"author": job["user_id"]}
    found = _read_newest(TWEETS, "#author_id = :author", values, position, index=BY_AUTHOR)
    for item in found:
        deleted = delete.delete_unedited(item["id"], job["user_id"])
        # Otherwise it has several versions, or the index is behind and it is a tombstone already.
        if not deleted and deleted.item:
            delete.delete_versions(job["user_id"], deleted.item)
    return _next_position(found)


def clear(table: Table[Any], job: Job, position: Position | None) -> Position | None:
    """Delete a slice of the items whose hash key is the user.

    The next slice is read from the start: deleted items are not found again. The position says
    only that there are more.
    """
    del position
    page = table.page(
        f"#{table.hash_key} = :user",
        {"user": job["user_id"]},
        attributes=f"#{table.hash_key}, #{table.range_key}",
        consistent=True,
        limit=_slice_size(),
    )
    table.batch_write(deletes=page.items)
    return {} if page.last_key else None


def mentions(job: Job, position: Position | None) -> Position | None:
    """Remove the user's id from others' mentions and replies.

    The text of these tweets stays.
    """
    user_id = job["user_id"]
    found = _read_newest(MENTIONS, "#user_id = :user", {"user": user_id}, position)
    if not found:
        return None
    keys = [{"id": str(item["position"])} for item in found]
    for tweet in TWEETS.get_many(keys, consistent=True):
        _unlink(tweet, user_id)
    MENTIONS.batch_write(
        deletes=({"user_id": user_id, "position": item["position"]} for item in found)
    )
    return _next_position(found)


def list_places(role: str, job: Job, position: Position | None) -> Position | None:
    """Delete the user's own lists or places on lists.

    The stream deletes the rest of an own list.
    """
    user_key = f"{role}#{job['user_id']}"
    found = _read_newest(
        LISTS, "#user_key = :user_key", {"user_key": user_key}, position, index=BY_USER
    )
    entry = lists.LIST if role == "owner" else user_key
    LISTS.batch_write(deletes=({"list_id": item["list_id"], "entry": entry} for item in found))
    return _next_position(found)


def media(job: Job, position: Position | None) -> Position | None:
    """Delete uploads, used or not; the stream deletes their objects."""
    after = position["after"] if position else "0"
    page = media_items.page_of_owner(job["user_id"], after, _slice_size())
    ids = [item["id"] for item in page.items]
    MEDIA.batch_write(deletes=({"id": one} for one in ids))
    return {"after": ids[-1]} if page.last_key else None


STEPS: dict[str, Step] = {
    "tweets": tweets,
    # Likes, retweets, bookmarks and votes; the stream updates the counters.
    "engagements": partial(clear, ENGAGEMENTS),
    "timeline": partial(clear, TIMELINES),
    "folders": partial(clear, FOLDERS),
    # Drafts and scheduled tweets; their timers then do nothing.
    "planned": partial(clear, PLANNED),
    "mentions": mentions,
    "media": media,
    **{f"list_{role}s": partial(list_places, role) for role in ROLES},
}
walk = Walk(names.DOMAIN, names.ERASURES_QUEUE, STEPS)


def _slice_size() -> int:
    return process.limits(ErasureLimits).slice_size


def _read_newest(
    table: Table[Any],
    condition: str,
    values: Item,
    position: Position | None,
    index: str | None = None,
) -> list[Item]:
    """Return the next slice of items that have a ``position``, newest first."""
    return table.page(
        f"{condition} AND #position BETWEEN :oldest AND :newest",
        {**values, "oldest": 1, "newest": position["below"] - 1 if position else MAX_ID},
        index=index,
        descending=True,
        limit=_slice_size(),
    ).items


def _next_position(found: list[Item]) -> Position | None:
    return {"below": int(found[-1]["position"])} if len(found) == _slice_size() else None


def _unlink(tweet: Item, user_id: str) -> None:
    """Remove a user from another tweet's mentions and reply target.

    Raises:
        StaleRead: the tweet changed since it was read; the message comes again.
    """
    if tweet.get("long_text"):
        _unlink_text(tweet["id"], user_id)
    changes: Item = {}
    if (entities := _without(tweet, user_id)) is not None:
        changes["entities"] = entities
    if user_id in (later := tweet.get("later_mention_ids", ())):
        changes["later_mention_ids"] = [one for one in later if one != user_id] or None
    if tweet.get("in_reply_to_user_id") == user_id:
        changes["in_reply_to_user_id"] = None
    if changes:
        items.revise(tweet, changes)


def _unlink_text(tweet_id: str, user_id: str) -> None:
    """Remove a user from the mentions of a long text."""
    text = TEXTS.get({"id": tweet_id}, consistent=True)
    if text and (entities := _without(text, user_id)) is not None:
        values = {"entities": json.dumps(entities, ensure_ascii=False)}
        TEXTS.update({"id": tweet_id}, "SET #entities = :entities", values, "attribute_exists(#id)")


def _without(item: Item, user_id: str) -> Item | None:
    """Return entities less those that mention a user, or ``None``."""
    entities = visibility.entities(item)
    mentioned = entities.get("mentions", ())
    kept = [one for one in mentioned if one["id"] != user_id]
    if len(kept) == len(mentioned):
        return None
    rest = {name: value for name, value in entities.items() if name != "mentions"}
    return {**rest, "mentions": kept} if kept else rest
