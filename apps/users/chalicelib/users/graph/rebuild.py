"""Rebuild of graph items from the pairs, slice by slice.

First all pairs are scanned: their users get a new version and their blocks are followed. Then
all graph items are: blockers whose own items do not say so are removed. Users may go on
meanwhile. Repeating a slice, or all of them, changes nothing but versions.
"""

from collections.abc import Iterable

from chalicelib.users.core.models import FOLLOWS, GRAPH
from chalicelib.users.graph import derivation, states

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.contracts import follower_shards
from shared.contracts.graph_state import state_key

# Items per slice; an item of the second step names forty blockers at most.
PAIRS = 500
ITEMS = 25


def rebuild_slice(start: Item | None = None) -> Item | None:
    """Rebuild the next slice of graph items.

    Calls: one Scan; 1 WRU per user, 3 RRU per block, and the writes that were missing.

    Args:
        start: ``None`` to begin, then what the slice before returned.

    Returns:
        where to go on (a JSON document), or ``None`` at the end.
    """
    step, after = (start["step"], start["after"]) if start else ("pairs", None)
    if step == "pairs":
        last = _follow_pairs(after)
        return {"step": "pairs", "after": last} if last else {"step": "items", "after": None}
    last = _check_items(after)
    return {"step": "items", "after": last} if last else None


def _follow_pairs(after: Item | None) -> Item | None:
    page = FOLLOWS.scan_page(limit=PAIRS, start=after)
    pairs = [item for item in page.items if not follower_shards.is_marker(item["user_id"])]
    for user_id in sorted({item["user_id"] for item in pairs}):
        GRAPH.update(state_key(user_id), states.CHANGE, {"start": now_ms(), "one": 1})
    _follow_blocks((item["user_id"], item["target_id"]) for item in pairs if item.get("blocked"))
    return page.last_key


def _check_items(after: Item | None) -> Item | None:
    page = GRAPH.scan_page(limit=ITEMS, start=after)
    _follow_blocks(
        (blocker, item["user_id"]) for item in page.items for blocker in item.get("blockers", ())
    )
    return page.last_key


def _follow_blocks(blocks: Iterable[tuple[str, str]]) -> None:
    for read in derivation.read_many(blocks):
        derivation.follow_block(read)
