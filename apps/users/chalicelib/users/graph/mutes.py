"""Mutes: one transaction that announces nothing."""

from chalicelib.users.graph import pairs

from shared.aws.dynamo import Item


def mute(user_id: str, target_id: str) -> Item:
    """Keep a user out of one's timelines. Idempotent.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself.
    """
    pairs.require_target(user_id, target_id, "mute")
    pairs.change(user_id, target_id, pairs.MUTE, pairs.is_unset("muted"), quietly=True)
    return {"muting": True}


def unmute(user_id: str, target_id: str) -> Item:
    """Remove a mute."""
    pairs.change(user_id, target_id, pairs.UNMUTE, pairs.is_set("muted"), quietly=True)
    return {"muting": False}
