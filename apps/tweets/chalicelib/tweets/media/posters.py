"""Posters of videos: what is shown before one plays, X's ``preview_image_url``.

Nothing of ours decodes video. A transcoder makes posters; without one, a client
that shows the video anyway may send a frame of it.
"""

import hashlib
from typing import Any

from chalicelib.tweets.core.models import Media
from chalicelib.tweets.media import object_store, uploads
from chalicelib.tweets.media.processing import POSTER
from pynamodb.exceptions import UpdateError

from shared.base.clock import now_ms
from shared.base.errors import conflict, invalid_request
from shared.media import images
from shared.media.images import EXTENSIONS

Item = dict[str, Any]


def add(user_id: str, media_id: str, content: bytes) -> Item:
    """Give a video that is ready its poster; tweets that show it already stay as they are.

    The picture is made anew, as every picture, and may be kept for good: there is one only.

    Raises:
        Problem: 404 for somebody else's or an unknown upload, 400 for what is no picture or
            no video that is ready, 409 when there is a poster.
    """
    media = uploads.load(user_id, media_id)
    if media["kind"] != "video" or media["state"] != "succeeded":
        raise invalid_request("Only a video that is ready takes a poster.", media_id=media_id)
    if "poster" in media["files"]:
        raise _there_is_one()
    try:
        made = images.render(content, [POSTER])[POSTER.name]
    except images.ImageError as error:
        raise invalid_request(str(error), media_id=media_id) from error
    # Of two who race one poster is kept, and the other's picture must not be under its name.
    digest = hashlib.sha256(made.content).hexdigest()[:16]
    extension = f"{digest}.{EXTENSIONS[made.content_type]}"
    files = {**media["files"], "poster": extension}
    object_store.put(f"{media['prefix']}/poster.{extension}", made.content, made.content_type)
    try:
        Media(media_id).update(
            [Media.files.set(files), Media.version.add(1), Media.updated_at.set(now_ms())],
            condition=(Media.state == "succeeded") & (Media.version == media["version"]),
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise _there_is_one() from error
    return {**media, "files": files}


def _there_is_one() -> Exception:
    return conflict("The video has a poster, or was removed.")
