"""Subtitles of videos.

They are uploaded as media of their own (SRT or WebVTT) and served as WebVTT.

An uploaded file stays under ``uploads/`` for a day; videos get copies of it.
"""

from chalicelib.tweets.media import items, object_store, uploads
from chalicelib.tweets.media.kinds import LIMITS

from shared.aws.dynamo import Item
from shared.base.errors import conflict, invalid_request
from shared.media import subtitles as texts

MAX_LANGUAGES = 20


def add(user_id: str, media_id: str, subtitles: Item) -> Item:
    """Add subtitles in one language, replacing any before, to a video.

    Tweets that already show the video do not change.

    Args:
        subtitles: ``id`` of the uploaded subtitles, ``language_code``, ``display_name``.

    Returns:
        the video's subtitles: ``id``, ``language_code`` and ``display_name`` of each.

    Raises:
        Problem: 404 for uploads that are not the caller's, 400 when one is not ready or of
            another kind, 409 when another request changed the video.
    """
    video = _video(user_id, media_id)
    upload = uploads.load(user_id, subtitles["id"])
    if upload["kind"] != "subtitles" or upload["state"] != "succeeded":
        raise invalid_request("The subtitles are not ready.", id=subtitles["id"])
    language = subtitles["language_code"]
    others = [one for one in _subtitles_of(video) if one["language_code"] != language]
    if len(others) >= MAX_LANGUAGES:
        message = f"A video can have subtitles in at most {MAX_LANGUAGES} languages."
        raise invalid_request(message, id=media_id)
    stored = object_store.Upload(upload["id"], object_store.segments(upload["id"]))
    # Each file gets a name of its own: served files may be cached forever.
    name = f"subtitles-{language}-{upload['id']}"
    content = texts.to_vtt(stored.read(0, LIMITS["subtitles"]))
    object_store.put(f"{video['prefix']}/{name}.vtt", content, texts.VTT)
    entry = {"id": upload["id"], "language_code": language, "name": name}
    if display_name := subtitles.get("display_name"):
        entry["display_name"] = display_name
    _store(video, [*others, entry])
    return {"associated_subtitles": [_present(one) for one in [*others, entry]]}


def remove(user_id: str, media_id: str, language: str) -> Item:
    """Remove a video's subtitles in one language; no-op if it has none.

    Raises:
        Problem: 404 for an upload that is not the caller's, 409 as `add`.
    """
    video = _video(user_id, media_id)
    others = [one for one in _subtitles_of(video) if one["language_code"] != language]
    if len(others) < len(_subtitles_of(video)):
        _store(video, others)
    return {"deleted": True}


def _video(user_id: str, media_id: str) -> Item:
    video = uploads.load(user_id, media_id)
    if video["kind"] != "video" or video["state"] != "succeeded":
        raise invalid_request("Subtitles can only be added to a processed video.", id=media_id)
    return video


def _subtitles_of(video: Item) -> list[Item]:
    found: list[Item] = video.get("subtitles", [])
    return found


def _present(entry: Item) -> Item:
    return {name: value for name, value in entry.items() if name != "name"}


def _store(video: Item, entries: list[Item]) -> None:
    if not items.revise(video, {"subtitles": entries}):
        raise conflict("The video was changed by another request; try again.")
