"""Blocking: one transaction over both directions of a pair, which severs them."""

from typing import Any

from chalicelib.users.graph import pairs

Item = dict[str, Any]

# What ends in both directions: follows, requests, the wish to be told.
_ENDED = {"following": False, "pending": False}
_REMOVED = ("followed_id", "requested_id", "watched_id", "notify")


def block(user_id: str, target_id: str) -> Item:
    """Block somebody: neither follows the other any more, or can; doing it twice is fine.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself.
    """
    pairs.existing(user_id, target_id, "block")
    own, other = {"blocked": True, **_ENDED}, {"blocked_by": True, **_ENDED}
    pairs.update_both(user_id, target_id, "blocked", own, other, _REMOVED)
    return {"blocking": True}


def unblock(user_id: str, target_id: str) -> Item:
    """Take a block back; follows do not return. What the other blocked stays blocked."""
    # Both directions of oneself are one item, which no transaction may name twice.
    if target_id != user_id:
        pairs.update_both(user_id, target_id, "blocked", {"blocked": False}, {"blocked_by": False})
    return {"blocking": False}
