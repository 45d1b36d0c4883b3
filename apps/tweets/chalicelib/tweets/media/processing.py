"""From uploaded bytes to what is served: types by content, sizes of images, checked videos."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.tweets.core.models import Media
from chalicelib.tweets.media import object_store, transcoding
from chalicelib.tweets.media.kinds import MAX_VIDEO_MS
from pynamodb.exceptions import UpdateError

from shared.aws import dynamo
from shared.aws.events import Event
from shared.base.clock import now_ms
from shared.base.errors import Problem
from shared.base.observability import logger
from shared.media import images, mp4, subtitles
from shared.media.images import EXTENSIONS, Variant

Item = dict[str, Any]

# X's sizes of photos.
SIZES = (
    Variant("large", 2048, 2048),
    Variant("medium", 1200, 1200),
    Variant("small", 680, 680),
    Variant("thumb", 150, 150, crop=True),
)
POSTER = Variant("poster", 1200, 1200)


class MediaError(ValueError):
    """The content is not what we take; the message may be shown to anybody."""


def sniff(content: bytes) -> str | None:
    """The MIME type by content: one of ours, or ``None``."""
    return images.sniff(content[:32]) or mp4.sniff(content[:32]) or subtitles.sniff(content)


def image(media: Item, content: bytes) -> Item:
    """Make and store the sizes of a photo, or a GIF and its poster.

    Returns:
        the members of the media item that say what there is.

    Raises:
        MediaError: no image, a broken one, or not of the announced kind.
    """
    try:
        info = images.inspect(content)
        if media["kind"] == "animated_gif" and info.content_type != images.GIF:
            raise MediaError("The media is not a GIF, as its category says.")
        if media["kind"] == "animated_gif":
            made = images.render(content, [POSTER])
            made["gif"] = images.Rendered(
                images.strip_gif(content), images.GIF, info.width, info.height
            )
        else:
            made = images.render(content, SIZES)
    except images.ImageError as error:
        raise MediaError(str(error)) from error
    for name, one in made.items():
        extension = EXTENSIONS[one.content_type]
        object_store.put(f"{media['prefix']}/{name}.{extension}", one.content, one.content_type)
    return {
        "content_type": info.content_type,
        "width": info.width,
        "height": info.height,
        "files": {name: EXTENSIONS[one.content_type] for name, one in made.items()},
    }


def video(event: Event) -> None:
    """Check an uploaded video and store it (``media.uploaded``).

    Twice is once, also at the same time: what is not pending any more is left alone, and
    storing writes the same bytes to the same place. Whoever is done first removes what the
    other reads, and has the last word on how it ended.
    """
    media = _load(event.data["media_id"])
    if media is None or media["state"] != "pending":
        return
    upload = object_store.Upload(media["id"], object_store.segments(media["id"]))
    try:
        members = _stored_video(media, upload)
    except (mp4.VideoError, Problem) as error:
        reason = error.detail if isinstance(error, Problem) else str(error)
        members = {"state": "failed", "error": reason}
        logger().info("video refused", media_id=media["id"])
    advance(media, members, since=("pending",))
    object_store.remove(f"uploads/{media['id']}")


def _stored_video(media: Item, upload: object_store.Upload) -> Item:
    """Store what was finalized, if it is a video; the members of the media item.

    Raises:
        VideoError: it is none that we take.
        Problem: 409 when it is not there any more as it was.
    """
    if upload.size != media["size"]:
        raise object_store.changed()
    info = mp4.probe(upload.read, upload.size)
    if info.duration_ms > MAX_VIDEO_MS:
        raise mp4.VideoError(f"The video is longer than {MAX_VIDEO_MS // 1000} seconds.")
    if info.duration_ms < 1:
        raise mp4.VideoError("The video has no length.")
    key = f"{media['prefix']}/video.mp4"
    object_store.put_large(key, _without(upload.chunks(), info.private), "video/mp4")
    job = transcoding.transcoder().start(media["id"], key, info)
    return {
        "content_type": "video/mp4",
        "width": info.width,
        "height": info.height,
        "duration_ms": info.duration_ms,
        "bit_rate": upload.size * 8000 // info.duration_ms,
        "files": {"video": "mp4"},
        **({"state": "in_progress", "job_id": job} if job else {"state": "succeeded"}),
    }


def poll(media: Item) -> Item:
    """The item, moved on when a transcoding job that it waits for has ended."""
    if media["state"] != "in_progress" or "job_id" not in media:
        return media
    outcome = transcoding.transcoder().check(media["job_id"], media["prefix"])
    if outcome is None:
        return media
    if outcome.error is not None:
        members: Item = {"state": "failed", "error": outcome.error}
    else:
        members = {"state": "succeeded", "files": {**media["files"], **outcome.files}}
    return advance(media, members, since=("in_progress",)) or _load(media["id"]) or media


def advance(media: Item, members: Mapping[str, Any], since: tuple[str, ...]) -> Item | None:
    """Change the item on the condition that its state is (still) one of ``since``.

    Returns:
        the new item, ``None`` when somebody else was there before.
    """
    changes = {**members, "version": media["version"] + 1, "updated_at": now_ms()}
    try:
        Media(media["id"]).update(
            [getattr(Media, name).set(value) for name, value in changes.items()],
            condition=Media.state.is_in(*since),
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return None
    return {**media, **changes}


def _load(media_id: str) -> Item | None:
    table = Media.Meta.table_name
    found = dynamo.batch_get({table: [{"id": media_id}]}, consistent=True)[table]
    return found[0] if found else None


def _without(chunks: Iterator[bytes], private: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    """The file with boxes of private metadata emptied, not removed, so that no offset changes."""
    start = 0
    for chunk in chunks:
        content = bytearray(chunk)
        for low, high in private:
            # A box is its length (4 bytes), its type (4) and its content.
            for at in range(max(low + 4, start), min(low + 8, start + len(content))):
                content[at - start] = b"free"[at - low - 4]
            first, last = max(low + 8, start), min(high, start + len(content))
            if first < last:
                content[first - start : last - start] = bytes(last - first)
        start += len(content)
        yield bytes(content)
