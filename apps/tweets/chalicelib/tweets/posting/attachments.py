"""Media of new tweets: checks, and the copy that a tweet keeps."""

from chalicelib.tweets.media import items as media_items

from shared.aws.dynamo import Item
from shared.base.errors import Problem, invalid_request

# The stream notes the use within seconds; media that are about to expire would lose the race.
_MARGIN_SECONDS = 600


def load(user_id: str, ids: list[str]) -> list[Item]:
    """Return the copies that a new tweet stores of its media.

    Calls: one consistent BatchGetItem.

    Raises:
        Problem: 400 for media that are not the caller's, not ready or expired, or for media
            that cannot be combined.
    """
    if len(set(ids)) != len(ids):
        raise _invalid("A media id is included more than once.", ids)
    # Clients post as soon as the upload has ended, so its current state counts.
    found = media_items.load(ids, consistent=True)
    for media_id in ids:
        _check(user_id, media_id, found.get(media_id))
    kinds = [found[media_id]["kind"] for media_id in ids]
    if len(ids) > 1 and set(kinds) != {"photo"}:
        raise _invalid("A tweet can have up to four images, one GIF or one video.", ids)
    return [media_items.snapshot(found[media_id]) for media_id in ids]


def _check(user_id: str, media_id: str, media: Item | None) -> None:
    if media is None or media_items.is_gone(media) or not media_items.is_owner(user_id, media):
        raise _invalid("Your media IDs are invalid.", [media_id])
    if media["kind"] == "subtitles":
        raise _invalid("Subtitles can be added to a video, not to a tweet.", [media_id])
    if media["state"] == "failed":
        raise _invalid(f"The media could not be processed: {media['error']}", [media_id])
    if media["state"] != "succeeded":
        raise _invalid("The media is not ready yet; check its status.", [media_id])
    if media_items.expires_within(media, _MARGIN_SECONDS):
        raise _invalid("Your media IDs are invalid.", [media_id])


def _invalid(message: str, ids: list[str]) -> Problem:
    return invalid_request(message, **{"media.media_ids": ids})
