"""Uploading media: announced, sent in segments in any order, put together."""

from collections.abc import Mapping
from typing import Any

from chalicelib.tweets.core.models import Media
from chalicelib.tweets.media import object_store, processing
from chalicelib.tweets.media.kinds import LIMITS, kind_of
from pynamodb.exceptions import PutError, UpdateError

from shared.aws import dynamo
from shared.base.clock import now_ms, now_seconds
from shared.base.errors import Problem, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import media_object, media_urls, profiles
from shared.media import subtitles

Item = dict[str, Any]

LIFE_SECONDS = 24 * 3600
_CHECK_AFTER = 1


def initialize(
    user_id: str,
    *,
    total_bytes: int | None,
    media_type: str | None,
    category: str | None,
    additional_owners: tuple[str, ...] = (),
) -> Item:
    """Announce an upload; one read and one write.

    Raises:
        Problem: 400 for a category or type that is not supported or a size over its limit.
    """
    kind = kind_of(category, media_type)
    limit = LIMITS[kind]
    if total_bytes is not None and total_bytes > limit:
        raise invalid_request(
            f"The media is too large: {limit} bytes are the limit.", total_bytes=total_bytes
        )
    # Where the objects lie cannot be changed later: a cached card could be older than the account's
    # protection.
    card = profiles.fresh_card(user_id)
    media = Media(
        owner_id=user_id,
        state="uploading",
        category=category,
        kind=kind,
        prefix=media_urls.new_prefix(protected=bool(card and card.protected)),
        total_bytes=total_bytes,
        additional_owners=set(additional_owners) or None,
        expires_at=now_seconds() + LIFE_SECONDS,
        updated_at=now_ms(),
    )
    while True:
        media.id = new_id()
        try:
            media.save(condition=Media.id.does_not_exist())
            return _item(media)
        except PutError as error:
            # Two processes made the same snowflake in one millisecond: take another.
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise


def append(user_id: str, media_id: str, index: int, content: bytes) -> Item:
    """Keep one segment; order and repetitions do not matter.

    Raises:
        Problem: 404 for somebody else's or an unknown upload, 400 when it was finalized
            or the segment is empty or too much.
    """
    media = load(user_id, media_id)
    if media["state"] != "uploading":
        raise invalid_request("The upload was finalized already.", media_id=media_id)
    if not content:
        raise invalid_request("The segment is empty.", segment_index=index)
    total = media.get("total_bytes")
    if total is not None and len(content) > total:
        raise invalid_request("The segment is larger than the media.", segment_index=index)
    object_store.put_segment(media_id, index, content)
    return media


def finalize(user_id: str, media_id: str) -> Item:
    """Put the segments together: images at once, videos by a worker.

    Doing it twice is fine, also at the same time.

    Raises:
        Problem: 404 as `append`; 400 when segments are missing, the size is not what was
            announced, or an image is none.
    """
    media = load(user_id, media_id)
    if media["state"] != "uploading":
        return media
    try:
        return _finalized(media)
    except Problem:
        # Whoever else finalizes it removes what this one reads.
        ended = load(user_id, media_id)
        if ended["state"] == "uploading":
            raise
        return ended


def _finalized(media: Item) -> Item:
    media_id = media["id"]
    parts = object_store.segments(media_id)
    missing = sorted(set(range(parts[-1].index + 1)) - {p.index for p in parts}) if parts else [0]
    if missing:
        shown = ", ".join(map(str, missing[:10]))
        raise invalid_request(f"Segments are missing: {shown}.", media_id=media_id)
    upload = object_store.Upload(media_id, parts)
    total = media.get("total_bytes")
    if total is not None and upload.size != total:
        message = f"{total} bytes were announced and {upload.size} have arrived."
        raise invalid_request(message, media_id=media_id)
    if upload.size > LIMITS[media["kind"]]:
        raise invalid_request("The media is too large.", media_id=media_id)
    if media["kind"] == "video":
        return _advance(media, {"state": "pending", "size": upload.size})
    if media["kind"] == "subtitles":
        return _take_subtitles(media, upload.read(0, upload.size))
    return _process_now(media, upload.read(0, upload.size))


