"""Kinds of media: X's categories, types and limits."""

from shared.base.errors import invalid_request

# X's limits in bytes (docs.x.com, "Media best practices").
MB = 1024 * 1024
LIMITS = {"photo": 5 * MB, "animated_gif": 15 * MB, "video": 512 * MB, "subtitles": MB}
MAX_VIDEO_MS = 140_000
_BY_CATEGORY = {
    "tweet_image": "photo",
    "tweet_gif": "animated_gif",
    "tweet_video": "video",
    "amplify_video": "video",
    "subtitles": "subtitles",
}
CATEGORIES = sorted(_BY_CATEGORY)
_BY_TYPE = {
    "image/jpeg": "photo",
    "image/pjpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",
    "image/gif": "animated_gif",
    "video/mp4": "video",
    "video/quicktime": "video",
    "text/srt": "subtitles",
    "text/vtt": "subtitles",
}
TYPES = sorted(_BY_TYPE)


def kind_of(category: str | None, media_type: str | None) -> str:
    """Return the kind of media by category, or else by type.

    Returns:
        ``photo``, ``animated_gif``, ``video`` or ``subtitles``.

    Raises:
        Problem: 400 when neither is given or supported, or the two disagree.
    """
    # Clients of API 1.1 write TweetImage as well as tweet_image.
    named = (category or "").replace("Tweet", "tweet_").replace("Amplify", "amplify_").lower()
    if category and named not in _BY_CATEGORY:
        raise invalid_request("The media category is not supported.", media_category=category)
    if media_type and media_type not in _BY_TYPE:
        raise invalid_request("The media type is not supported.", media_type=media_type)
    if not category and not media_type:
        raise invalid_request("media_category or media_type is required.")
    by_type = _BY_TYPE[media_type] if media_type else None
    kind = _BY_CATEGORY[named] if category else by_type
    # A GIF may be uploaded as a still image, but not a still image as a GIF: its limit is higher.
    if by_type and kind != by_type and not (kind == "photo" and by_type == "animated_gif"):
        raise invalid_request(
            "The media type does not match the category.", media_category=category
        )
    return str(kind)
