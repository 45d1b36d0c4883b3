"""Media objects by their keys, for viewers who may see them."""

from chalicelib.tweets.media import items
from chalicelib.tweets.pipeline import lookup

from shared.aws.dynamo import Item
from shared.base.errors import missing_resource
from shared.contracts import media_object
from shared.contracts.fields import chosen


def by_keys(viewer_id: str | None, keys: list[str], query: Item) -> Item:
    """Return media by their keys, with partial errors.

    Owners see all that are ready; others see the media of tweets that they may see.
    """
    ids = {key: key.partition("_")[2] for key in keys}
    found = {
        media_id: media
        for media_id, media in items.load(ids.values()).items()
        if media["state"] == "succeeded"
        and media["kind"] != "subtitles"
        and not items.is_gone(media)
    }
    using = {i: sorted(media.get("tweet_ids", ()))[:1] for i, media in found.items()}
    tweet_ids = [tweet_id for used in using.values() for tweet_id in used]
    seen = lookup.visible_ids(viewer_id, tweet_ids)
    fields = chosen(query, "media")
    body: Item = {}
    for key, media_id in ids.items():
        media = found.get(media_id, {})
        may_see = viewer_id == media.get("owner_id") or seen.intersection(using.get(media_id, ()))
        if media and may_see and media_object.media_key(media["kind"], media_id) == key:
            shown = media_object.present(items.snapshot(media), fields)
            body.setdefault("data", []).append(shown)
        else:
            body.setdefault("errors", []).append(missing_resource("media", key, "media_key"))
    return body
