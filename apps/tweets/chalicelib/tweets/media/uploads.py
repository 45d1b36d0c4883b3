"""Uploading media: announce, send segments in any order, finalize."""

from chalicelib.tweets.core.models import MEDIA
from chalicelib.tweets.media import items, object_store, processing
from chalicelib.tweets.media.kinds import LIMITS, kind_of

from shared.aws.dynamo import Item
from shared.base.clock import now_seconds
from shared.base.errors import Problem, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import media_object, media_urls, profiles
from shared.media import subtitles

_CHECK_AFTER_SECONDS = 1


def initialize(
    user_id: str,
    *,
    total_bytes: int | None,
    media_type: str | None,
    category: str | None,
    additional_owners: tuple[str, ...] = (),
) -> Item:
    """Announce an upload (one read and one write).

    Returns:
        the media item, as do the other functions of this module.

    Raises:
        Problem: 400 for a category or type that is not supported or a size over its limit.
    """
    kind = kind_of(category, media_type)
    limit = LIMITS[kind]
    if total_bytes is not None and total_bytes > limit:
        message = f"The media is too large: the limit is {limit} bytes."
        raise invalid_request(message, total_bytes=total_bytes)
    # The objects' place is final: a cached card could be older than the account's protection.
    card = profiles.fresh_card(user_id)
    prefix = media_urls.new_prefix(protected=bool(card and card.protected))
    while True:
        media = items.new(
            new_id(),
            user_id,
            kind,
            prefix,
            category=category,
            total_bytes=total_bytes,
            additional_owners=set(additional_owners) or None,
        )
        # Otherwise two processes made the same snowflake in one millisecond: take another.
        if MEDIA.insert(media):
            return media


def append(user_id: str, media_id: str, index: int, content: bytes) -> Item:
    """Store one segment; order and repetitions do not matter.

    Raises:
        Problem: 404 for an unknown upload or another user's, 400 when it has been finalized
            or the segment is empty or too large.
    """
    media = load(user_id, media_id)
    if media["state"] != "uploading":
        raise invalid_request("The upload has already been finalized.", media_id=media_id)
    if not content:
        raise invalid_request("The segment is empty.", segment_index=index)
    total = media.get("total_bytes")
    if total is not None and len(content) > total:
        message = "The segment is larger than the announced media."
        raise invalid_request(message, segment_index=index)
    object_store.put_segment(media_id, index, content)
    return media


def finalize(user_id: str, media_id: str) -> Item:
    """Join the segments: process images at once, leave videos to a worker.

    Twice is once, also at the same time.

    Raises:
        Problem: 404 as `append`; 400 when segments are missing, the size is not the announced
            one, or the content is not what its category says.
    """
    media = load(user_id, media_id)
    if media["state"] != "uploading":
        return media
    try:
        return _join(media)
    except Problem:
        # Another request that finalizes it deletes the segments that this one reads.
        current = load(user_id, media_id)
        if current["state"] == "uploading":
            raise
        return current


def upload_whole(
    user_id: str, content: bytes, category: str | None, additional_owners: tuple[str, ...] = ()
) -> Item:
    """Upload all bytes in one request.

    Raises:
        Problem: 400 as in the three steps.
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
    return _process_image(media, content)


def status(user_id: str, media_id: str) -> Item:
    """Return the upload in its current state.

    Raises:
        Problem: 404 as `append`.
    """
    return processing.check_transcoding(load(user_id, media_id))


def describe(user_id: str, media_id: str, alt_text: str) -> Item:
    """Set the alternative text; tweets that already use the media keep theirs.

    Raises:
        Problem: 404 as `append`.
    """
    media = load(user_id, media_id)
    if not items.describe(media_id, user_id, alt_text):
        raise _missing(media_id)
    return {**media, "alt_text": alt_text}


def load(user_id: str, media_id: str) -> Item:
    """Return an upload of the caller (one read).

    Raises:
        Problem: 404 when there is none, or it expired or was removed.
    """
    return _require_own(user_id, media_id, items.load_one(media_id))


def present(media: Item) -> Item:
    """Return the answer to every step of an upload, in the shape of X API v2."""
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
    """Return the same for API 1.1, with the id as a number, too."""
    shown = present(media)
    media_id = shown.pop("id")
    return {"media_id": int(media_id), "media_id_string": media_id, **shown}


def _processing_info(media: Item) -> Item:
    state = media["state"]
    info: Item = {"state": state}
    if state in ("pending", "in_progress"):
        return {**info, "check_after_secs": _CHECK_AFTER_SECONDS, "progress_percent": 0}
    if state == "failed":
        return {**info, "error": {"code": 1, "name": "InvalidMedia", "message": media["error"]}}
    return {**info, "progress_percent": 100}


def _join(media: Item) -> Item:
    media_id = media["id"]
    parts = object_store.segments(media_id)
    missing = sorted(set(range(parts[-1].index + 1)) - {p.index for p in parts}) if parts else [0]
    if missing:
        shown = ", ".join(map(str, missing[:10]))
        raise invalid_request(f"Segments are missing: {shown}.", media_id=media_id)
    upload = object_store.Upload(media_id, parts)
    total = media.get("total_bytes")
    if total is not None and upload.size != total:
        message = f"{total} bytes were announced, but {upload.size} were received."
        raise invalid_request(message, media_id=media_id)
    if upload.size > LIMITS[media["kind"]]:
        raise invalid_request("The media is too large.", media_id=media_id)
    if media["kind"] == "video":
        return _finish(media, {"state": "pending", "size": upload.size})
    content = upload.read(0, upload.size)
    if media["kind"] == "subtitles":
        return _store_subtitles(media, content)
    return _process_image(media, content)


def _process_image(media: Item, content: bytes) -> Item:
    try:
        members = processing.process_image(media, content)
    except processing.MediaError as error:
        raise invalid_request(str(error), media_id=media["id"]) from error
    finished = _finish(media, {**members, "state": "succeeded", "size": len(content)})
    object_store.remove(f"uploads/{media['id']}")
    return finished


def _store_subtitles(media: Item, content: bytes) -> Item:
    """Check subtitles; their text stays where it is, for videos to copy."""
    found = subtitles.sniff(content)
    if found is None:
        raise invalid_request("The subtitles must be SRT or WebVTT.", media_id=media["id"])
    return _finish(media, {"state": "succeeded", "size": len(content), "content_type": found})


def _finish(media: Item, members: Item) -> Item:
    # Refused, another request was faster, or it was this very write, whose answer was lost.
    finished = items.advance(media["id"], members, since="uploading")
    return _require_own(media["owner_id"], media["id"], finished.item)


def _require_own(user_id: str, media_id: str, media: Item | None) -> Item:
    if media is None or media["owner_id"] != user_id or items.is_gone(media):
        raise _missing(media_id)
    return media


def _missing(media_id: str) -> Problem:
    return not_found("media", media_id, "media_id")
