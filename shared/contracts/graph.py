"""Social graph: the read side of users' ``follows`` table.

Owner: users, the only writer. Hash ``user_id``, range ``target_id``: one item per ordered
pair holds the whole relation of the first user to the second: ``following``, ``pending``,
``blocked``, ``blocked_by``, ``muted``, ``notify`` and ``updated_at`` (Unix ms).

Promise: the sparse indexes ``followers`` (hash ``followed_id``), ``requests``
(``requested_id``) and ``watchers`` (``watched_id``) list users in the order of their ids;
large accounts' followers stand under several keys (`follower_shards`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from shared.aws.dynamo import Item
from shared.aws.table import Table
from shared.base.config import settings
from shared.contracts import follower_shards, profiles
from shared.contracts.profiles import UserCard

FOLLOWS: Table[Any] = Table(settings().name("users", "follows"), "user_id", "target_id")
# Sparse indexes of the users who have a relation to an account: (index, its hash key).
_FOLLOWERS = ("followers", "followed_id")
_REQUESTS = ("requests", "requested_id")
_WATCHERS = ("watchers", "watched_id")
_BEFORE_ALL = "!"
_FLAGS = ("following", "pending", "blocked", "blocked_by", "muted", "notify")


# Not frozen: a home page makes hundreds, and frozen ones take four times as long.
@dataclass(slots=True)
class Relation:
    """Relation of ``user_id`` to ``target_id``; strangers have no flag.

    Attributes:
        pending: asked to follow a protected account, which has not answered.
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


def relations(user_id: str, target_ids: Iterable[str]) -> dict[str, Relation]:
    """Return the user's relations to some users, strangers too.

    One BatchGetItem per hundred.
    """
    return cards_and_relations(user_id, (), target_ids)[1]


def cards_and_relations(
    user_id: str, card_ids: Iterable[str], target_ids: Iterable[str]
) -> tuple[dict[str, UserCard], dict[str, Relation]]:
    """Return `profiles.cards` and `relations` together.

    One BatchGetItem per hundred.
    """
    targets = sorted(set(target_ids))
    keys = [{"user_id": user_id, "target_id": target} for target in targets]
    cards, stored = profiles.cards_and(card_ids, {FOLLOWS.name: keys})
    found = {target: Relation(user_id, target) for target in targets}
    for item in stored[FOLLOWS.name]:
        found[item["target_id"]] = to_relation(item)
    return cards, found


def relations_of(user_id: str) -> dict[str, Relation]:
    """Return all of the user's relations, by target (one Query per megabyte)."""
    stored = FOLLOWS.query("#user_id = :user", {"user": user_id}, decode=_received)
    return {relation.target_id: relation for relation in stored}


def follower_ids(
    user_id: str, *, after: str | None = None, until: str | None = None, limit: int = 1000
) -> list[str]:
    """Return a page of followers in the order of their ids.

    Args:
        after: exclusive lower bound, the last id of the page before.
        until: inclusive upper bound.
        limit: most ids to return; fewer means that the range is exhausted.
    """

    def read(key: str, after: str | None, limit: int) -> list[str]:
        return _people(_FOLLOWERS, key, after, until, limit)

    shards = follower_shards.known(user_id)
    if after is None:
        # The head of the list begins with the markers, where there are any.
        head = read(user_id, None, limit + follower_shards.MARKERS)
        shards = follower_shards.note(user_id, head)
        if shards == 1:
            return head[:limit]
    elif shards is None:
        head = _people(
            _FOLLOWERS, user_id, None, follower_shards.LAST_MARKER, follower_shards.MARKERS
        )
        shards = follower_shards.note(user_id, head)
    if shards == 1:
        return read(user_id, after, limit)
    return follower_shards.merged(read, user_id, shards, after, limit)


def requester_ids(user_id: str, *, after: str | None = None, limit: int = 1000) -> list[str]:
    """Return a page of users whose follow request is pending.

    Arguments as of `follower_ids`.
    """
    return _people(_REQUESTS, user_id, after, None, limit)


def watcher_ids(
    user_id: str, *, after: str | None = None, until: str | None = None, limit: int = 1000
) -> list[str]:
    """Return a page of followers who are notified of every tweet.

    Arguments as of `follower_ids`.
    """
    return _people(_WATCHERS, user_id, after, until, limit)


def within(
    read: Callable[..., list[str]], user_id: str, after: str | None, until: str, page: int
) -> Iterator[list[str]]:
    """Iterate over pages of users of a range that was bounded earlier.

    Users who joined the range since then must not displace its last ones.

    Args:
        read: `follower_ids` or `watcher_ids`.
        after / until: bounds, as of `follower_ids`.
        page: most users that the range had.
    """
    while True:
        found = read(user_id, after=after, until=until, limit=page)
        yield found
        if len(found) < page or found[-1] == until:
            return
        after = found[-1]


def _people(
    listed: tuple[str, str], user_id: str, after: str | None, until: str | None, limit: int
) -> list[str]:
    index, hash_key = listed
    condition = f"#{hash_key} = :user"
    if until is not None:
        condition += " AND #user_id BETWEEN :after AND :until"
    elif after is not None:
        condition += " AND #user_id > :after"
    pages = FOLLOWS.query(
        condition,
        {"user": user_id, "after": after or _BEFORE_ALL, "until": until},
        index=index,
        limit=limit + 1,
        decode=_user_id,
    )
    # BETWEEN includes both ends, and the lower one belongs to the page before.
    return list(islice((person for person in pages if person != after), limit))


def _user_id(raw: Item) -> str:
    person: str = raw["user_id"]["S"]
    return person


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
        blocked_by=bool(item.get("blocked_by")),
        muted=bool(item.get("muted")),
        notify=item.get("notify"),
        changed_at=item.get("updated_at", 0),
    )
