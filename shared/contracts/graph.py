"""Social graph: the read side of users' ``follows`` and ``graph`` tables.

Owner: users, the only writer. ``follows``: hash ``user_id``, range ``target_id``: one item per
ordered pair holds what the first user has decided about the second, and nothing that the second
did: ``following``, ``pending``, ``blocked``, ``muted``, ``notify``, ``region`` (of the last
writer) and ``updated_at`` (Unix ms). ``graph``: who blocks a user (`graph_state`).

Promise: the relations that these functions return are *effective*. A block by the target holds
within the region as soon as it is written: then ``following``, ``pending`` and ``notify`` have
ended, though the item, its indexes and counters follow some moments later.

Lists of the users who relate to an account: `follower_lists`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from shared.aws.dynamo import Item, Key
from shared.contracts import profiles
from shared.contracts.follower_lists import (
    follower_ids,
    follower_page,
    requester_ids,
    watcher_ids,
    within,
)
from shared.contracts.graph_state import (
    FOLLOWS,
    GRAPH,
    GraphState,
    blockers_among,
    known_as_many,
    state_key,
    state_of,
    to_state,
)
from shared.contracts.profiles import UserCard

__all__ = [
    "FOLLOWS", "GRAPH", "GraphState", "blockers_among", "follower_ids", "follower_page",
    "requester_ids", "state_key", "state_of", "to_state", "watcher_ids", "within",
]  # fmt: skip

_FLAGS = ("following", "pending", "blocked", "muted", "notify")
# Most that is read of a user's own relations: three megabytes.
MAX_RELATIONS = 28_000


# Not frozen: a home page makes hundreds, and frozen ones take four times as long.
@dataclass(slots=True)
class Relation:
    """Relation of ``user_id`` to ``target_id``; strangers have no flag.

    Attributes:
        pending: asked to follow a protected account, which has not answered.
        blocked_by: the target blocks the user; never part of the user's own item.
        notify: a follower's choice: notify of every tweet, of none (``False``), or unset.
        changed_at: moment (ms) of the last published change: not before a present follow
            began.
    """

    user_id: str
    target_id: str
    following: bool = False
    pending: bool = False
    blocked: bool = False
    blocked_by: bool = False
    muted: bool = False
    notify: bool | None = None
    changed_at: int = field(default=0, compare=False)

    @property
    def severed(self) -> bool:
        """True if either has blocked the other: neither may follow."""
        return self.blocked or self.blocked_by

    @property
    def hides(self) -> bool:
        """True if the target's posts are kept out of the user's timelines."""
        return self.blocked or self.blocked_by or self.muted

    def sever(self) -> "Relation":
        """End what a block by the target ends; returns the relation."""
        self.blocked_by, self.following, self.pending, self.notify = True, False, False, None
        return self


class Relations(dict[str, Relation]):
    """Relations of one user, by target.

    Attributes:
        truncated: the user relates to more than `MAX_RELATIONS` users; those of the
            lowest ids are there.
    """

    truncated: bool = False


class RelationRead:
    """One read of a user's relations, as part of a BatchGetItem.

    One key per target and one for the blockers; two per target where both directions are
    wanted, or many users block this one.

    Args:
        both: read the targets' relations to the user as well.

    Attributes:
        keys: by table, as of `dynamo.batch_get`.
    """

    def __init__(self, user_id: str, target_ids: Iterable[str], *, both: bool = False) -> None:
        self.user_id, self.targets = user_id, sorted(set(target_ids))
        self._inverse = both or known_as_many(user_id)
        pairs: list[Key] = [{"user_id": user_id, "target_id": one} for one in self.targets]
        self.keys: dict[str, list[Key]] = {FOLLOWS.name: pairs}
        if self._inverse:
            pairs += [{"user_id": one, "target_id": user_id} for one in self.targets]
        elif self.targets:
            self.keys[GRAPH.name] = [state_key(user_id)]

    def relations(self, stored: Mapping[str, list[Item]]) -> dict[str, Relation]:
        """Return relations by target, strangers too.

        Calls: none, unless it turns out that many users block this one: then one
        BatchGetItem per hundred targets.

        Args:
            stored: items by table.
        """
        found = {one: Relation(self.user_id, one) for one in self.targets}
        for item in stored.get(FOLLOWS.name, ()):
            if item["user_id"] == self.user_id and item["target_id"] in found:
                found[item["target_id"]] = to_relation(item)
        for one in self._blockers(stored):
            found[one].sever()
        return found

    def both(self, stored: Mapping[str, list[Item]]) -> dict[str, tuple[Relation, Relation]]:
        """Return relations by target in both directions: the user's, the target's."""
        forth = self.relations(stored)
        back = {one: Relation(one, self.user_id) for one in self.targets}
        for item in stored.get(FOLLOWS.name, ()):
            if item["target_id"] == self.user_id and item["user_id"] in back:
                back[item["user_id"]] = to_relation(item)
        for one, relation in forth.items():
            if relation.blocked:
                back[one].sever()
        return {one: (forth[one], back[one]) for one in self.targets}

    def _blockers(self, stored: Mapping[str, list[Item]]) -> set[str]:
        if self._inverse:
            return {
                item["user_id"]
                for item in stored.get(FOLLOWS.name, ())
                if item["target_id"] == self.user_id and item.get("blocked")
            }.intersection(self.targets)
        states = stored.get(GRAPH.name)
        return blockers_among(to_state(self.user_id, states[0]), self.targets) if states else set()


def relations(user_id: str, target_ids: Iterable[str]) -> dict[str, Relation]:
    """Return the user's relations to some users, strangers too.

    One BatchGetItem per hundred keys: the targets and one more (`RelationRead`).
    """
    return cards_and_relations(user_id, (), target_ids)[1]


def cards_and_relations(
    user_id: str, card_ids: Iterable[str], target_ids: Iterable[str]
) -> tuple[dict[str, UserCard], dict[str, Relation]]:
    """Return `profiles.cards` and `relations` together.

    One BatchGetItem per hundred keys.
    """
    read = RelationRead(user_id, target_ids)
    cards, stored = profiles.cards_and(card_ids, read.keys)
    return cards, read.relations(stored)


def relations_of(user_id: str, *, consistent: bool = False) -> Relations:
    """Return the user's own relations, by target: at most `MAX_RELATIONS`.

    They do not say who blocks the user: see `with_blockers`. One Query per megabyte, three at
    most; about 0.5 RRU per 33 relations, twice as much if consistent.

    Args:
        consistent: as needed to keep the relations with the version of a `GraphState` that
            was read *before*.
    """
    found, start = Relations(), None
    while len(found) < MAX_RELATIONS:
        page = FOLLOWS.page(
            "#user_id = :user",
            {"user": user_id},
            consistent=consistent,
            limit=MAX_RELATIONS - len(found),
            start=start,
            decode=_received,
        )
        found.update((relation.target_id, relation) for relation in page.items)
        start = page.last_key
        if start is None:
            return found
    found.truncated = True
    return found


def with_blockers(
    own: Mapping[str, Relation], user_id: str, blockers: Iterable[str]
) -> Mapping[str, Relation]:
    """Return a user's relations with those to blockers severed.

    Args:
        own: the user's relations, which stay as they are.
        blockers: as of `blockers_among`.
    """
    severed = {one: replace(own.get(one) or Relation(user_id, one)).sever() for one in blockers}
    return {**own, **severed} if severed else own


def _received(raw: Item) -> Relation:
    """`to_relation` of a raw item; a home page decodes hundreds."""
    changed_at = int(raw["updated_at"]["N"]) if "updated_at" in raw else 0
    relation = Relation(raw["user_id"]["S"], raw["target_id"]["S"], changed_at=changed_at)
    for name in _FLAGS:
        if name in raw:
            setattr(relation, name, raw[name]["BOOL"])
    return relation


def to_relation(item: Item) -> Relation:
    """Return the relation in an item of the follows table."""
    return Relation(
        user_id=item["user_id"],
        target_id=item["target_id"],
        following=bool(item.get("following")),
        pending=bool(item.get("pending")),
        blocked=bool(item.get("blocked")),
        muted=bool(item.get("muted")),
        notify=item.get("notify"),
        changed_at=item.get("updated_at", 0),
    )
