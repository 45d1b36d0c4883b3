"""Relations of a reader for timelines: packed, versioned and cached.

The reader's graph item has a version that changes in the transaction of every follow, mute and
block (`shared.contracts.graph_state`). A home page reads that item, and keeps the relations in the
process for as long as the version stays. Other processes find them packed in one item of the
`timelines` table (13 bytes per relation); the first page after a change reads the relations
themselves and packs them again.

A list is a reader as well, who follows its members: its timeline is delivered like a home
timeline. Its version stands in an item beside the packed one.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from operator import itemgetter

from botocore.exceptions import ClientError
from chalicelib.tweets.core.models import LISTS, TIMELINES
from chalicelib.tweets.timelines.reader_state import POSITION

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.observability import logger
from shared.base.process import Cache, process
from shared.contracts import graph
from shared.contracts.graph import GraphState, Relation

# Above the reader's state, which the Query of a page reads: the packed item, a list's version.
_POSITION = POSITION + 1
_VERSION_POSITION = POSITION + 2
_LIST = "list#"
_LIFETIME_SECONDS = 90 * 86_400
# The items of a transaction may become visible some milliseconds apart.
_SETTLED_MS = 1_000
# Relations that a process keeps, of all readers together (some 100 MB).
_KEPT = 400_000
# As many as a list may have, and a burst more.
_MOST_MEMBERS = 6_000
_FOLLOWING, _MUTED, _BLOCKED = 1, 2, 4

Row = tuple[str, int, int]

_kept: Cache[str, "Following"] = process.cache(_KEPT, size=lambda one: one.size + 1)


class Following(Mapping[str, Relation]):
    """A reader's relations that matter to timelines, by user.

    Args:
        rows: user id, moment of the last change (ms, or a later one), and flags.

    Attributes:
        version: of the reader's graph item that these relations belong to.
        flags: of users who are not just followed.
        followed: users whom the reader follows, with the moment (ms) since which at latest.
        size: about the number of relations.
        shown: those of them whom the reader neither mutes nor blocks.
    """

    def __init__(self, user_id: str, version: int, rows: Iterable[Row]) -> None:
        self.user_id, self.version = user_id, version
        self.flags: dict[str, int] = {}
        self.followed: dict[str, int] = {}
        for one, changed_at, flags in rows:
            if not flags:
                continue
            if flags & _FOLLOWING:
                self.followed[one] = changed_at
            if flags != _FOLLOWING:
                self.flags[one] = flags
        self.size = len(self.followed) + len(self.flags)
        self.shown = self.followed
        if hidden := self.followed.keys() & self.flags.keys():
            self.shown = {one: at for one, at in self.followed.items() if one not in hidden}

    def __getitem__(self, user_id: str) -> Relation:
        """Return the relation to a user; other users are strangers.

        Raises:
            KeyError: there is none.
        """
        if user_id not in self.followed and user_id not in self.flags:
            raise KeyError(user_id)
        flags = self.flags.get(user_id, _FOLLOWING)
        return Relation(
            self.user_id,
            user_id,
            following=bool(flags & _FOLLOWING),
            blocked=bool(flags & _BLOCKED),
            muted=bool(flags & _MUTED),
            changed_at=self.followed.get(user_id, 0),
        )

    def __iter__(self) -> Iterator[str]:
        """Iterate over the users."""
        return iter(self.followed.keys() | self.flags.keys())

    def __len__(self) -> int:
        """Return the number of relations."""
        return len(self.followed.keys() | self.flags.keys())

    def followed_since(self, ms: int) -> list[str]:
        """Return the users followed since a moment (ms) or later."""
        moments, users = self._by_moment
        return users[bisect_left(moments, ms) :]

    @cached_property
    def _by_moment(self) -> tuple[list[int], list[str]]:
        """Moments of follows, rising, and the users."""
        ordered = sorted(self.followed.items(), key=itemgetter(1))
        return [at for _, at in ordered], [one for one, _ in ordered]

    @classmethod
    def of_relations(cls, user_id: str, version: int, relations: Iterable[Relation]) -> "Following":
        """Return what matters of a user's own relations."""
        return cls(user_id, version, map(_row, relations))


def load(user_id: str) -> tuple[Following, GraphState]:
    """Return a reader's relations and graph item; of a list, its members.

    Calls: one BatchGetItem; after a change, and for a reader without a packed item, the Queries
    of `graph.relations_of` as well (of a list, of its members), and an update to pack them.
    """
    kept = _kept.get(user_id)
    versions = _version_key(user_id)
    keys = {table: [key] for table, key in versions.items()}
    if kept is None:
        keys.setdefault(TIMELINES.name, []).append(_key(user_id))
    found = dynamo.batch_get(keys)
    stored = {item.get("position"): item for items in found.values() for item in items}
    found_packed = stored.pop(_POSITION, None)
    state = graph.to_state(user_id, next(iter(stored.values()), None))
    if kept is None and found_packed:
        kept = unpacked(found_packed)
        _keep(kept)
    if kept is None or kept.version != state.version or not state.version:
        kept = _read(user_id, state)
    return kept, state


