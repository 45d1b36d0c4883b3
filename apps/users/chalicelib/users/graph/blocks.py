"""Blocks: one transaction severs both directions of a pair."""

from chalicelib.users.graph import pairs

from shared.aws.dynamo import Item


def block(user_id: str, target_id: str) -> Item:
    """Block a user; neither can follow the other any more. Idempotent.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself.
    """
    pairs.require_target(user_id, target_id, "block")
    condition = pairs.is_unset("blocked")
    pairs.update_both(user_id, target_id, pairs.BLOCK, pairs.BLOCKED_BY, condition)
    return {"blocking": True}


def unblock(user_id: str, target_id: str) -> Item:
    """Remove a block; follows do not return, and the target's own block stays."""
    # Both directions of oneself are one item, which no transaction may name twice.
    if target_id != user_id:
        condition = pairs.is_set("blocked")
        pairs.update_both(user_id, target_id, pairs.UNBLOCK, pairs.UNBLOCKED_BY, condition)
    return {"blocking": False}
