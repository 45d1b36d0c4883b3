"""Muting: one conditional update that nobody else is told of."""

from typing import Any

from chalicelib.users.core.models import Follow
from chalicelib.users.graph import pairs

Item = dict[str, Any]


def mute(user_id: str, target_id: str) -> Item:
    """Keep somebody out of one's timelines; doing it twice is fine.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself.
    """
    pairs.existing(user_id, target_id, "mute")
    actions = [*pairs.quietly_changed(), Follow.muted.set(True)]
    pairs.update(user_id, target_id, actions, pairs.lacking(Follow.muted))
    return {"muting": True}


def unmute(user_id: str, target_id: str) -> Item:
    """Take a mute back."""
    actions = [*pairs.quietly_changed(), Follow.muted.set(False)]
    pairs.update(user_id, target_id, actions, pairs.held(Follow.muted))
    return {"muting": False}
