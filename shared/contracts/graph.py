"""The social graph: the read side of the users domain's follows table (read-only IAM).

One item per ordered pair (who, whom) holds everything the first feels about
the second: following, pending, blocked, blocked_by, muted, notify.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.aws import dynamo, sdk
from shared.base.config import settings
from shared.contracts import follower_shards, profiles
from shared.contracts.profiles import UserCard

# Sparse indexes of the people who stand in a relation to somebody: (index, its hash key).
_FOLLOWERS = ("followers", "followed_id")
_REQUESTS = ("requests", "requested_id")
_WATCHERS = ("watchers", "watched_id")
_BEFORE_ALL = "!"
_FLAGS = ("following", "pending", "blocked", "blocked_by", "muted", "notify")


# Not frozen: a home page makes hundreds, and frozen ones take four times as long.
@dataclass(slots=True)
class Relation:
    """What ``user_id`` feels about ``target_id``; everything is false for strangers.

    Attributes:
        pending: asked to follow a protected account, which has not answered.
        notify: follows, and wants to be told of every tweet; ``False`` of none; ``None`` unsaid.
        changed_at: moment (ms) of the last change that others were told of: not before a
            present follow began.
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
        """Whether either has blocked the other: neither may follow."""
        return self.blocked or self.blocked_by

    @property
    def hides(self) -> bool:
        """Whether the target's posts are kept out of the user's timelines."""
        return self.blocked or self.blocked_by or self.muted


def follows_table() -> str:
    """Name of the table that only the users domain writes."""
    return settings().name("users", "follows")


def relations(user_id: str, target_ids: Iterable[str]) -> dict[str, Relation]:
    """The user's relations to certain people (one BatchGetItem a hundred); strangers included."""
    return cards_and_relations(user_id, (), target_ids)[1]


def cards_and_relations(
    user_id: str, card_ids: Iterable[str], target_ids: Iterable[str]
) -> tuple[dict[str, UserCard], dict[str, Relation]]:
    """`profiles.cards` of some people and `relations` to some, in one BatchGetItem a hundred."""
    targets = sorted(set(target_ids))
    table = follows_table()
    keys = [{"user_id": user_id, "target_id": target} for target in targets]
    cards, stored = profiles.cards_and(card_ids, {table: keys})
    found = {target: Relation(user_id, target) for target in targets}
    for item in stored[table]:
        found[item["target_id"]] = to_relation(item)
    return cards, found


def relations_of(user_id: str) -> dict[str, Relation]:
    """All of the user's relations, by target (one Query a megabyte)."""
    query: dict[str, Any] = {
        "TableName": follows_table(),
        "KeyConditionExpression": "user_id = :user",
        "ExpressionAttributeValues": {":user": {"S": user_id}},
    }
    found: dict[str, Relation] = {}
    while True:
        answer = sdk.client("dynamodb").query(**query)
        for raw in answer["Items"]:
            relation = _received(raw)
            found[relation.target_id] = relation
        if "LastEvaluatedKey" not in answer:
            return found
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def follower_ids(
    user_id: str, *, after: str | None = None, until: str | None = None, limit: int = 1000
) -> list[str]:
    """One page of followers in the order of their ids.

    Args:
        after: exclusive lower bound, the last id of the page before.
        until: inclusive upper bound.
        limit: at most this many ids; fewer means that the range is exhausted.
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
    """One page of those who asked to follow and wait for an answer; as `follower_ids`."""
    return _people(_REQUESTS, user_id, after, None, limit)


def watcher_ids(
    user_id: str, *, after: str | None = None, until: str | None = None, limit: int = 1000
) -> list[str]:
    """One page of the followers who want to be told of every tweet; as `follower_ids`."""
    return _people(_WATCHERS, user_id, after, until, limit)


def within(
    read: Callable[..., list[str]], user_id: str, after: str | None, until: str, page: int
) -> Iterator[list[str]]:
    """The people of a range that was cut earlier, in pages.

    Whoever came into it since then must not push its last ones out.

    Args:
        read: `follower_ids` or `watcher_ids`.
        after / until: as there.
        page: how many the range had at most.
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
    condition = f"{hash_key} = :user"
    values: dict[str, Any] = {":user": {"S": user_id}}
    if until is not None:
        condition += " AND user_id BETWEEN :after AND :until"
        values |= {":after": {"S": after or _BEFORE_ALL}, ":until": {"S": until}}
    elif after is not None:
        condition += " AND user_id > :after"
        values[":after"] = {"S": after}
    query: dict[str, Any] = {
        "TableName": follows_table(),
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "Limit": limit + 1,
    }
    found: list[str] = []
    while len(found) < limit:
        answer = sdk.client("dynamodb").query(**query)
        ids = (dynamo.decode(raw["user_id"]) for raw in answer["Items"])
        # BETWEEN includes both ends, and the lower one belongs to the page before.
        found += [person for person in ids if person != after]
        if "LastEvaluatedKey" not in answer:
            break
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return found[:limit]


def _received(raw: dict[str, Any]) -> Relation:
    """`to_relation` of an item as DynamoDB sends it: a home page makes hundreds of them."""
    changed_at = int(raw["updated_at"]["N"]) if "updated_at" in raw else 0
    relation = Relation(raw["user_id"]["S"], raw["target_id"]["S"], changed_at=changed_at)
    for name in _FLAGS:
        if name in raw:
            setattr(relation, name, raw[name]["BOOL"])
    return relation


def to_relation(item: dict[str, Any]) -> Relation:
    """The relation in an item of the follows table."""
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
