"""Follows: one transaction of the user's own item and graph item."""

from chalicelib.users.graph import pairs
from chalicelib.users.graph.pairs import is_set, is_unset

from shared.aws.dynamo import Item
from shared.base.errors import Problem, conflict, forbidden, not_found, suspended
from shared.contracts import graph, profiles


def follow(user_id: str, target_id: str) -> Item:
    """Follow a user, or ask a protected account for a follow. Idempotent.

    One call if the target's card is cached. The conditions hold all the rules,
    so racing requests cannot get around them.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself, 403 if one blocks the other or
            the target is suspended.
    """
    target = profiles.card(target_id)
    if target is None or target.gone:
        raise not_found("user", target_id, "target_user_id")
    if target.status == "suspended":
        raise suspended(target_id, "target_user_id")
    if target_id == user_id:
        raise Problem(400, "invalid-request", "Invalid Request", "You cannot follow yourself.")
    change = pairs.request(target_id) if target.protected else pairs.follow(target.item, user_id)
    unset = ["blocked", "following", *(["pending"] if target.protected else [])]
    refusal = pairs.begin(user_id, target_id, change, " AND ".join(map(is_unset, unset)))
    if refusal is None:
        return {"following": not target.protected, "pending_follow": target.protected}
    if refusal.blocked_by:
        raise forbidden("You have been blocked from following this account.")
    if refusal.stored.blocked:
        raise forbidden("You have blocked this account; unblock it to follow it.")
    return {"following": refusal.stored.following, "pending_follow": refusal.stored.pending}


def unfollow(user_id: str, target_id: str) -> Item:
    """Unfollow a user or withdraw a follow request.

    The pair's item stays as a tombstone.
    """
    condition = f"{is_set('following')} OR {is_set('pending')}"
    pairs.change(user_id, target_id, pairs.UNFOLLOW, condition)
    return {"following": False}


def get_notify(user_id: str, target_id: str) -> Item:
    """Return whether the user gets a notice of every tweet of another."""
    return {"notify": bool(graph.relations(user_id, [target_id])[target_id].notify)}


def set_notify(user_id: str, target_id: str, enabled: bool) -> Item:
    """Ask for a notice of every tweet of a followed user, or of none.

    The setting ends with the follow. Followers who never set it get notices of
    some celebrities' tweets (`highlights` of the notifications domain).

    Raises:
        Problem: 409 for asking for notices of a user whom one does not follow.
    """
    change = pairs.notices(target_id) if enabled else pairs.NO_NOTICES
    outcome = pairs.update_quietly(user_id, target_id, change, is_set("following"))
    if enabled and not outcome:
        raise conflict("You do not follow this account.")
    return {"notify": enabled}
