"""What happens when a timer rings."""

from typing import Any

from chalicelib.tweets import planned, polls


def act(message: dict[str, Any]) -> None:
    """Do what a timer stands for; done before, or not to be done any more, it does nothing.

    Raises:
        ValueError: no timer is of this kind.
    """
    match message["kind"]:
        case "post":
            planned.post(message["subject"], message["due_at"])
        case "poll":
            polls.close(message["subject"])
        case other:
            raise ValueError(f"no timer is a {other}")
