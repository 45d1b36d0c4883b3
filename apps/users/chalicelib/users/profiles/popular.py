"""The most followed users, as suggestions for newcomers.

One item of the search table lists at most `LISTED` users with a rank each, the binary logarithm
of their followers. The worker of follows writes it when a rank on the list changes, so that an
account causes some thirty writes in its life, however many people follow it. Of a platform
whose list is full only one follow in eight is looked at (`search_index`).

The list may be late and hold users who have left: readers look at the users themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chalicelib.users.core.models import SEARCH_ENTRIES
from chalicelib.users.profiles import directory
from chalicelib.users.profiles.expansions import UserQuery

from shared.aws.dynamo import Item
from shared.base import ids
from shared.base.backoff import pause
from shared.base.clock import now_ms
from shared.base.observability import logger
from shared.base.process import Cache, process
from shared.contracts import profiles
from shared.contracts.graph import Relation
from shared.contracts.user_object import is_listed

LISTED = 50
_KEY = {"prefix": "popular", "entry": "users"}
_ATTEMPTS = 5
# Candidates that a request reads together.
_BATCH = 25
_ACTIVE_MS = 90 * 86_400_000

_Ranks = dict[str, int]
# The list, under one key; followers of the last minute may be missing.
_known: Cache[str, _Ranks] = process.cache(1, seconds=60)


@dataclass
class _Found:
    """Users to suggest, and what was read of them."""

    items: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, Item] = field(default_factory=dict)


def has_room() -> bool:
    """Return whether anybody who is followed gets onto the list."""
    return len(_list()) < LISTED


def note(followers: Mapping[str, int]) -> None:
    """Bring the list up to date with the numbers of some users' followers.

    Again or late is harmless: the numbers are totals, and the next ones correct them.

    Calls: none if no rank changes; else one GetItem and one PutItem, 2 WRU.
    """
    if _merged(_list(), followers) != _list():
        _rewrite(lambda ranks: _merged(ranks, followers))


def forget(user_id: str) -> None:
    """Take an erased user off the list; may be repeated.

    Calls: one GetItem, and one PutItem if the user is listed.
    """
    _rewrite(lambda ranks: {one: ranks[one] for one in ranks if one != user_id})


def _rewrite(change: Callable[[_Ranks], _Ranks]) -> None:
    for attempt in range(_ATTEMPTS):
        item = SEARCH_ENTRIES.get(_KEY, consistent=True) or {}
        ranks, version = item.get("ranks", {}), item.get("version", 0)
        wanted = change(ranks)
        condition = "#version = :seen" if item else "attribute_not_exists(#prefix)"
        row = {**_KEY, "words": "", "ranks": wanted, "version": version + 1}
        if wanted == ranks or SEARCH_ENTRIES.put(row, condition, {"seen": version}):
            _known.put("", wanted)
            return
        pause(attempt)
    # The next follower of any of them brings them back.
    logger().info("popular users not written")


def suggest(query: Item, viewer_id: str) -> Item:
    """Users whom the viewer may want to follow, the most followed first.

    Those who are public, have posted lately, and to whom the viewer has no relation.

    Calls: one GetItem per minute and process; one BatchGetItem per 25 candidates, of whom
    there are fifty at most: some 40 RRU for a viewer who follows nobody.
    """
    ranks = _list()
    candidates = sorted(ranks.keys() - {viewer_id}, key=lambda one: (-ranks[one], one))
    found = _Found()
    for start in range(0, len(candidates), _BATCH):
        _add(found, candidates[start : start + _BATCH], viewer_id)
        if len(found.items) >= query["max_results"]:
            break

    def by_followers(user_id: str) -> tuple[int, str]:
        return -found.counts.get(user_id, {}).get("followers", 0), user_id

    chosen = sorted(found.items, key=by_followers)[: query["max_results"]]
    users = [found.items[user_id] for user_id in chosen]
    body = directory.present(users, found.counts, UserQuery.of(query), viewer_id, [])
    body["meta"] = {"result_count": len(users)}
    return body


def _add(found: _Found, candidates: list[str], viewer_id: str) -> None:
    """Add those candidates who may be suggested."""
    items, counts, relations = directory.hydrate_with_relations(candidates, viewer_id)
    for user_id, item in items.items():
        mine = counts.get(user_id, {})
        if _may_be_suggested(item, mine, relations.get(user_id), viewer_id):
            found.items[user_id], found.counts[user_id] = item, mine


def _may_be_suggested(item: Item, counts: Item, relation: Relation | None, viewer_id: str) -> bool:
    card, newest = profiles.to_card(item), counts.get("most_recent")
    known = relation is not None and (relation.following or relation.pending or relation.muted)
    return (
        is_listed(viewer_id, card, relation)
        and not (known or card.protected or card.limited)
        and newest is not None
        and ids.time_ms(newest) > now_ms() - _ACTIVE_MS
    )


def _list() -> _Ranks:
    known = _known.get("")
    if known is None:
        known = (SEARCH_ENTRIES.get(_KEY) or {}).get("ranks", {})
        _known.put("", known)
    return known


def _merged(ranks: _Ranks, followers: Mapping[str, int]) -> _Ranks:
    """Return the list with some users' numbers, cut to its length."""
    merged = dict(ranks)
    for user_id, number in followers.items():
        rank, held = max(0, number).bit_length(), ranks.get(user_id, 0)
        # One follower who comes and goes costs nothing.
        merged[user_id] = held if rank == held - 1 and rank else rank
    best = sorted(merged, key=lambda one: (-merged[one], one))[:LISTED]
    return {user_id: merged[user_id] for user_id in best if merged[user_id]}
