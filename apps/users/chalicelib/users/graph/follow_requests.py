"""Requests to follow a protected account: its owner approves or denies them."""

from typing import Any

from chalicelib.users.core.models import Follow
from chalicelib.users.graph import pairs

from shared.base.clock import now_ms
from shared.base.errors import not_found
from shared.contracts import graph, profiles
from shared.contracts.follower_shards import listed_under

Item = dict[str, Any]


def approve(user_id: str, requester_id: str) -> Item:
    """Let somebody who asked follow; doing it twice is fine.

    A request withdrawn, denied or severed at the same moment wins or loses
    as a whole: the update holds only while the request is pending.

    Raises:
        Problem: 404 when there is no request (any more).
    """
    own = profiles.card(user_id)
    if own is None:
        raise not_found("user", user_id)
    actions = [
        *pairs.changed(),
        Follow.following.set(True),
        Follow.followed_id.set(listed_under(own.item, requester_id, now_ms())),
        Follow.pending.remove(),
        Follow.requested_id.remove(),
    ]
    if not pairs.update(requester_id, user_id, actions, pairs.held(Follow.pending)):
        stored = graph.relations(requester_id, [user_id])[user_id]
        if not stored.following:
            raise not_found("follow_request", requester_id)
    return {"approved": True}


def deny(user_id: str, requester_id: str) -> Item:
    """Refuse somebody who asked; doing it twice is fine, and they are not told."""
    actions = [*pairs.changed(), Follow.pending.remove(), Follow.requested_id.remove()]
    pairs.update(requester_id, user_id, actions, pairs.held(Follow.pending))
    return {"denied": True}
