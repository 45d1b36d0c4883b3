"""Graph items made again from the pairs.

First from all pairs, then from all graph items: the former adds what is missing, the latter
removes what no pair says. Users may go on meanwhile; repeating changes nothing but versions.
"""

from collections.abc import Iterable, Sequence

from chalicelib.users.core.models import GRAPH
from chalicelib.users.graph import derivation, states

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.contracts import follower_shards
from shared.contracts.graph_state import state_key


def follow_pairs(pairs: Sequence[Item]) -> None:
    """Give the users of some pairs a new version, and follow their blocks.

    Calls: 1 WRU per user, 3 RRU per block, and the writes that were missing.
    """
    own = [item for item in pairs if not follower_shards.is_marker(item["user_id"])]
    for user_id in sorted({item["user_id"] for item in own}):
        GRAPH.update(state_key(user_id), states.CHANGE, {"start": now_ms(), "one": 1})
    _follow((item["user_id"], item["target_id"]) for item in own if item.get("blocked"))


def check_items(items: Sequence[Item]) -> None:
    """Remove blockers whose own pairs do not block from some graph items.

    Calls: 3 RRU per blocker, and the writes.
    """
    _follow((one, item["user_id"]) for item in items for one in item.get("blockers", ()))


def _follow(blocks: Iterable[tuple[str, str]]) -> None:
    for read in derivation.read_many(blocks):
        derivation.follow_block(read)
