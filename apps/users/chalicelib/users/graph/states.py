"""Writes of graph items (`graph_state`), as parts of transactions."""

from chalicelib.users.core.models import GRAPH

from shared.aws.table import Action
from shared.base.clock import now_ms
from shared.contracts.graph_state import MAX_BLOCKERS, GraphState, state_key

# An item begins with the time: after a loss of the table no version of before comes again.
CHANGE = "SET #version = if_not_exists(#version, :start) + :one, #changed_at = :start"

_FEW = "attribute_not_exists(#many_blockers)"
_ROOM = (
    "(attribute_not_exists(#blockers) OR size(#blockers) < :most OR contains(#blockers, :blocker))"
)


def change_action(user_id: str, *, unless_blocked_by: str | None = None) -> Action:
    """Return the advance of the version of a user's relations.

    Args:
        unless_blocked_by: condition: this user is not among the blockers, who are all known.
    """
    values = {"start": now_ms(), "one": 1, "blocker": unless_blocked_by}
    condition = f"NOT contains(#blockers, :blocker) AND {_FEW}" if unless_blocked_by else ""
    return GRAPH.update_action(state_key(user_id), CHANGE, values, condition)


def block_action(state: GraphState, blocker_id: str) -> Action | None:
    """Return the addition of a blocker to a user's item.

    Args:
        state: the user's state as far as known; the action fails if the item has changed to
            one that needs another action.

    Returns:
        ``None`` if many block the user, so that their own items say who does.
    """
    key = state_key(state.user_id)
    if state.many_blockers:
        return None
    if len(state.blockers - {blocker_id}) >= MAX_BLOCKERS:
        return GRAPH.update_action(
            key, "SET #many_blockers = :true REMOVE #blockers", {"true": True}
        )
    values = {"added": {blocker_id}, "blocker": blocker_id, "most": MAX_BLOCKERS}
    return GRAPH.update_action(key, "ADD #blockers :added", values, f"{_ROOM} AND {_FEW}")


def unblock_action(state: GraphState, blocker_id: str) -> Action | None:
    """Return the removal of a blocker, or ``None`` if the state names none."""
    if blocker_id not in state.blockers:
        return None
    return GRAPH.update_action(
        state_key(state.user_id), "DELETE #blockers :removed", {"removed": {blocker_id}}, _FEW
    )
