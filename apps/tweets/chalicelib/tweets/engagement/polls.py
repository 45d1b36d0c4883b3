"""Polls: a tweet's own, under the tweet's id; one vote a user, closed by the clock.

The options and the end are part of the tweet, so a post with a poll is still
one put. A vote is an engagement, and the counters follow by stream.
"""

from typing import Any

from chalicelib.tweets.core.models import Engagement, Tweet
from chalicelib.tweets.core.text import is_blank
from chalicelib.tweets.engagement import engagements, shards
from pynamodb.exceptions import PutError, UpdateError

from shared.base.clock import iso, now_ms
from shared.base.errors import conflict, forbidden, invalid_request, not_found
from shared.base.ids import time_ms
from shared.contracts import profiles

Item = dict[str, Any]

# Of a poll with many voters only some are told that it closed: each costs a notification.
VOTERS_TOLD = 100
_VOTERS_READ = 300


def stored(body: Item) -> Item | None:
    """What a new tweet keeps of the poll in a request's body.

    Raises:
        Problem: 400 for a poll beside media or a quote, or for options that are blank or the same.
    """
    asked = body.get("poll")
    if asked is None:
        return None
    if "quote_tweet_id" in body or body.get("media"):
        raise invalid_request("A poll stands alone: no quote and no media beside it.", poll=asked)
    labels = [label.strip() for label in asked["options"]]
    if any(map(is_blank, labels)) or len(set(labels)) < len(labels):
        raise invalid_request("poll.options: blank or repeated", options=asked["options"])
    return {"options": labels, "duration_minutes": asked["duration_minutes"]}


def vote(user_id: str, tweet_id: str, position: int) -> Item:
    """Vote for an option, counted from one (one read, one conditional put).

    Raises:
        Problem: 404 when there is no such poll for the caller, 400 for an
            option that it does not have, 403 when it is closed, 409 when the
            caller voted for another option.
    """
    tweet = engagements.target(user_id, tweet_id)
    poll = tweet.get("poll")
    if poll is None:
        raise not_found("poll", tweet_id)
    if position > len(poll["options"]):
        raise invalid_request("position: the poll has no such option", position=position)
    entry = engagements.entry_key(tweet["id"], "vote")
    if now_ms() < ends_at(tweet["id"], poll["duration_minutes"]):
        try:
            Engagement(
                user_id,
                entry,
                kind="vote",
                tweet_id=tweet["id"],
                author_id=tweet["author_id"],
                choice=position,
                tweet_kind=shards.listed_under(tweet, "vote", user_id),
                updated_at=now_ms(),
            ).save(condition=Engagement.entry.does_not_exist())
            return {"voted": True, "position": position}
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
        if Engagement.get(user_id, entry, consistent_read=True).choice != position:
            raise conflict("You have voted in this poll already.")
        return {"voted": True, "position": position}
    raise forbidden("The poll is closed.")


def present(tweet: Item, fields: frozenset[str], counts: Item) -> Item:
    """X's poll object: id and options, plus the fields asked for."""
    poll = tweet["poll"]
    over = ends_at(tweet["id"], poll["duration_minutes"])
    values = {
        "duration_minutes": poll["duration_minutes"],
        "end_datetime": iso(over),
        "voting_status": "open" if now_ms() < over else "closed",
    }
    options = [
        {"position": n, "label": label, "votes": max(0, counts.get(f"votes_{n}", 0))}
        for n, label in enumerate(poll["options"], 1)
    ]
    shown: Item = {"id": tweet["id"], "options": options}
    return shown | {name: value for name, value in values.items() if name in fields}


def ends_at(tweet_id: str, minutes: int) -> int:
    """When a poll takes no votes any more, in Unix milliseconds."""
    return time_ms(tweet_id) + int(minutes) * 60_000


def close(tweet_id: str) -> None:
    """Mark the poll of a tweet as closed when its timer rings; twice is once."""
    try:
        Tweet(tweet_id).update(
            [
                Tweet.poll_closed.set(True),
                Tweet.version.add(1),
                Tweet.updated_at.set(now_ms()),
            ],
            condition=Tweet.poll.exists() & Tweet.poll_closed.does_not_exist(),
        )
    except UpdateError as error:
        # It was deleted, or closed before.
        engagements.tolerate_condition(error)


def voters(tweet_id: str, author_id: str) -> list[str]:
    """Some of those who voted in a poll: the most recently active of the first by id.

    Calls: one Query a shard of the index, and cards.
    """
    votes = shards.engaged(tweet_id, author_id, "vote", "0", _VOTERS_READ)
    found = profiles.cards(one["user_id"] for one in votes)
    active = (card for card in found.values() if card.active)
    newest = sorted(active, key=lambda card: (-card.active_day, card.id))
    return [card.id for card in newest[:VOTERS_TOLD]]
