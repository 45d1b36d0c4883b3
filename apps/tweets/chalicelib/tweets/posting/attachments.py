"""Media in tweets: what may be attached, and what others may see of it."""

from typing import Any

from chalicelib.tweets.core.models import Media
from chalicelib.tweets.media.uploads import gone
from chalicelib.tweets.pipeline import lookup

from shared.aws import dynamo
from shared.base.clock import now_seconds
from shared.base.errors import invalid_request, missing_resource
from shared.contracts import media_object
from shared.contracts.fields import chosen

Item = dict[str, Any]

# The stream notes the use within seconds; what is about to expire is not worth the race.
_MARGIN_SECONDS = 600
_KEPT = (
    *("id", "prefix", "width", "height", "duration_ms", "bit_rate"),
    *("files", "alt_text", "subtitles"),
)


def kept(user_id: str, asked: Item | None) -> list[Item] | None:
    """What a new tweet keeps of its media; one consistent BatchGetItem when there are any.

    Raises:
        Problem: 400 for ids that are not the caller's, not ready, expired or do not go together.
    """
    if not asked:
        return None
    ids: list[str] = asked["media_ids"]
    if len(set(ids)) != len(ids):
        raise _invalid("A media id is included more than once.", ids)
    table = Media.Meta.table_name
    # Clients tweet as soon as the upload has ended: its state of this moment counts.
    stored = dynamo.batch_get({table: [{"id": i} for i in ids]}, consistent=True)[table]
    found = {item["id"]: item for item in stored}
    for media_id in ids:
        _check(user_id, media_id, found.get(media_id))
    kinds = [found[media_id]["kind"] for media_id in ids]
    if len(ids) > 1 and set(kinds) != {"photo"}:
        raise _invalid("A tweet has up to four images, or one GIF, or one video.", ids)
    return [_snapshot(found[media_id]) for media_id in ids]


def _check(user_id: str, media_id: str, media: Item | None) -> None:
    if media is None or gone(media) or not _owned(user_id, media):
        raise _invalid("Your media IDs are invalid.", [media_id])
    if media["kind"] == "subtitles":
        raise _invalid("Subtitles belong to a video, not to a tweet.", [media_id])
    if media["state"] == "failed":
        raise _invalid(f"The media could not be processed: {media['error']}", [media_id])
    if media["state"] != "succeeded":
        raise _invalid("The media is not ready yet; ask for its status.", [media_id])
    if media.get("expires_at", 1 << 60) <= now_seconds() + _MARGIN_SECONDS:
        raise _invalid("Your media IDs are invalid.", [media_id])


def _owned(user_id: str, media: Item) -> bool:
    return user_id == media["owner_id"] or user_id in media.get("additional_owners", ())


def _invalid(message: str, ids: list[str]) -> Exception:
    return invalid_request(message, **{"media.media_ids": ids})


def _snapshot(media: Item) -> Item:
    return {"type": media["kind"], **{name: media[name] for name in _KEPT if name in media}}


def by_keys(viewer_id: str | None, keys: list[str], query: Item) -> Item:
    """Media by their keys, with partial errors for those the viewer may not see.

    The owner sees everything that is ready; others what is in a tweet that they may see.
    """
    table = Media.Meta.table_name
    ids = {key: key.partition("_")[2] for key in keys}
    found = {
        item["id"]: item
        for item in dynamo.batch_get({table: [{"id": i} for i in ids.values()]})[table]
        if item["state"] == "succeeded" and item["kind"] != "subtitles" and not gone(item)
    }
    using = {i: sorted(item.get("tweet_ids", ()))[:1] for i, item in found.items()}
    tweet_ids = [tweet_id for used in using.values() for tweet_id in used]
    seen = lookup.visible_ids(viewer_id, tweet_ids)
    fields = chosen(query, "media")
    body: Item = {}
    for key, media_id in ids.items():
        media = found.get(media_id, {})
        may_see = viewer_id == media.get("owner_id") or seen.intersection(using.get(media_id, ()))
        if media and may_see and media_object.media_key(media["kind"], media_id) == key:
            shown = media_object.present(_snapshot(media), fields)
            body.setdefault("data", []).append(shown)
        else:
            body.setdefault("errors", []).append(missing_resource("media", key, "media_key"))
    return body
