"""State of a user in the social graph: one item of users' ``graph`` table.

Owner: users, the only writer. The table is derived from ``follows`` (`graph`) and belongs to
one region. Hash ``user_id``:

- ``version`` changes with every change of one of the user's own relations that a home timeline
  depends on, in the same transaction; ``changed_at`` (Unix ms) is the moment of the last one;
- ``blockers``: ids of the users who block the user, or ``many_blockers``, when there are more
  than `MAX_BLOCKERS`: then their own items in ``follows`` say who does. It stays, also when
  there are fewer again: processes remember it.

A user without an item has version 0 and no blockers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.aws.dynamo import Item, Key
from shared.aws.table import Table
from shared.base.config import settings
from shared.base.process import Cache, process

# So many ids fit an item below a kilobyte.
MAX_BLOCKERS = 40

FOLLOWS: Table[Any] = Table(settings().name("users", "follows"), "user_id", "target_id")
GRAPH: Table[Any] = Table(settings().name("users", "graph"), "user_id")

_many: Cache[str, bool] = process.cache(20_000, 300)


@dataclass(frozen=True, slots=True)
class GraphState:
    """See the module.

    Attributes:
        version: relations that were read consistently, after this version, hold at least until
            a reader meets another version.
        changed_at: a transaction's items may appear some milliseconds apart: keep relations
            for longer only if they were read a second after this moment, or later.
    """

    user_id: str
    version: int = 0
    changed_at: int = 0
    blockers: frozenset[str] = frozenset()
    many_blockers: bool = False


def state_key(user_id: str) -> Key:
    """Return the key of a user's state in `GRAPH`."""
    return {"user_id": user_id}


def to_state(user_id: str, item: Item | None) -> GraphState:
    """Return the state in an item of `GRAPH`, or of a user without one."""
    found = item or {}
    if found.get("many_blockers"):
        note_many(user_id)
    return GraphState(
        user_id,
        found.get("version", 0),
        found.get("changed_at", 0),
        frozenset(found.get("blockers", ())),
        bool(found.get("many_blockers")),
    )


def state_of(user_id: str) -> GraphState:
    """Return a user's state (one BatchGetItem, 0.5 RRU)."""
    return to_state(user_id, next(iter(GRAPH.get_many([state_key(user_id)])), None))


def blockers_among(state: GraphState, user_ids: Iterable[str]) -> set[str]:
    """Return the users who block the state's user.

    No call, unless many block the user: then one BatchGetItem per hundred.
    """
    if not state.many_blockers:
        return set(state.blockers.intersection(user_ids)) if state.blockers else set()
    keys = [{"user_id": one, "target_id": state.user_id} for one in sorted(set(user_ids))]
    return {item["user_id"] for item in FOLLOWS.get_many(keys) if item.get("blocked")}


def note_many(user_id: str) -> None:
    """Remember for some minutes that many users block this one."""
    _many.put(user_id, True)


def known_as_many(user_id: str) -> bool:
    """Return true if this process knows that many users block this one."""
    return user_id in _many
