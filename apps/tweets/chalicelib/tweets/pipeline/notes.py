"""Long texts of a page: read beside its tweets, if they are asked for."""

from collections.abc import Iterable, Mapping

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.long_text_model import TEXTS

from shared.aws.dynamo import Item
from shared.base.errors import omitted_field

FIELD = "note_tweet"
# UTF-8 of long texts per answer: Lambda answers 6 MB, and the rest of a page needs up to 4.
_MAX_BYTES = 1_500_000


def keys(tweet_ids: Iterable[str], cached: Mapping[str, Item]) -> list[Item]:
    """Return keys of long texts that tweets may have, for their BatchGetItem.

    Whether a tweet that is not cached has one is not known yet.
    """
    unknown = {"long_text": True}
    return [{"id": one} for one in tweet_ids if cached.get(one, unknown).get("long_text")]


def note(item: Item) -> Item:
    """Return ``note_tweet`` of a stored long text."""
    entities = visibility.entities(item)
    return {"text": item["text"], **({"entities": entities} if entities else {})}


def late(tweets: Iterable[Item], notes: Mapping[str, Item]) -> dict[str, Item]:
    """Return long texts that a replica did not show yet.

    Calls: none, or one consistent BatchGetItem.
    """
    missing = [{"id": one["id"]} for one in tweets if one.get("long_text")]
    missing = [key for key in missing if key["id"] not in notes]
    found = TEXTS.get_many(missing, consistent=True) if missing else []
    return {item["id"]: item for item in found}


def bound(shown: Iterable[Item], notes: dict[str, Item]) -> list[Item]:
    """Drop the long texts that an answer has no room for.

    Returns:
        partial errors that name them; the caller asks for fewer tweets.
    """
    errors, size = [], 0
    for tweet in shown:
        if (found := notes.get(tweet["id"])) is None:
            continue
        size += len(f"{found['text']}{found.get('entities', '')}".encode())
        if size > _MAX_BYTES:
            del notes[tweet["id"]]
            errors.append(omitted_field("tweet", tweet["id"], FIELD))
    return errors
