"""What happens when a timer rings."""

from typing import Any

from chalicelib.tweets.engagement import polls
from chalicelib.tweets.posting import drafts_and_schedules


def act(message: dict[str, Any]) -> None:
    """Do what a timer stands for; done before, or not to be done any more, it does nothing.

    Raises:
        ValueError: no timer is of this kind.
    """
    match message["kind"]:
        case "post":
            drafts_and_schedules.post(message["subject"], message["due_at"])
        case "poll":
            polls.close(message["subject"])
        case other:
            raise ValueError(f"no timer is a {other}")
