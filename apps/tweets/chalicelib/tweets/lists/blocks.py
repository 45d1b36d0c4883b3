"""Blocks end roles in lists: neither stays in a list of the other.

Whoever blocks is taken off the other's lists and out of their followers and pins, and the other
way round. Reads do not wait for it: through a block a list is out of reach, and lists of people
do not show who is severed from the viewer.
"""

from dataclasses import dataclass

from chalicelib.tweets.core import names
from chalicelib.tweets.core.models import BY_USER, LISTS
from chalicelib.tweets.lists import membership
from chalicelib.tweets.pipeline.skeletons import positions

from shared.aws.dynamo import Item
from shared.aws.events import Event, send
from shared.base.clock import parse_iso
from shared.base.ids import MAX_ID
from shared.base.process import process

KIND = "block"
_ROLES = ("member", "follower", "pin")


@dataclass(frozen=True)
class BlockLimits:
    """Bounds of following a block.

    Attributes:
        page: lists of an owner that one message looks at: three items each.
    """

    page: int = 100


def follow_block(event: Event) -> None:
    """End both users' roles in lists of the other after ``user.blocked``.

    Calls: as `end_roles`, for each of the two; none for other events.
    """
    if event.type != "user.blocked":
        return
    one, other = event.data["user_id"], event.data["target_id"]
    for owner_id, user_id in ((one, other), (other, one)):
        end_roles({"owner_id": owner_id, "user_id": user_id, "at": parse_iso(event.time)})


def end_roles(message: Item) -> None:
    """End a user's roles in a page of an owner's lists; request the rest.

    Calls: one Query; if the owner has lists, a BatchGetItem per 33 of them, and the deletions.
    Roles from after the block stay: it may have been removed since. Twice is once.

    Args:
        message: ``owner_id``, ``user_id``, ``at`` (Unix ms) of the block, and ``below``, the
            lowest list id of the page before.
    """
    size = process.limits(BlockLimits).page
    newest = message.get("below", MAX_ID + 1) - 1
    owned = membership.key("owner", message["owner_id"])
    found = positions(LISTS, BY_USER, "user_key", owned, 1, newest, size)
    keys = [
        {"list_id": one["list_id"], "entry": membership.key(role, message["user_id"])}
        for one in found
        for role in _ROLES
    ]
    ended = [
        {"list_id": one["list_id"], "entry": one["entry"]}
        for one in (LISTS.get_many(keys, consistent=True) if keys else ())
        if one.get("updated_at", 0) <= message["at"]
    ]
    if ended:
        LISTS.batch_write(deletes=ended)
    if len(found) == size:
        rest = {**message, "kind": KIND, "below": found[-1]["position"]}
        send(names.DOMAIN, names.MAINTENANCE_QUEUE, [rest])
