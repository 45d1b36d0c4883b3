"""Removal of an erased account's pairs: its own, and others' towards it.

Counters follow from the table's stream. Others' mutes of the account stay: they
belong to the others, and no index leads to them from the account.
"""

from itertools import islice

from chalicelib.users.core.models import FOLLOWS
from chalicelib.users.graph.pairs import key

from shared.contracts import follower_shards, graph

_PAGE = 1000


def remove_all(user_id: str) -> int:
    """Delete the pairs of a leaving user; returns how many.

    Deleted pages are not found again, so a run after a crash removes the rest.
    """
    return _remove_requests_and_follows(user_id) + _remove_own(user_id)


def _remove_own(user_id: str) -> int:
    """Remove the user's pairs, and the other direction of severed ones."""
    values, removed = {"user": user_id}, 0
    items = FOLLOWS.query("#user_id = :user", values, consistent=True, limit=_PAGE)
    while page := [graph.to_relation(item) for item in islice(items, _PAGE)]:
        keys = [key(user_id, pair.target_id) for pair in page]
        inverse = [key(pair.target_id, user_id) for pair in page if pair.severed]
        # Own items lead to the inverse ones, so they go last.
        FOLLOWS.batch_write(deletes=inverse)
        FOLLOWS.batch_write(deletes=keys)
        removed += len(inverse) + len(keys)
    return removed


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
