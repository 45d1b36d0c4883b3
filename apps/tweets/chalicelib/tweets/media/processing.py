"""Processing uploads: types by content, sizes of images, checks of videos."""

from collections.abc import Iterator

from chalicelib.tweets.media import items, object_store, transcoding
from chalicelib.tweets.media.kinds import MAX_VIDEO_MS

from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.base.errors import Problem
from shared.base.observability import logger
from shared.media import images, mp4, posters, subtitles
from shared.media.images import EXTENSIONS, Variant

# X's sizes of photos.
SIZES = (
    Variant("large", 2048, 2048),
    Variant("medium", 1200, 1200),
    Variant("small", 680, 680),
    Variant("thumb", 150, 150, crop=True),
)
POSTER = Variant("poster", 1200, 1200)
# Name of a poster that we drew, until a transcoder or the uploader brings a frame.
DRAWN = "drawn.jpg"


class MediaError(ValueError):
    """The content is refused; the message may be shown to anybody."""


def sniff(content: bytes) -> str | None:
    """Return the MIME type by content, or ``None`` if it is not supported."""
    return images.sniff(content[:32]) or mp4.sniff(content[:32]) or subtitles.sniff(content)


def process_image(media: Item, content: bytes) -> Item:
    """Make and store the sizes of a photo, or a GIF and its poster.

    Returns:
        ``content_type``, ``width``, ``height`` and ``files`` of the media item.

    Raises:
        MediaError: not an image, a damaged one, or not of the announced kind.
    """
    try:
        info = images.inspect(content)
        if media["kind"] == "animated_gif" and info.content_type != images.GIF:
            raise MediaError("The media category is for GIFs, but the file is not a GIF.")
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


def process_video(event: Event) -> None:
    """Check an uploaded video and store it (``media.uploaded``).

    Twice is once, also at the same time: a video that is no longer pending is left alone, and
    storing writes the same bytes to the same place. The worker that finishes first deletes the
    segments that the other reads, and decides how it ended.
    """
    media = items.load_one(event.data["media_id"])
    if media is None or media["state"] != "pending":
        return
    upload = object_store.Upload(media["id"], object_store.segments(media["id"]))
    try:
        members = _store_video(media, upload)
    except (mp4.VideoError, Problem) as error:
        reason = error.detail if isinstance(error, Problem) else str(error)
        members = {"state": "failed", "error": reason}
        logger().info("video refused", media_id=media["id"])
    items.advance(media["id"], members, since="pending")
    object_store.remove(f"uploads/{media['id']}")


def check_transcoding(media: Item) -> Item:
    """Return the upload, advanced if its transcoding job has ended."""
    if media["state"] != "in_progress" or "job_id" not in media:
        return media
    outcome = transcoding.transcoder().check(media["job_id"], media["prefix"])
    if outcome is None:
        return media
    if outcome.error is not None:
        members: Item = {"state": "failed", "error": outcome.error}
    else:
        members = {"state": "succeeded", "files": {**media["files"], **outcome.files}}
    return items.advance(media["id"], members, since="in_progress").item or media


def _store_video(media: Item, upload: object_store.Upload) -> Item:
    """Check and store a finalized video.

    Returns:
        the members of the media item.

    Raises:
        VideoError: they are not a video that we accept.
        Problem: 409 when the segments have changed since.
    """
    if upload.size != media["size"]:
        raise object_store.changed_problem()
    info = mp4.probe(upload.read, upload.size)
    if info.duration_ms > MAX_VIDEO_MS:
        raise mp4.VideoError(f"The video is longer than {MAX_VIDEO_MS // 1000} seconds.")
    if info.duration_ms < 1:
        raise mp4.VideoError("The video has no duration.")
    key = f"{media['prefix']}/video.mp4"
    object_store.put_large(key, _blank(upload.chunks(), info.private), "video/mp4")
    poster = posters.drawn(info.width, info.height)
    object_store.put(f"{media['prefix']}/poster.{DRAWN}", poster.content, poster.content_type)
    job = transcoding.transcoder().start(media["id"], key, info)
    return {
        "content_type": "video/mp4",
        "width": info.width,
        "height": info.height,
        "duration_ms": info.duration_ms,
        "bit_rate": upload.size * 8000 // info.duration_ms,
        "files": {"video": "mp4", "poster": DRAWN},
        **({"state": "in_progress", "job_id": job} if job else {"state": "succeeded"}),
    }


def _blank(chunks: Iterator[bytes], private: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    """Blank boxes of private metadata; no offset changes."""
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
