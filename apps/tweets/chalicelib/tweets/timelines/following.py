"""Whom a reader follows, as home pages need it: packed, versioned and cached.

The reader's graph item has a version that changes in the transaction of every follow, mute and
block (`shared.contracts.graph_state`). A home page reads that item, and keeps the relations in the
process for as long as the version stays. Other processes find them packed in one item of the
`timelines` table (13 bytes per relation); the first page after a change reads the relations
themselves and packs them again.
"""

import sys
import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter

from botocore.exceptions import ClientError
from cachetools import LRUCache
from chalicelib.tweets.core.models import TIMELINES
from chalicelib.tweets.timelines.reader_state import POSITION

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.observability import logger
from shared.base.process import process
from shared.contracts import graph
from shared.contracts.graph import GraphState, Relation

# Above the reader's state, which the Query of a page reads.
_POSITION = POSITION + 1
_LIFETIME_SECONDS = 90 * 86_400
# The items of a transaction may become visible some milliseconds apart.
_SETTLED_MS = 1_000
# Relations that a process keeps, of all readers together (some 100 MB).
_KEPT = 400_000
_FOLLOWING, _MUTED, _BLOCKED = 1, 2, 4

Row = tuple[str, int, int]


class Following(Mapping[str, Relation]):
    """A reader's relations that matter to timelines, by user.

    Args:
        rows: user id, moment of the last change (ms, or a later one), and flags.

    Attributes:
        version: of the reader's graph item that these relations belong to.
        followed: users whom the reader follows, with the moment (ms) since which at latest.
        size: about the number of relations.
        shown: those of them whom the reader neither mutes nor blocks.
    """

    def __init__(self, user_id: str, version: int, rows: Iterable[Row]) -> None:
        self.user_id, self.version = user_id, version
        self._flags: dict[str, int] = {}
        self.followed: dict[str, int] = {}
        for one, changed_at, flags in rows:
            if not flags:
                continue
            if flags & _FOLLOWING:
                self.followed[one] = changed_at
            if flags != _FOLLOWING:
                self._flags[one] = flags
        self.size = len(self.followed) + len(self._flags)
        self.shown = self.followed
        if hidden := self.followed.keys() & self._flags.keys():
            self.shown = {one: at for one, at in self.followed.items() if one not in hidden}

    def __getitem__(self, user_id: str) -> Relation:
        """Return the relation to a user; other users are strangers.

        Raises:
            KeyError: there is none.
        """
        if user_id not in self.followed and user_id not in self._flags:
            raise KeyError(user_id)
        flags = self._flags.get(user_id, _FOLLOWING)
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
        return iter(self.followed.keys() | self._flags.keys())

    def __len__(self) -> int:
        """Return the number of relations."""
        return len(self.followed.keys() | self._flags.keys())

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
    """Return a reader's relations and graph item.

    Calls: one BatchGetItem; after a change, and for a reader without a packed item, the Queries
    of `graph.relations_of` as well, and an update to pack them.
    """
    with _lock:
        kept = _kept.get(user_id)
    keys = {graph.GRAPH.name: [graph.state_key(user_id)]}
    if kept is None:
        keys[TIMELINES.name] = [_key(user_id)]
    found = dynamo.batch_get(keys)
    state = graph.to_state(user_id, next(iter(found[graph.GRAPH.name]), None))
    if kept is None and (packed := found[TIMELINES.name]):
        kept = _unpacked(packed[0])
        _keep(kept)
    if kept is None or kept.version != state.version or not state.version:
        kept = _read(user_id, state)
    return kept, state


def _read(user_id: str, state: GraphState) -> Following:
    """Read relations anew; keep and pack them if they belong to the version."""
    relations = graph.relations_of(user_id, consistent=True)
    read = Following.of_relations(user_id, state.version, relations.values())
    if state.version and now_ms() - state.changed_at >= _SETTLED_MS:
        _keep(read)
        _pack(read)
    return read


def _keep(following: Following) -> None:
    with _lock:
        if following.size < _KEPT:
            _kept[following.user_id] = following


def _pack(following: Following) -> None:
    """Store packed relations, unless newer ones are there.

    A page that cannot store them is shown all the same.
    """
    rows = sorted((int(one), one) for one in following)
    ids, seconds, flags = array("Q"), array("I"), bytearray()
    for number, one in rows:
        ids.append(number)
        # The later second: a follow must not seem older than it is.
        seconds.append(-(-following.followed.get(one, 0) // 1000))
        flags.append(following._flags.get(one, _FOLLOWING))
    values: Item = {
        "ids": _big_endian(ids),
        "seconds": _big_endian(seconds),
        "flags": bytes(flags),
        "version": following.version,
        "expires_at": now_seconds() + _LIFETIME_SECONDS,
    }
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    condition = "attribute_not_exists(#version) OR #version < :version"
    try:
        TIMELINES.update(_key(following.user_id), expression, values, condition)
    except ClientError as error:
        logger().info("relations not packed", code=error.response["Error"]["Code"])


def _unpacked(item: Item) -> Following:
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


_lock = threading.Lock()
_kept: LRUCache[str, Following] = LRUCache(_KEPT, getsizeof=lambda one: one.size + 1)


@process.on_reset
def forget() -> None:
    """Forget all relations, as a process that has just started."""
    with _lock:
        _kept.clear()