def upload_whole(
    user_id: str, content: bytes, category: str | None, additional_owners: tuple[str, ...] = ()
) -> Item:
    """One-shot upload: all bytes in one request.

    Raises:
        Problem: 400 as the three steps do.
    """
    found = processing.sniff(content)
    if found is None:
        raise invalid_request("The media type is not supported.")
    media = initialize(
        user_id,
        total_bytes=len(content),
        media_type=found,
        category=category,
        additional_owners=additional_owners,
    )
    if media["kind"] in ("video", "subtitles"):
        object_store.put_segment(media["id"], 0, content)
        return finalize(user_id, media["id"])
    return _process_now(media, content)


def status(user_id: str, media_id: str) -> Item:
    """The upload as it stands.

    Raises:
        Problem: 404 as `append`.
    """
    return processing.poll(load(user_id, media_id))


def describe(user_id: str, media_id: str, alt_text: str) -> Item:
    """Set the alternative text; tweets that use the media already keep what they have.

    Raises:
        Problem: 404 as `append`.
    """
    media = load(user_id, media_id)
    try:
        Media(media_id).update(
            [Media.alt_text.set(alt_text)] if alt_text else [Media.alt_text.remove()],
            condition=(Media.owner_id == user_id) & (Media.state != "removed"),
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise not_found("media", media_id, "media_id") from error
    return {**media, "alt_text": alt_text}


def load(user_id: str, media_id: str) -> Item:
    """An upload of the caller that has neither expired nor been removed (one read).

    Raises:
        Problem: 404 when there is none.
    """
    table = Media.Meta.table_name
    found = dynamo.batch_get({table: [{"id": media_id}]}, consistent=True)[table]
    if not found or found[0]["owner_id"] != user_id or gone(found[0]):
        raise not_found("media", media_id, "media_id")
    return found[0]


def gone(media: Item) -> bool:
    """Whether it was removed or its time is over; nobody waits for DynamoDB to delete it."""
    return media["state"] == "removed" or media.get("expires_at", 1 << 60) <= now_seconds()


def present(media: Item) -> Item:
    """The answer to every step of an upload, in the shape of X API v2."""
    shown: Item = {
        "id": media["id"],
        "media_key": media_object.media_key(media["kind"], media["id"]),
        "expires_after_secs": max(0, media.get("expires_at", 0) - now_seconds()),
    }
    if "size" in media:
        shown["size"] = media["size"]
    if "width" in media and media["kind"] != "video":
        size = {"w": media["width"], "h": media["height"]}
        shown["image"] = {"image_type": media["content_type"], **size}
    if media["kind"] == "video":
        shown["video"] = {"video_type": media.get("content_type", "video/mp4")}
    if media["state"] == "failed" or (media["kind"] == "video" and media["state"] != "uploading"):
        shown["processing_info"] = _processing_info(media)
    return shown


def present_v1(media: Item) -> Item:
    """The same for API 1.1: the id as a number too."""
    shown = present(media)
    media_id = shown.pop("id")
    return {"media_id": int(media_id), "media_id_string": media_id, **shown}


def _processing_info(media: Item) -> Item:
    state = media["state"]
    info: Item = {"state": state}
    if state in ("pending", "in_progress"):
        return {**info, "check_after_secs": _CHECK_AFTER, "progress_percent": 0}
    if state == "failed":
        return {**info, "error": {"code": 1, "name": "InvalidMedia", "message": media["error"]}}
    return {**info, "progress_percent": 100}


def _process_now(media: Item, content: bytes) -> Item:
    try:
        members = processing.image(media, content)
    except processing.MediaError as error:
        raise invalid_request(str(error), media_id=media["id"]) from error
    made = _advance(media, {**members, "state": "succeeded", "size": len(content)})
    object_store.remove(f"uploads/{media['id']}")
    return made


def _take_subtitles(media: Item, content: bytes) -> Item:
    """Their text stays where it was uploaded to, for the video that will show it."""
    found = subtitles.sniff(content)
    if found is None:
        raise invalid_request("The subtitles must be SRT or WebVTT.", media_id=media["id"])
    return _advance(media, {"state": "succeeded", "size": len(content), "content_type": found})


def _advance(media: Item, members: Mapping[str, Any]) -> Item:
    made = processing.advance(media, members, since=("uploading",))
    # Somebody else was quicker, or it was this very write, whose answer was lost.
    return made or load(media["owner_id"], media["id"])


def _item(media: Media) -> Item:
    return dynamo.decode_item(media.serialize())
