"""Background work on timelines, by message."""

from typing import Any

from chalicelib.tweets.timelines import delivery_review, rebuild, unfollowing

from shared.aws.events import Event


def run(message: dict[str, Any]) -> None:
    """Do what a message of the domain's own queue asks.

    Raises:
        ValueError: it asks for something unknown.
    """
    match message:
        case {"kind": "rebuild", "user_id": user_id}:
            rebuild.rebuild(user_id)
        case {"kind": "judge"}:
            delivery_review.judge_part(message)
        case _:
            raise ValueError(f"unknown upkeep: {message.get('kind')}")


def relation_changed(event: Event) -> None:
    """Somebody follows, unfollows or blocks somebody."""
    if event.type == "user.followed":
        delivery_review.consider_followed(event)
    else:
        unfollowing.clear(event)
