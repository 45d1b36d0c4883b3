"""Blocks: the own item and the target's blockers, in one transaction.

The target's follow and request have ended with it for every reader; the item follows
(`derivation`).
"""

from chalicelib.users.graph import derivation, pairs, states
from chalicelib.users.graph.pairs import Busy

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.contracts import graph
from shared.contracts.graph_state import GraphState, known_as_many


def block(user_id: str, target_id: str) -> Item:
    """Block a user; neither can follow the other any more. Idempotent.

    One call, two if the 41st blocker of the target makes the change from few to many.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself.
    """
    pairs.require_target(user_id, target_id, "block")
    known = GraphState(target_id, many_blockers=known_as_many(target_id))

    def attempt() -> None:
        nonlocal known
        marking = states.block_action(known, user_id)
        actions = [
            pairs.update_action(user_id, target_id, pairs.BLOCK, pairs.is_unset("blocked")),
            states.change_action(user_id),
            *([marking] if marking else []),
        ]
        try:
            dynamo.transact(actions)
        except dynamo.TransactionCanceled as canceled:
            if canceled.failed(0):
                return
            if canceled.failed(2):
                known = graph.to_state(target_id, canceled.items[2])
            raise Busy from canceled

    pairs.persist(attempt)
    return {"blocking": True}


def unblock(user_id: str, target_id: str) -> Item:
    """Remove a block; follows do not return, and the target's own block stays.

    Calls: one read of the pair and the target's state; if there is a block, one transaction.
    """

    def attempt() -> None:
        read = derivation.read(user_id, target_id)
        if not read.pair.blocked:
            return
        # Before the block is gone: a follow from before it must not come back.
        derivation.sever(read)
        marking = states.unblock_action(read.state, user_id)
        pairs.transact(
            [
                pairs.update_action(user_id, target_id, pairs.UNBLOCK, pairs.is_set("blocked")),
                states.change_action(user_id),
                *([marking] if marking else []),
            ]
        )

    pairs.persist(attempt)
    return {"blocking": False}
