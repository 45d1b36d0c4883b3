"""Uses of media, and removal of media that nothing uses."""

import json
from typing import Any

from chalicelib.tweets.media import items, object_store

from shared.aws.dynamo import Item
from shared.aws.streams import Change, changes
from shared.contracts import media_object


def follow_tweets(stream_event: Any) -> None:
    """Note which tweets use which media, for a batch of changed tweets."""
    for change in changes(stream_event):
        track(change)


def follow_planned(stream_event: Any) -> None:
    """Keep the media of drafts and scheduled tweets, for a batch of changes."""
    for change in changes(stream_event):
        hold(change)


def follow_media(stream_event: Any) -> None:
    """Delete the objects of media that a batch of changes removes."""
    for change in changes(stream_event):
        remove(change)


def track(change: Change) -> None:
    """Note that a tweet with media was posted or deleted.

    Twice is once: members of sets are added and removed.
    """
    old, new = change.old or {}, change.new or {}
    tweet_id = change.keys["id"]
    before = {media["id"] for media in media_object.of_tweet(old)}
    after = set() if new.get("deleted") else {media["id"] for media in media_object.of_tweet(new)}
    for media_id in sorted(after - before):
        items.begin_use(media_id, tweet_id)
    for media_id in sorted(before - after):
        items.end_use(media_id, tweet_id)
        items.remove_unused(media_id)


def hold(change: Change) -> None:
    """Keep the media of a draft or scheduled tweet from expiring.

    Afterwards they have a day again: a tweet that was posted notes its own use, before or after.
    """
    before, after = _media_ids(change.old), _media_ids(change.new)
    entry = change.keys["entry"]
    for media_id in sorted(after - before):
        items.begin_use(media_id, entry)
    for media_id in sorted(before - after):
        items.end_use(media_id, entry)
        items.expire_unused(media_id)


def remove(change: Change) -> None:
    """Delete the objects of media that were removed or have expired."""
    media = change.new or change.old
    if media is None or (change.new is not None and media["state"] != "removed"):
        return
    object_store.remove(media["prefix"])
    object_store.remove(f"uploads/{media['id']}")


def _media_ids(planned: Item | None) -> set[str]:
    if planned is None or planned["status"] == "posted":
        return set()
    return set(json.loads(planned.get("media_ids", "[]")))
