"""Posters of videos, X's ``preview_image_url``.

Rookery does not decode video. A transcoder makes posters; without one, a client
that shows the video anyway may send a frame of it. Until then a neutral one is shown.
"""

import hashlib

from chalicelib.tweets.media import items, object_store, uploads
from chalicelib.tweets.media.processing import DRAWN, POSTER

from shared.aws.dynamo import Item
from shared.base.errors import Problem, conflict, invalid_request
from shared.media import images
from shared.media.images import EXTENSIONS


def add(user_id: str, media_id: str, content: bytes) -> Item:
    """Add a poster to a processed video.

    Tweets that already show the video do not change.

    The picture is re-encoded, like every picture. It replaces a drawn poster under another
    name and is never replaced itself, so it may be cached forever.

    Raises:
        Problem: 404 for an unknown upload or another user's, 400 for content that is not a
            picture or an upload that is not a processed video, 409 when it has a poster.
    """
    media = uploads.load(user_id, media_id)
    if media["kind"] != "video" or media["state"] != "succeeded":
        raise invalid_request("A poster can only be added to a processed video.", media_id=media_id)
    if media["files"].get("poster", DRAWN) != DRAWN:
        raise _refusal()
    try:
        made = images.render(content, [POSTER])[POSTER.name]
    except images.ImageError as error:
        raise invalid_request(str(error), media_id=media_id) from error
    # Of two concurrent requests one wins; the loser's picture must not have the same name.
    digest = hashlib.sha256(made.content).hexdigest()[:16]
    extension = f"{digest}.{EXTENSIONS[made.content_type]}"
    files = {**media["files"], "poster": extension}
    object_store.put(f"{media['prefix']}/poster.{extension}", made.content, made.content_type)
    if not items.revise(media, {"files": files}):
        raise _refusal()
    return {**media, "files": files}


def _refusal() -> Problem:
    return conflict("The video already has a poster or was removed.")
