"""Removal of an erased account's pairs: its own, and others' towards it.

Counters follow from the table's stream. Others' mutes of the account stay, and their blocks
if more than `MAX_BLOCKERS` block it: they belong to the others, and no index leads to them
from the account.
"""

from itertools import islice

from chalicelib.users.core.models import FOLLOWS, GRAPH
from chalicelib.users.graph.pairs import key

from shared.contracts import follower_shards, graph
from shared.contracts.graph_state import state_key

_PAGE = 1000


def remove_all(user_id: str) -> int:
    """Delete the pairs of a leaving user; returns how many.

    Deleted pages are not found again, so a run after a crash removes the rest. The graph
    items of users whom the user blocked follow from the stream.
    """
    removed = _remove_requests_and_follows(user_id) + _remove_blocks(user_id)
    removed += _remove_own(user_id)
    GRAPH.delete(state_key(user_id))
    return removed


def _remove_own(user_id: str) -> int:
    """Remove the user's pairs."""
    values, removed = {"user": user_id}, 0
    items = FOLLOWS.query("#user_id = :user", values, consistent=True, limit=_PAGE)
    while page := list(islice(items, _PAGE)):
        FOLLOWS.batch_write(deletes=[key(user_id, item["target_id"]) for item in page])
        removed += len(page)
    return removed


def _remove_blocks(user_id: str) -> int:
    """Remove others' blocks of the user, as far as the graph item names them."""
    blockers = sorted(graph.state_of(user_id).blockers)
    FOLLOWS.batch_write(deletes=[key(one, user_id) for one in blockers])
    return len(blockers)


def _remove_requests_and_follows(user_id: str) -> int:
    """Remove others' follow requests to the user, and follows of the user."""
    removed = 0
    for list_ids in (graph.requester_ids, graph.follower_ids):
        after: str | None = None
        while ids := list_ids(user_id, after=after, limit=_PAGE):
            FOLLOWS.batch_write(deletes=[key(one, user_id) for one in ids])
            removed += len(ids)
            after = ids[-1]
    if (follower_shards.known(user_id) or 1) > 1:
        FOLLOWS.batch_write(deletes=follower_shards.markers(user_id))
    return removed
