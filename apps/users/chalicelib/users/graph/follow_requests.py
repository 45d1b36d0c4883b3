"""Approval and denial of follow requests to a protected account."""

from chalicelib.users.graph import pairs

from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.contracts import profiles


def approve(user_id: str, requester_id: str) -> Item:
    """Approve a follow request. Idempotent.

    It writes the requester's item: a handshake, as the requester asked for it. It holds only
    while the request is pending, so it wins or loses as a whole against a withdrawal, a
    denial or a block at the same moment.

    Raises:
        Problem: 404 if there is no such request.
    """
    own = profiles.card(user_id)
    if own is None:
        raise not_found("user", user_id)
    change = pairs.follow(own.item, requester_id)
    refusal = pairs.begin(requester_id, user_id, change, pairs.is_set("pending"))
    if refusal and (refusal.blocked_by or not refusal.stored.following):
        raise not_found("follow_request", requester_id)
    return {"approved": True}


def deny(user_id: str, requester_id: str) -> Item:
    """Deny a follow request, without a notice to the requester. Idempotent."""
    pairs.update(requester_id, user_id, pairs.END_REQUEST, pairs.is_set("pending"))
    return {"denied": True}
