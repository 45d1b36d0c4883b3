"""Subtitles of videos: uploaded as media of their own (SRT or WebVTT), served as WebVTT.

What was uploaded stays under ``uploads/`` until a video takes a copy of it, or a day is over.
"""

from typing import Any

from chalicelib.tweets.core.models import Media
from chalicelib.tweets.media import object_store, uploads
from chalicelib.tweets.media.kinds import LIMITS
from pynamodb.exceptions import UpdateError

from shared.base.clock import now_ms
from shared.base.errors import conflict, invalid_request
from shared.media import subtitles as texts

Item = dict[str, Any]

MAX_LANGUAGES = 20


def add(user_id: str, media_id: str, subtitles: Item) -> Item:
    """Give a video that is ready its subtitles in one language, in place of any before.

    Tweets that show the video already stay as they are.

    Args:
        subtitles: ``id`` of the uploaded subtitles, ``language_code``, ``display_name``.

    Returns:
        the video's subtitles: ``id``, ``language_code`` and ``display_name`` of each.

    Raises:
        Problem: 404 for uploads that are not the caller's, 400 when one is not ready or not
            what it should be.
    """
    video = _video(user_id, media_id)
    upload = uploads.load(user_id, subtitles["id"])
    if upload["kind"] != "subtitles" or upload["state"] != "succeeded":
        raise invalid_request("The subtitles are not ready.", id=subtitles["id"])
    language = subtitles["language_code"]
    others = [one for one in _of(video) if one["language_code"] != language]
    if len(others) >= MAX_LANGUAGES:
        raise invalid_request(f"A video has up to {MAX_LANGUAGES} subtitles.", id=media_id)
    stored = object_store.Upload(upload["id"], object_store.segments(upload["id"]))
    # A name of its own for each text: what is served may be kept for good.
    name = f"subtitles-{language}-{upload['id']}"
    content = texts.to_vtt(stored.read(0, LIMITS["subtitles"]))
    object_store.put(f"{video['prefix']}/{name}.vtt", content, texts.VTT)
    entry = {"id": upload["id"], "language_code": language, "name": name}
    if display_name := subtitles.get("display_name"):
        entry["display_name"] = display_name
    _keep(video, [*others, entry])
    return {"associated_subtitles": [_shown(one) for one in [*others, entry]]}


def remove(user_id: str, media_id: str, language: str) -> Item:
    """Take a video's subtitles in one language away; where there are none, nothing happens.

    Raises:
        Problem: 404 for an upload that is not the caller's.
    """
    video = _video(user_id, media_id)
    others = [one for one in _of(video) if one["language_code"] != language]
    if len(others) < len(_of(video)):
        _keep(video, others)
    return {"deleted": True}


def _video(user_id: str, media_id: str) -> Item:
    video = uploads.load(user_id, media_id)
    if video["kind"] != "video" or video["state"] != "succeeded":
        raise invalid_request("Only a video that is ready takes subtitles.", id=media_id)
    return video


def _of(video: Item) -> list[Item]:
    found: list[Item] = video.get("subtitles", [])
    return found


def _shown(entry: Item) -> Item:
    return {name: value for name, value in entry.items() if name != "name"}


def _keep(video: Item, entries: list[Item]) -> None:
    try:
        Media(video["id"]).update(
            [
                Media.subtitles.set(entries),
                Media.version.add(1),
                Media.updated_at.set(now_ms()),
            ],
            condition=(Media.state == "succeeded") & (Media.version == video["version"]),
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise conflict("The video was changed at this moment.") from error
