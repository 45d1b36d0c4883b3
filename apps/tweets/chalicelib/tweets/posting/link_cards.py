"""Link cards: page titles and pictures in the URL entities of tweets."""

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import TWEETS
from chalicelib.tweets.posting import items

from shared.aws.events import Event

_CARD_FIELDS = ("title", "description", "unwound_url", "status")


def attach(event: Event) -> None:
    """Write a link card into the entities of its tweet (``card.ready``).

    Calls: one consistent read, and one update on the condition that the tweet is as it was
    read: another card of the same tweet may be written at the same time.

    Raises:
        StaleRead: the tweet changed in between; the message comes again.
    """
    card = event.data
    tweet = TWEETS.get({"id": card["tweet_id"]}, consistent=True)
    if tweet is None or tweet.get("deleted"):
        return
    entities = visibility.entities(tweet)
    changed = False
    for url in entities.get("urls", ()):
        if url["expanded_url"] == card["url"] and "title" not in url:
            url |= {name: card[name] for name in _CARD_FIELDS if name in card}
            if "image" in card:
                url["images"] = [card["image"]]
            changed = True
    if changed:
        items.revise(tweet, {"entities": entities})
