"""Which tweets use which media, and removing what no tweet uses any more."""

import json
from typing import Any

from chalicelib.tweets.core.models import Media
from chalicelib.tweets.media import object_store
from chalicelib.tweets.media.uploads import LIFE_SECONDS
from pynamodb.exceptions import UpdateError

from shared.aws.streams import Change, changes
from shared.base.clock import now_ms, now_seconds
from shared.contracts import media_object

Item = dict[str, Any]

# A removed item stays as a tombstone so that a late record of a tweet finds it.
_TOMBSTONE_SECONDS = 7 * 24 * 3600


def follow_tweets(stream_event: Any) -> None:
    """Note which tweets use which media, for a batch of changed tweets."""
    for change in changes(stream_event):
        track(change)


def track(change: Change) -> None:
    """Note that a tweet with media came or went (a change in the tweets table).

    Twice is once: members of sets are added and taken out.
    """
    old, new = change.old or {}, change.new or {}
    tweet_id = change.keys["id"]
    before = {kept["id"] for kept in media_object.of_tweet(old)}
    after = set() if new.get("deleted") else {kept["id"] for kept in media_object.of_tweet(new)}
    for media_id in sorted(after - before):
        _update(
            media_id,
            [Media.tweet_ids.add({tweet_id}), Media.expires_at.remove()],
            Media.state == "succeeded",
        )
    for media_id in sorted(before - after):
        _update(media_id, [Media.tweet_ids.delete({tweet_id})], Media.id.exists())
        _update(
            media_id,
            [
                Media.state.set("removed"),
                Media.version.add(1),
                Media.updated_at.set(now_ms()),
                Media.expires_at.set(now_seconds() + _TOMBSTONE_SECONDS),
            ],
            # DynamoDB drops a set with its last member.
            Media.tweet_ids.does_not_exist() & (Media.state == "succeeded"),
        )


def hold(change: Change) -> None:
    """Keep the media of a draft or schedule from expiring (a change in their table).

    Let go, they have a day again: the tweet that was posted notes its use by itself,
    before or after.
    """
    before, after = _held(change.old), _held(change.new)
    entry = change.keys["entry"]
    for media_id in sorted(after - before):
        _update(
            media_id,
            [Media.tweet_ids.add({entry}), Media.expires_at.remove()],
            Media.state == "succeeded",
        )
    for media_id in sorted(before - after):
        _update(media_id, [Media.tweet_ids.delete({entry})], Media.id.exists())
        _update(
            media_id,
            [Media.expires_at.set(now_seconds() + LIFE_SECONDS)],
            Media.tweet_ids.does_not_exist() & (Media.state == "succeeded"),
        )


def remove(change: Change) -> None:
    """Delete the objects of media that were removed or have expired (a change in their table)."""
    media = change.new or change.old
    if media is None or (change.new is not None and media["state"] != "removed"):
        return
    object_store.remove(media["prefix"])
    object_store.remove(f"uploads/{media['id']}")


def _held(planned: Item | None) -> set[str]:
    if planned is None or planned["status"] == "posted":
        return set()
    return set(json.loads(planned.get("media_ids", "[]")))


def _update(media_id: str, actions: list[Any], condition: Any) -> None:
    try:
        Media(media_id).update(actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
