"""Items of imported users and follows, and rows of stored ones.

The streams of their tables do everything else: counters, search, contacts, events.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.users.accounts.accounts import normalize_email
from chalicelib.users.accounts.passwords import hash_password
from chalicelib.users.accounts.usernames import refuse_reserved
from chalicelib.users.core.account_items import account_key, email_key, user_id_of, username_key
from chalicelib.users.core.models import ACCOUNTS, FOLLOWS, USERS, Account, Follow, User

from shared.aws.dynamo import Item
from shared.aws.models import as_dict
from shared.aws.table import Table
from shared.base.clock import iso, now_ms
from shared.contracts.follower_shards import listed_under

__all__ = ["hash_password", "refuse_reserved"]

Entry = tuple[Table[Any], Item]
_PROFILE = ("description", "location", "url", "profile_image_url", "profile_banner_url")
_FLAGS = ("protected", "verified")


def address_of(row: Item) -> str:
    """Email address of an imported user, made up if it has none.

    Raises:
        Problem: 400 for an invalid address.
    """
    return normalize_email(row.get("email") or f"{row['username']}@example.com")


def user_entries(row: Item, password_hash: str | None, created_at: int) -> list[Entry]:
    """Return the items of a user: claims, account, profile.

    Args:
        row: ``id``, ``username`` and members of the profile.
        password_hash: ``None`` for a user who cannot log in.
        created_at: Unix ms.
    """
    user_id, username, address = row["id"], row["username"], address_of(row)
    names: Item = {"username": username, "name": row["name"], "updated_at": now_ms()}
    members = {name: row[name] for name in (*_PROFILE, *_FLAGS) if row.get(name) is not None}
    profile = User(user_id, roles={"user"}, created_at=created_at, **names, **members)
    account = Account(
        account_key(user_id),
        user_id=user_id,
        email=address,
        email_verified=True,
        verification_id=f"{user_id}-{created_at}-import",
        password_hash=password_hash,
        **names,
    )
    return [
        (ACCOUNTS, {"key": username_key(username), "user_id": user_id}),
        (ACCOUNTS, {"key": email_key(address), "user_id": user_id}),
        (USERS, as_dict(profile)),
        (ACCOUNTS, as_dict(account)),
    ]


def follow_entry(user_id: str, target_id: str, target: Item | None, at: int | None) -> Entry:
    """Return the item of a follow.

    Args:
        target: the stored profile of the target, ``None`` for an imported one.
        at: Unix ms; now if ``None``.
    """
    listed = listed_under(target or {"id": target_id}, user_id, now_ms())
    item = Follow(
        *(user_id, target_id),
        following=True,
        followed_id=listed,
        imported=True,
        updated_at=at or now_ms(),
    )
    return FOLLOWS, as_dict(item)


def stored_users(user_ids: Iterable[str]) -> dict[str, Item]:
    """Return stored profiles by id."""
    found = USERS.get_many([{"id": user_id} for user_id in user_ids], consistent=True)
    return {item["id"]: item for item in found}


def claims(names: Iterable[str], addresses: Iterable[str]) -> dict[str, str]:
    """Return who holds usernames and addresses: user ids by claim key."""
    keys = [username_key(name) for name in names] + [email_key(one) for one in addresses]
    found = ACCOUNTS.get_many([{"key": key} for key in keys], consistent=True)
    return {item["key"]: item.get("user_id") or item.get("reserved_for", "") for item in found}


def claim_keys(username: str, address: str) -> tuple[str, str]:
    """Keys of the claims to a username and to an address."""
    return username_key(username), email_key(address)


def export_users() -> Iterator[Item]:
    """Return rows of all active users, by scans, without passwords."""
    addresses = {
        user_id_of(item["key"]): item.get("email")
        for item in _scan(ACCOUNTS)
        if item["key"].startswith("account#")
    }
    for item in _scan(USERS):
        if item.get("status", "active") != "active" or item["id"] not in addresses:
            continue
        members = {name: item[name] for name in (*_PROFILE, *_FLAGS) if item.get(name)}
        row = {"type": "user", "id": item["id"], "username": item["username"], "name": item["name"]}
        address = addresses.get(item["id"])
        yield {
            **row,
            **({"email": address} if address else {}),
            **members,
            "created_at": iso(item["created_at"]),
        }


def export_follows() -> Iterator[Item]:
    """Return rows of all follows, by a scan."""
    for item in _scan(FOLLOWS):
        if item.get("following"):
            yield {"type": "follow", "user_id": item["user_id"], "target_id": item["target_id"]}


def _scan(table: Table[Any]) -> Iterator[Item]:
    start = None
    while True:
        page = table.scan_page(start=start)
        yield from page.items
        start = page.last_key
        if start is None:
            return
