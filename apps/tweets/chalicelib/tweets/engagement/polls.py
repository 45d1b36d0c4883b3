"""Polls: part of a tweet; one vote per user; closed by a timer.

The options and the end are part of the tweet, so posting a poll is still one put.
A vote is an engagement, and the stream updates the counters.
"""

from chalicelib.tweets.core.models import ENGAGEMENTS, TWEETS
from chalicelib.tweets.core.versioned import next_version
from chalicelib.tweets.engagement import engagements, items, shards

from shared.aws.dynamo import Item
from shared.base.clock import iso, now_ms
from shared.base.errors import conflict, forbidden, invalid_request, not_found
from shared.base.ids import time_ms
from shared.contracts import profiles
from shared.text.cleaning import is_blank

# Only some voters of a large poll are notified that it closed: each notification has its cost.
NOTIFIED_VOTERS = 100
_VOTERS_READ = 300


def poll_of(body: Item) -> Item:
    """Return the poll of a new tweet, as the tweet stores it.

    Args:
        body: the request for the tweet.

    Raises:
        Problem: 400 for a poll with media or a quote, or for options that are blank or repeated.
    """
    asked = body["poll"]
    if "quote_tweet_id" in body or body.get("media"):
        raise invalid_request("A poll cannot be combined with a quote or media.", poll=asked)
    labels = [label.strip() for label in asked["options"]]
    if any(map(is_blank, labels)) or len(set(labels)) < len(labels):
        message = "poll.options: options must not be blank or repeated"
        raise invalid_request(message, options=asked["options"])
    return {"options": labels, "duration_minutes": asked["duration_minutes"]}


def vote(user_id: str, tweet_id: str, position: int) -> Item:
    """Vote for an option, counted from one (one read, one conditional put).

    Raises:
        Problem: 404 when the caller sees no such poll, 400 for an option that it does not have,
            403 when it is closed, 409 when the caller voted for another option.
    """
    tweet = engagements.target(user_id, tweet_id)
    poll = tweet.get("poll")
    if poll is None:
        raise not_found("poll", tweet_id)
    if position > len(poll["options"]):
        raise invalid_request("position: the poll has no such option", position=position)
    if now_ms() >= ends_at(tweet["id"], poll["duration_minutes"]):
        raise forbidden("The poll is closed.")
    listed = shards.index_key(tweet, "vote", user_id)
    voted = ENGAGEMENTS.insert(items.new_vote(user_id, tweet, position, listed))
    if voted.item and voted.item["choice"] != position:
        raise conflict("You have already voted in this poll.")
    return {"voted": True, "position": position}


def present(tweet: Item, fields: frozenset[str], counts: Item) -> Item:
    """Return X's poll object: id and options, plus the fields asked for."""
    poll = tweet["poll"]
    end = ends_at(tweet["id"], poll["duration_minutes"])
    values = {
        "duration_minutes": poll["duration_minutes"],
        "end_datetime": iso(end),
        "voting_status": "open" if now_ms() < end else "closed",
    }
    options = [
        {"position": n, "label": label, "votes": max(0, counts.get(f"votes_{n}", 0))}
        for n, label in enumerate(poll["options"], 1)
    ]
    shown: Item = {"id": tweet["id"], "options": options}
    return shown | {name: value for name, value in values.items() if name in fields}


def ends_at(tweet_id: str, minutes: int) -> int:
    """Return when a poll stops taking votes, in Unix milliseconds."""
    return time_ms(tweet_id) + int(minutes) * 60_000


def close(tweet_id: str) -> None:
    """Mark a poll as closed; no-op if it is deleted or closed."""
    TWEETS.update(
        {"id": tweet_id},
        *next_version({"poll_closed": True}),
        "attribute_exists(#poll) AND attribute_not_exists(#poll_closed)",
    )


def voters(tweet_id: str, author_id: str) -> list[str]:
    """Return ids of voters to notify, those active most recently.

    Of a large poll only the first voters by id are read.

    Calls: one Query per shard of the index, and cards.
    """
    found = profiles.cards(first_voters(tweet_id, author_id))
    active = (card for card in found.values() if card.active)
    newest = sorted(active, key=lambda card: (-card.active_day, card.id))
    return [card.id for card in newest[:NOTIFIED_VOTERS]]


def first_voters(tweet_id: str, author_id: str) -> list[str]:
    """Return ids of the first voters by id; `voters` names only these.

    Calls: one Query per shard of the index.
    """
    votes = shards.read_page(tweet_id, author_id, "vote", "0", _VOTERS_READ)
    return [one["user_id"] for one in votes]
