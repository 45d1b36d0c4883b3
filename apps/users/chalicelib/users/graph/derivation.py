"""Consequences of changed pairs: blockers, ended follows, kept blocks.

``B → A`` tells that B blocks A. From it follow A's graph item, in every region, and the end of
A's own follow or request (``A → B``). The latter is written only in the region that wrote
``A → B`` last: there it meets A's own writes on conditions, and elsewhere it could replace a
newer item of A's by replication. Readers need not wait for it (`shared.contracts.graph`).

A graph item is changed before ``A → B`` is read, so a follow at the same moment is either
refused or seen. Everything is decided by what is stored now and written on the condition that
it still is, so records may come twice, late and in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chalicelib.users.core.models import FOLLOWS, GRAPH
from chalicelib.users.graph import pairs, states
from chalicelib.users.graph.pairs import Busy, is_set, is_unset

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.streams import Change, changes
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.contracts import follower_shards, graph
from shared.contracts.graph import GraphState, Relation
from shared.contracts.graph_state import state_key

# Flags that a home timeline depends on.
_SHOWN = ("following", "muted", "blocked")


@dataclass(frozen=True)
class Read:
    """A pair, read consistently: ``user_id`` may have blocked ``target_id``.

    Attributes:
        pair: relation of the user.
        inverse: relation of the target, as stored; ``written`` is its version and region.
        state: graph item of the target.
    """

    pair: Relation
    inverse: Relation
    written: tuple[int, str | None]
    state: GraphState


def derive(stream_event: Any) -> None:
    """Follow a batch of changes of pairs.

    Calls: one BatchGetItem per hundred keys if there are blocks among them, and the writes
    that are still to be made.
    """
    blocks: dict[tuple[str, str], int] = {}
    elsewhere: set[str] = set()
    for change in changes(stream_event):
        user_id, target_id = change.keys["user_id"], change.keys["target_id"]
        if follower_shards.is_marker(user_id):
            continue
        if lost_block(change):
            _restore_block(change)
        if not _same(change, "blocked"):
            at = _blocked_at(change)
            blocks[user_id, target_id] = max(at, blocks.get((user_id, target_id), -1))
        if _is_foreign(change) and not _same(change, *_SHOWN):
            elsewhere.add(user_id)
    for one in read_many(blocks):
        follow_block(one, blocks[one.pair.user_id, one.pair.target_id])
    for user_id in sorted(elsewhere):
        GRAPH.update(state_key(user_id), states.CHANGE, {"start": now_ms(), "one": 1})


def read(user_id: str, target_id: str) -> Read:
    """Read one pair (one BatchGetItem, 3 RRU)."""
    return read_many([(user_id, target_id)])[0]


def read_many(blocks: Iterable[tuple[str, str]]) -> list[Read]:
    """Read pairs of (user who may block, target).

    Calls: one BatchGetItem per hundred keys, 3 RRU per pair.
    """
    wanted = list(blocks)
    if not wanted:
        return []
    both = {pair for one, other in wanted for pair in ((one, other), (other, one))}
    keys: dict[str, list[dynamo.Key]] = {
        FOLLOWS.name: [pairs.key(*pair) for pair in sorted(both)],
        GRAPH.name: [state_key(target_id) for target_id in sorted({pair[1] for pair in wanted})],
    }
    found = dynamo.batch_get(keys, consistent=True)
    items = {(item["user_id"], item["target_id"]): item for item in found[FOLLOWS.name]}
    states_of = {item["user_id"]: item for item in found[GRAPH.name]}
    return [
        _read(items.get((one, other)), items.get((other, one)), states_of.get(other), one, other)
        for one, other in wanted
    ]


def follow_block(first: Read, blocked_at: int = -1) -> None:
    """Bring the target's graph item and follow in line with a block.

    Args:
        first: the pair as just read.
        blocked_at: moment (ms) of a block that may have been removed since; what the
            target began before it must end all the same.
    """
    found: Read | None = first

    def attempt() -> None:
        nonlocal found
        current = found or read(first.pair.user_id, first.pair.target_id)
        found = None
        if mark(current):
            current = read(first.pair.user_id, first.pair.target_id)
        if current.pair.blocked or current.inverse.changed_at <= blocked_at:
            sever(current)

    pairs.persist(attempt)


def mark(read: Read) -> bool:
    """Add the user to the target's blockers, or remove it.

    Returns:
        whether it was necessary.

    Raises:
        Busy: an item has changed; read again.
    """
    user_id, target_id = read.pair.user_id, read.pair.target_id
    blocked = read.pair.blocked
    if read.state.many_blockers or blocked == (user_id in read.state.blockers):
        return False
    act = states.block_action if blocked else states.unblock_action
    marking = act(read.state, user_id)
    condition = is_set("blocked") if blocked else is_unset("blocked")
    check = pairs.check_action(user_id, target_id, condition)
    if marking and not pairs.transact([check, marking]):
        raise Busy
    return True


def sever(read: Read) -> None:
    """End the target's follow or request, acting for the target.

    Nothing if another region wrote the item last: its worker does it.

    Raises:
        Busy: the item has changed; read again.
    """
    version, region = read.written
    if not (read.inverse.following or read.inverse.pending):
        return
    if region not in (None, settings().region_code):
        return
    actions = [
        pairs.update_action(
            read.inverse.user_id,
            read.inverse.target_id,
            pairs.UNFOLLOW,
            "#version = :seen",
            seen=version,
        ),
        states.change_action(read.inverse.user_id),
    ]
    if not pairs.transact(actions):
        raise Busy


def lost_block(change: Change) -> bool:
    """Return true if a concurrent write of another region replaced a block.

    Each region's item grew from the same one, and replication kept the later of both. An
    unblock has seen the block, so it counts one change more.
    """
    old, new = change.old, change.new
    if not (old and new and old.get("blocked")) or new.get("blocked"):
        return False
    return _is_foreign(change) and new.get("block_changes", 0) <= old.get("block_changes", 0)


def _restore_block(change: Change) -> None:
    """Write a block again that another region's write has replaced."""
    user_id, target_id = change.keys["user_id"], change.keys["target_id"]
    seen = (change.new or {})["version"]
    condition = f"{is_unset('blocked')} AND #version = :seen"

    def attempt() -> None:
        block = pairs.update_action(user_id, target_id, pairs.BLOCK, condition, seen=seen)
        pairs.transact([block, states.change_action(user_id)])

    pairs.persist(attempt)


def _read(
    item: Item | None, inverse: Item | None, state: Item | None, user_id: str, target_id: str
) -> Read:
    return Read(
        graph.to_relation(item) if item else Relation(user_id, target_id),
        graph.to_relation(inverse) if inverse else Relation(target_id, user_id),
        ((inverse or {}).get("version", 0), (inverse or {}).get("region")),
        graph.to_state(target_id, state),
    )


def _same(change: Change, *flags: str) -> bool:
    old, new = change.old or {}, change.new or {}
    return all(bool(old.get(flag)) == bool(new.get(flag)) for flag in flags)


def _blocked_at(change: Change) -> int:
    """Return the moment (ms) of the block that a change made, or -1."""
    new = change.new or {}
    at: int = new["updated_at"] if new.get("blocked") else -1
    return at


def _is_foreign(change: Change) -> bool:
    """Return true if another region made the change."""
    here = settings().region_code
    return change.new is not None and change.new.get("region", here) != here
