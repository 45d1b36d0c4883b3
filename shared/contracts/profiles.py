"""User cards: the read side of the users table for every other domain (read-only IAM)."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cachetools import TTLCache

from shared.aws import dynamo
from shared.base.config import settings

CACHE_SECONDS = 5.0

_cache: TTLCache[str, "UserCard"] = TTLCache(maxsize=20_000, ttl=CACHE_SECONDS)
_lock = threading.Lock()


@dataclass(frozen=True)
class UserCard:
    """What a page shows of somebody.

    Attributes:
        status: ``active``, ``suspended``, ``deactivated`` or ``deleted``.
        limited: moderators have limited who meets this account's tweets: its followers do,
            others do not in search, replies, mentions or notifications.
        active_day: day of the last activity, in days since 1970; 0 when none is known.
        item: the whole public profile, for pages that ask for more fields.
    """

    id: str
    username: str
    name: str
    protected: bool = False
    verified: bool = False
    status: str = "active"
    limited: bool = False
    profile_image_url: str | None = None
    active_day: int = 0
    item: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def active(self) -> bool:
        """Whether others may see and follow this account."""
        return self.status == "active"

    @property
    def gone(self) -> bool:
        """Whether the account is shown to nobody: its owner has left, for now or for good."""
        return self.status in ("deactivated", "deleted")


def users_table() -> str:
    """Name of the table that only the users domain writes."""
    return settings().name("users", "users")


def cards(user_ids: Iterable[str]) -> dict[str, UserCard]:
    """Cards by id, from the in-process cache (seconds) or one BatchGetItem.

    Unknown ids are absent from the answer.
    """
    return cards_and(user_ids, {})[0]


def cards_and(
    user_ids: Iterable[str], others: Mapping[str, Iterable[dynamo.Key]]
) -> tuple[dict[str, UserCard], dict[str, list[dict[str, Any]]]]:
    """`cards`, and items of other tables in the same BatchGetItem.

    Args:
        others: table name to keys, as of `dynamo.batch_get`.
    """
    wanted = set(user_ids)
    with _lock:
        found = {user_id: _cache[user_id] for user_id in wanted if user_id in _cache}
    missing = sorted(wanted - found.keys())
    if not missing and not any(others.values()):
        return found, {table: [] for table in others}
    table = users_table()
    fetched = dynamo.batch_get({table: [{"id": user_id} for user_id in missing], **others})
    loaded = {item["id"]: to_card(item) for item in fetched.pop(table)}
    with _lock:
        _cache.update(loaded)
    return found | loaded, fetched


def card(user_id: str) -> UserCard | None:
    """One card, ``None`` when there is no such user."""
    return cards([user_id]).get(user_id)


def fresh_card(user_id: str) -> UserCard | None:
    """The card as it is at this moment, for what is decided once and for good (1 RRU)."""
    table = users_table()
    found = dynamo.batch_get({table: [{"id": user_id}]}, consistent=True)[table]
    return to_card(found[0]) if found else None


def ids_of_usernames(usernames: Iterable[str]) -> dict[str, str]:
    """Username (lower case) to user id, for those that exist (one BatchGetItem a hundred).

    Reads only the ``username#`` claims of the accounts table; IAM grants no more.
    """
    table = settings().name("users", "accounts")
    keys = [{"key": f"username#{name}"} for name in sorted({n.lower() for n in usernames})]
    if not keys:
        return {}
    found = dynamo.batch_get({table: keys})[table]
    # A name that its owner has given up stays reserved and leads nowhere.
    return {i["key"].partition("#")[2]: i["user_id"] for i in found if "user_id" in i}


def counts(user_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """The counters behind ``public_metrics`` by user id; users without any are absent."""
    table = settings().name("users", "counters")
    keys = [{"id": user_id} for user_id in sorted(set(user_ids))]
    return {item["id"]: item for item in dynamo.batch_get({table: keys})[table]}


def forget(user_id: str) -> None:
    """Drop a cached card that this process knows to have changed."""
    with _lock:
        _cache.pop(user_id, None)


def reset() -> None:
    """Drop all cached cards."""
    with _lock:
        _cache.clear()


def to_card(item: dict[str, Any]) -> UserCard:
    """The card in an item of the users table."""
    return UserCard(
        id=item["id"],
        username=item["username"],
        name=item["name"],
        protected=bool(item.get("protected")),
        verified=bool(item.get("verified")),
        status=item.get("status", "active"),
        limited=bool(item.get("limited")),
        profile_image_url=item.get("profile_image_url"),
        active_day=item.get("active_day", 0),
        item=item,
    )
