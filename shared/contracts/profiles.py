"""Profiles: what other domains read of users (read-only IAM).

Owner: users, the only writer. Tables and attributes:

- ``users``, hash ``id``: the public profile (`UserCard`, and the fields of
  `shared.contracts.user_object`).
- ``accounts``, hash ``key`` = ``username#<lower case>``: ``user_id``, absent once the owner
  has given the name up. IAM grants these items only.
- ``counters``, hash ``id``: the counts of `user_object.public_metrics`.

Promise: a card is at most `CACHE_SECONDS` old, unless read by `fresh_card`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Table
from shared.base.config import settings
from shared.base.process import Cache, process

CACHE_SECONDS = 5.0

USERS: Table[Any] = Table(settings().name("users", "users"), "id")
_ACCOUNTS: Table[Any] = Table(settings().name("users", "accounts"), "key")
_COUNTERS: Table[Any] = Table(settings().name("users", "counters"), "id")
CARDS: Cache[str, "UserCard"] = process.cache(20_000, CACHE_SECONDS)


@dataclass(frozen=True)
class UserCard:
    """Public data of a user, for pages that show many.

    Attributes:
        status: ``active``, ``suspended``, ``deactivated`` or ``deleted``.
        limited: moderators limited the reach of this account's tweets: only its followers
            see them in search, replies, mentions and notifications.
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
    item: Item = field(default_factory=dict, compare=False, repr=False)

    @property
    def active(self) -> bool:
        """True if others may see and follow this account."""
        return self.status == "active"

    @property
    def gone(self) -> bool:
        """True if nobody sees the account: its owner has left."""
        return self.status in ("deactivated", "deleted")


def cards(user_ids: Iterable[str]) -> dict[str, UserCard]:
    """Return cards by id, from the process's cache or one BatchGetItem.

    Unknown ids are absent from the answer.
    """
    return cards_and(user_ids, {})[0]


def cards_and(
    user_ids: Iterable[str], others: Mapping[str, Iterable[dynamo.Key]]
) -> tuple[dict[str, UserCard], dict[str, list[Item]]]:
    """Return `cards`, and items of other tables, in one BatchGetItem.

    Args:
        others: table name to keys, as of `dynamo.batch_get`.
    """
    wanted = set(user_ids)
    found = CARDS.get_many(wanted)
    missing = sorted(wanted - found.keys())
    if not missing and not any(others.values()):
        return found, {table: [] for table in others}
    fetched = dynamo.batch_get({USERS.name: [{"id": user_id} for user_id in missing], **others})
    loaded = {item["id"]: to_card(item) for item in fetched.pop(USERS.name)}
    CARDS.put_many(loaded)
    return found | loaded, fetched


def card(user_id: str) -> UserCard | None:
    """Return one card, ``None`` if there is no such user."""
    return cards([user_id]).get(user_id)


def fresh_card(user_id: str) -> UserCard | None:
    """Return the card by a consistent read, for decisions that stay (1 RRU)."""
    found = USERS.get_many([{"id": user_id}], consistent=True)
    return to_card(found[0]) if found else None


def ids_of_usernames(usernames: Iterable[str]) -> dict[str, str]:
    """Return user ids by username (lower case), for existing ones.

    One BatchGetItem per hundred.

    Reads only the ``username#`` claims of the accounts table; IAM grants no more.
    """
    keys = [{"key": f"username#{name}"} for name in sorted({n.lower() for n in usernames})]
    if not keys:
        return {}
    found = _ACCOUNTS.get_many(keys)
    # A name that its owner has given up stays reserved without a user.
    return {i["key"].partition("#")[2]: i["user_id"] for i in found if "user_id" in i}


def counts(user_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return the counters behind ``public_metrics`` by user id.

    Users without any are left out.
    """
    keys = [{"id": user_id} for user_id in sorted(set(user_ids))]
    return {item["id"]: item for item in _COUNTERS.get_many(keys)}


def forget(user_id: str) -> None:
    """Drop the cached card of a user whom this process has changed."""
    CARDS.pop(user_id)


def to_card(item: Item) -> UserCard:
    """Return the card in an item of the users table."""
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
