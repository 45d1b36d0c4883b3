"""Items of the media table: uploads from announcement to removal."""

from collections.abc import Iterable
from typing import Any

from chalicelib.tweets.core.models import BY_OWNER, MEDIA
from chalicelib.tweets.core.versioned import next_version

from shared.aws.dynamo import Item
from shared.aws.table import Outcome, Page
from shared.base.clock import now_ms, now_seconds

# An upload that nothing uses expires after a day.
_UNUSED_SECONDS = 24 * 3600
# A removed item stays as a tombstone, so that a late record of a tweet finds it.
_TOMBSTONE_SECONDS = 7 * 24 * 3600
# Attributes that tweets copy from their media.
_COPIED = (
    *("id", "prefix", "width", "height", "duration_ms", "bit_rate"),
    *("files", "alt_text", "subtitles"),
)
_NEVER = 1 << 60


def new(media_id: str, owner_id: str, kind: str, prefix: str, **members: Any) -> Item:
    """Make the item of an upload that was announced.

    Args:
        kind: ``photo``, ``animated_gif``, ``video`` or ``subtitles``.
        prefix: where its objects will be.
        members: further attributes; those given as ``None`` are left out.
    """
    item = {
        "id": media_id,
        "owner_id": owner_id,
        "state": "uploading",
        "kind": kind,
        "prefix": prefix,
        "expires_at": now_seconds() + _UNUSED_SECONDS,
        "version": 1,
        "updated_at": now_ms(),
        **members,
    }
    return {name: value for name, value in item.items() if value is not None}


def load(media_ids: Iterable[str], *, consistent: bool = False) -> dict[str, Item]:
    """Return uploads by id (one BatchGetItem)."""
    keys = [{"id": media_id} for media_id in media_ids]
    return {item["id"]: item for item in MEDIA.get_many(keys, consistent=consistent)}


def load_one(media_id: str) -> Item | None:
    """Return an upload as it is now (one consistent read)."""
    return load([media_id], consistent=True).get(media_id)


def page_of_owner(user_id: str, after: str, limit: int) -> Page:
    """Return a page of a user's uploads by id, as the index has them.

    Args:
        after: the id to go on after; ``0`` for the first page.
    """
    values = {"user": user_id, "after": after}
    return MEDIA.page("#owner_id = :user AND #id > :after", values, index=BY_OWNER, limit=limit)


def is_gone(media: Item) -> bool:
    """Return True if media were removed or have expired.

    DynamoDB deletes expired items some time later.
    """
    return media["state"] == "removed" or media.get("expires_at", _NEVER) <= now_seconds()


def expires_within(media: Item, seconds: int) -> bool:
    """Return True if it expires so soon."""
    return bool(media.get("expires_at", _NEVER) <= now_seconds() + seconds)


def is_owner(user_id: str, media: Item) -> bool:
    """Return True if the user uploaded media or is an additional owner."""
    return user_id == media["owner_id"] or user_id in media.get("additional_owners", ())


def snapshot(media: Item) -> Item:
    """Return the copy that a tweet stores of its media."""
    return {"type": media["kind"], **{name: media[name] for name in _COPIED if name in media}}


def advance(media_id: str, members: Item, since: str) -> Outcome:
    """Change an upload that is in the state ``since``.

    Returns:
        whether it was; and the new item, or else the stored one.
    """
    update = next_version(members, since=since)
    return MEDIA.update({"id": media_id}, *update, "#state = :since", returning="ALL_NEW")


def revise(media: Item, members: Item) -> bool:
    """Change media that are ready, provided that they are as read."""
    update = next_version(members, ready="succeeded", known=media["version"])
    condition = "#state = :ready AND #version = :known"
    return bool(MEDIA.update({"id": media["id"]}, *update, condition))


def describe(media_id: str, owner_id: str, alt_text: str) -> bool:
    """Set the alternative text, unless the upload was removed.

    An empty text removes it.
    """
    return bool(
        MEDIA.update(
            {"id": media_id},
            "SET #alt_text = :text" if alt_text else "REMOVE #alt_text",
            {"text": alt_text, "owner": owner_id, "removed": "removed"},
            "#owner_id = :owner AND #state <> :removed",
        )
    )


def begin_use(media_id: str, user: str) -> None:
    """Note a use of media that are ready; they do not expire meanwhile.

    Args:
        user: a tweet's id, or a planned tweet's ``entry``.
    """
    MEDIA.update(
        {"id": media_id},
        "REMOVE #expires_at ADD #tweet_ids :user",
        {"user": {user}, "ready": "succeeded"},
        "#state = :ready",
    )


def end_use(media_id: str, user: str) -> None:
    """Note the end of a use."""
    values = {"user": {user}}
    MEDIA.update({"id": media_id}, "DELETE #tweet_ids :user", values, "attribute_exists(#id)")


def remove_unused(media_id: str) -> None:
    """Mark media as removed if nothing uses them.

    The stream then deletes their objects.
    """
    changes = {"state": "removed", "expires_at": now_seconds() + _TOMBSTONE_SECONDS}
    update = next_version(changes, ready="succeeded")
    MEDIA.update({"id": media_id}, *update, _UNUSED)


def expire_unused(media_id: str) -> None:
    """Let media expire after another day if nothing uses them."""
    values = {"expires_at": now_seconds() + _UNUSED_SECONDS, "ready": "succeeded"}
    MEDIA.update({"id": media_id}, "SET #expires_at = :expires_at", values, _UNUSED)


# DynamoDB drops a set with its last member.
_UNUSED = "attribute_not_exists(#tweet_ids) AND #state = :ready"
