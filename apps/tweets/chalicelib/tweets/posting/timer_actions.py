"""Actions of timers that are due."""

from collections.abc import Sequence

from chalicelib.tweets.engagement import polls
from chalicelib.tweets.posting import scheduled_posts, timers

from shared.aws import dynamo
from shared.aws.dynamo import Item


def act(message: Item) -> None:
    """Run a due timer; no-op if it already ran or its moment has changed.

    Args:
        message: ``kind``, ``subject`` and ``due_at`` of the timer.

    Raises:
        ValueError: no timer is of this kind.
    """
    match message["kind"]:
        case "post":
            scheduled_posts.post(message["subject"], message["due_at"])
        case "poll":
            polls.close(message["subject"])
        case other:
            raise ValueError(f"no timer is a {other}")


def set_polls_again(tweets: Sequence[Item]) -> None:
    """Set the timers of polls that are open, among some stored tweets."""
    for tweet in tweets:
        if "poll" in tweet and not tweet.get("poll_closed"):
            end = polls.ends_at(tweet["id"], tweet["poll"]["duration_minutes"])
            dynamo.transact([timers.put_action(end, "poll", tweet["id"])])