def of_list(list_id: str) -> str:
    """Return the id of a list as a reader."""
    return f"{_LIST}{list_id}"


def is_list(user_id: str) -> bool:
    """True if a reader is a list."""
    return user_id.startswith(_LIST)


def note_members(list_id: str, *, unless_since: int | None = None) -> None:
    """Advance the version of a list whose members have changed (one update).

    Args:
        unless_since: moment (ms); if the version has changed since then, it stays, and a
            list without a version, which nobody keeps, gets none.
    """
    # It begins with the time, as versions of graph items do.
    late = "#changed_at < :since"
    TIMELINES.update(
        _version_key(of_list(list_id))[TIMELINES.name],
        "SET #version = if_not_exists(#version, :now) + :one, #changed_at = :now",
        {"now": now_ms(), "one": 1, "since": unless_since},
        late if unless_since is not None else "",
    )


def list_keys(list_id: str) -> list[Item]:
    """Return the keys of what is kept for a list besides its entries."""
    reader = of_list(list_id)
    positions = (POSITION, _POSITION, _VERSION_POSITION)
    return [{"user_id": reader, "position": position} for position in positions]


def _read(user_id: str, state: GraphState) -> Following:
    """Read relations anew; keep and pack them if they belong to the version."""
    if is_list(user_id):
        list_id = user_id.removeprefix(_LIST)
        read = Following(user_id, state.version, _members(list_id))
        if not state.version and read:
            note_members(list_id)
    else:
        relations = graph.relations_of(user_id, consistent=True)
        read = Following.of_relations(user_id, state.version, relations.values())
    if state.version and now_ms() - state.changed_at >= _SETTLED_MS:
        _keep(read)
        _pack(read)
    return read


def _members(list_id: str) -> Iterator[Row]:
    """Yield a list's members as followed users (one Query per megabyte)."""
    items = LISTS.query(
        "#list_id = :list AND begins_with(#entry, :member)",
        {"list": list_id, "member": "member#"},
        attributes="#entry, #updated_at",
        consistent=True,
    )
    for item in islice(items, _MOST_MEMBERS):
        yield item["entry"].partition("#")[2], item.get("updated_at", 0), _FOLLOWING


def _keep(following: Following) -> None:
    if following.size < _KEPT:
        _kept.put(following.user_id, following)


def _pack(following: Following) -> None:
    """Store packed relations, unless newer ones are there.

    A page that cannot store them is shown all the same.
    """
    values = packed(following)
    values["expires_at"] = now_seconds() + _LIFETIME_SECONDS
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    condition = "attribute_not_exists(#version) OR #version < :version"
    try:
        TIMELINES.update(_key(following.user_id), expression, values, condition)
    except ClientError as error:
        logger().info("relations not packed", code=error.response["Error"]["Code"])


def packed(following: Following) -> Item:
    """Return relations as attributes, 13 bytes each."""
    ids, seconds, flags = array("Q"), array("I"), bytearray()
    for number, one in sorted((int(one), one) for one in following):
        ids.append(number)
        # The later second: a follow must not seem older than it is.
        seconds.append(-(-following.followed.get(one, 0) // 1000))
        flags.append(following.flags.get(one, _FOLLOWING))
    return {
        "ids": _big_endian(ids),
        "seconds": _big_endian(seconds),
        "flags": bytes(flags),
        "version": following.version,
    }


def unpacked(item: Item) -> Following:
    """Return the relations in an item: the inverse of `packed`."""
    ids, seconds = array("Q", item["ids"]), array("I", item["seconds"])
    if sys.byteorder == "little":
        ids.byteswap()
        seconds.byteswap()
    moments = [second * 1000 for second in seconds]
    rows = zip(map(str, ids), moments, item["flags"], strict=True)
    return Following(item["user_id"], item["version"], rows)


def _big_endian(numbers: "array[int]") -> bytes:
    swapped = array(numbers.typecode, numbers)
    if sys.byteorder == "little":
        swapped.byteswap()
    return swapped.tobytes()


def _row(relation: Relation) -> Row:
    flags = _FOLLOWING * relation.following | _MUTED * relation.muted
    return relation.target_id, relation.changed_at, flags | _BLOCKED * relation.blocked


def _key(user_id: str) -> Item:
    return {"user_id": user_id, "position": _POSITION}


def _version_key(user_id: str) -> dict[str, Item]:
    """Return the key of the item with a reader's version, by table."""
    if is_list(user_id):
        return {TIMELINES.name: {"user_id": user_id, "position": _VERSION_POSITION}}
    return {graph.GRAPH.name: dict(graph.state_key(user_id))}


def forget() -> None:
    """Forget all relations, as a process that has just started."""
    _kept.clear()
