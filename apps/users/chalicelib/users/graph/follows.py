"""Following and unfollowing: one conditional update of the pair's own item."""

from typing import Any

from chalicelib.users.core.models import Follow
from chalicelib.users.graph import pairs

from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, forbidden, not_found
from shared.contracts import graph, profiles
from shared.contracts.follower_shards import listed_under

Item = dict[str, Any]


def follow(user_id: str, target_id: str) -> Item:
    """Follow somebody, or ask a protected account to be allowed to; doing it twice is fine.

    One call when the target's card is warm. The condition holds all the rules,
    so racing requests cannot get around them.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself, 403 where one blocks the other.
    """
    target = profiles.card(target_id)
    if target is None or not target.active:
        raise not_found("user", target_id, "target_user_id")
    if target_id == user_id:
        raise Problem(400, "invalid-request", "Invalid Request", "You cannot follow yourself.")
    condition = pairs.lacking(Follow.blocked_by) & pairs.lacking(Follow.blocked)
    condition &= pairs.lacking(Follow.following)
    actions = pairs.changed()
    if target.protected:
        condition &= pairs.lacking(Follow.pending)
        actions += [Follow.pending.set(True), Follow.requested_id.set(target_id)]
    else:
        actions += [
            Follow.following.set(True),
            Follow.followed_id.set(listed_under(target.item, user_id, now_ms())),
            Follow.pending.remove(),
            Follow.requested_id.remove(),
        ]
    if pairs.update(user_id, target_id, actions, condition):
        return {"following": not target.protected, "pending_follow": target.protected}
    stored = graph.relations(user_id, [target_id])[target_id]
    if stored.blocked_by:
        raise forbidden("You have been blocked from following this account.")
    if stored.blocked:
        raise forbidden("You have blocked this account; unblock it to follow it.")
    return {"following": stored.following, "pending_follow": stored.pending}


def unfollow(user_id: str, target_id: str) -> Item:
    """No longer follow somebody (or withdraw the request); the pair's item stays as a tombstone."""
    actions = [
        *pairs.changed(),
        Follow.following.set(False),
        Follow.pending.remove(),
        Follow.notify.remove(),
        Follow.followed_id.remove(),
        Follow.requested_id.remove(),
        Follow.watched_id.remove(),
    ]
    pairs.update(
        user_id, target_id, actions, pairs.held(Follow.following) | pairs.held(Follow.pending)
    )
    return {"following": False}


def notify(user_id: str, target_id: str) -> Item:
    """Whether the user is told of every tweet of somebody (one read)."""
    return {"notify": bool(graph.relations(user_id, [target_id])[target_id].notify)}


def set_notify(user_id: str, target_id: str, enabled: bool) -> Item:
    """Whether to be told of every tweet of somebody one follows, or of none; ends with the follow.

    Who never said so is told by some celebrities' tweets (see the notifications' highlights).

    Raises:
        Problem: 409 when one does not follow them and asks to be told.
    """
    actions = pairs.quietly_changed()
    if enabled:
        actions += [Follow.notify.set(True), Follow.watched_id.set(target_id)]
        if not pairs.update(user_id, target_id, actions, pairs.held(Follow.following)):
            raise conflict("You do not follow this account.")
    else:
        actions += [Follow.notify.set(False), Follow.watched_id.remove()]
        pairs.update(user_id, target_id, actions, pairs.held(Follow.following))
    return {"notify": enabled}
