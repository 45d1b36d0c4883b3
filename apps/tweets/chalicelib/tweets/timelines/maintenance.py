"""Background work on timelines, by message."""

from chalicelib.tweets.timelines import delivery_review, rebuild, unfollowing

from shared.aws.dynamo import Item
from shared.aws.events import Event


def run(message: Item) -> None:
    """Do the work that a message of the domain's own queue requests.

    Raises:
        ValueError: the message's kind is unknown.
    """
    match message:
        case {"kind": "rebuild", "user_id": user_id}:
            rebuild.rebuild(user_id)
        case {"kind": "review"}:
            delivery_review.review_page(message)
        case _:
            raise ValueError(f"unknown maintenance: {message.get('kind')}")


def follow_relation(event: Event) -> None:
    """Follow a change of a relation: a follow, an unfollow or a block."""
    if event.type == "user.followed":
        delivery_review.review_followed(event)
    else:
        unfollowing.remove_entries(event)
