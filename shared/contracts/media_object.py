"""Media objects as X's API shows them, from a tweet's copy of its media.

A tweet keeps a copy of its media's data: attached media never change, and a page
of tweets then costs no further reads.
"""

import json

from shared.aws.dynamo import Item
from shared.contracts import media_urls

# X's numbers in front of media keys.
KEY_PREFIXES = {"photo": "3", "video": "7", "animated_gif": "16", "subtitles": "9"}
_CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
}


def media_key(kind: str, media_id: str) -> str:
    """Return a media key: ``3_<id>`` for a photo, ``7_<id>`` for a video, …."""
    return f"{KEY_PREFIXES[kind]}_{media_id}"


def of_tweet(tweet: Item) -> list[Item]:
    """Return the media of a stored tweet, which are JSON text, in order."""
    kept: list[Item] | str = tweet.get("media") or []
    return json.loads(kept) if isinstance(kept, str) else kept


def present(kept: Item, fields: frozenset[str]) -> Item:
    """Return the media object: key, type, and the requested fields.

    Args:
        kept: ``id``, ``type``, ``prefix``, ``width``, ``height``, ``files`` (name to extension)
            and optionally ``alt_text``, ``duration_ms``, ``bit_rate``, ``subtitles``.
    """
    kind, files = kept["type"], kept["files"]
    shown: Item = {"media_key": media_key(kind, kept["id"]), "type": kind}
    for name in ("width", "height", "duration_ms", "alt_text"):
        if name in fields and name in kept:
            shown[name] = kept[name]
    if kind == "photo" and "url" in fields:
        shown["url"] = _url(kept, "large")
    if kind != "photo" and "preview_image_url" in fields and "poster" in files:
        shown["preview_image_url"] = _url(kept, "poster")
    if "subtitles" in fields and kept.get("subtitles"):
        shown["subtitles"] = [_subtitles(kept, one) for one in kept["subtitles"]]
    if "variants" in fields:
        shown["variants"] = [_variant(kept, name) for name in files if name != "poster"]
    return shown


def _variant(kept: Item, name: str) -> Item:
    shown = {"content_type": _CONTENT_TYPES[kept["files"][name]], "url": _url(kept, name)}
    if "bit_rate" in kept:
        shown["bit_rate"] = kept["bit_rate"]
    return shown


def _subtitles(kept: Item, one: Item) -> Item:
    shown: Item = {"language_code": one["language_code"]}
    if "display_name" in one:
        shown["display_name"] = one["display_name"]
    shown["url"] = media_urls.url(f"{kept['prefix']}/{one['name']}.vtt")
    return shown


def _url(kept: Item, name: str) -> str:
    return media_urls.url(f"{kept['prefix']}/{name}.{kept['files'][name]}")
