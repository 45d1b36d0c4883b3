"""Link cards: what the crawler read becomes part of the tweet's URL entities."""

from typing import Any

from chalicelib.tweets.core.models import Tweet

from shared.aws.events import Event
from shared.base.clock import now_ms

_CARD_FIELDS = ("title", "description", "unwound_url", "status")


def attach(event: Event) -> None:
    """Write a card into the entities of its tweet.

    Conditional on the version that was read: another card of the same tweet
    may be written at this moment, and then the message is simply tried again.

    Raises:
        UpdateError: the tweet changed in between.
    """
    card = event.data
    try:
        tweet = Tweet.get(card["tweet_id"], consistent_read=True)
    except Tweet.DoesNotExist:
        return
    if tweet.deleted:
        return
    entities: dict[str, Any] = tweet.entities or {}
    changed = False
    for url in entities.get("urls", ()):
        if url["expanded_url"] == card["url"] and "title" not in url:
            url |= {name: card[name] for name in _CARD_FIELDS if name in card}
            if "image" in card:
                url["images"] = [card["image"]]
            changed = True
    if not changed:
        return
    tweet.update(
        [
            Tweet.entities.set(entities),
            Tweet.version.set(tweet.version + 1),
            Tweet.updated_at.set(now_ms()),
        ],
        condition=(Tweet.version == tweet.version) & Tweet.deleted.does_not_exist(),
    )
