"""Actions of timers that are due."""

from chalicelib.tweets.engagement import polls
from chalicelib.tweets.posting import scheduled_posts

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
