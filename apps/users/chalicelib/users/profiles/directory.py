"""Reading users: skeleton (ids) → hydrate → rules → present, for one and for many."""

import threading
from typing import Any

from cachetools import TTLCache
from chalicelib.users.core.models import Counter, User
from chalicelib.users.profiles import related
from chalicelib.users.profiles.related import Asked

from shared.aws import dynamo
from shared.base.errors import missing_resource, not_found, suspended
from shared.contracts import profiles, user_object
from shared.contracts.fields import included_tweets

Item = dict[str, Any]

# Username to id. It may be wrong: what it leads to is compared with what was asked for.
_ids: TTLCache[str, str] = TTLCache(maxsize=20_000, ttl=300)
_lock = threading.Lock()


def by_ids(
    user_ids: list[str],
    query: Item,
    viewer_id: str | None,
    *,
    shown: dict[str, str] | None = None,
    parameter: str = "ids",
) -> Item:
    """Users in the order of their ids, with partial errors for those who are not there.

    Args:
        user_ids: at most 1,000.
        shown: id to what the client asked by (a username), for error texts.
        parameter: the parameter named in errors.
    """
    asked = Asked.of(query)
    items, counts = hydrate(user_ids, user_object.needs_counts(asked.fields))
    there = [items[user_id] for user_id in user_ids if _exists(items.get(user_id))]
    errors = [
        _error(items.get(user_id), (shown or {}).get(user_id, user_id), parameter)
        for user_id in user_ids
        if not _exists(items.get(user_id))
    ]
    body = present(there, counts, asked, viewer_id, errors)
    if errors:
        body["errors"] = errors
    return body


def one(user_id: str, query: Item, viewer_id: str | None, *, asked: str, parameter: str) -> Item:
    """One user (two calls at most: the user with the counts, and what stands around).

    Raises:
        Problem: 404 when there is no such user, 403 when the account is suspended.
    """
    body = by_ids([user_id], query, viewer_id, shown={user_id: asked}, parameter=parameter)
    if "data" not in body:
        if body["errors"][0]["title"] == "Forbidden":
            raise suspended(asked, parameter)
        raise not_found("user", asked, parameter)
    return {**body, "data": body["data"][0]}


def by_username(name: str, query: Item, viewer_id: str | None) -> Item:
    """One user by name: as `one`, and a call more when the name is new to this process.

    Raises:
        Problem: 404 when there is no such user.
    """
    key = name.lower()
    with _lock:
        known = _ids.get(key)
    if known is not None:
        body = by_ids([known], query, viewer_id)
        if "data" in body and body["data"][0]["username"].lower() == key:
            return {**body, "data": body["data"][0]}
    user_id = profiles.ids_of_usernames([name]).get(key) if len(name) <= 15 else None
    if user_id is None:
        raise not_found("user", name, "username")
    with _lock:
        _ids[key] = user_id
    return one(user_id, query, viewer_id, asked=name, parameter="username")


def present(
    items: list[Item],
    counts: dict[str, Item],
    asked: Asked,
    viewer_id: str | None,
    errors: list[Item],
) -> Item:
    """``data`` and ``includes`` of items of the users table, each only if there is any.

    Args:
        errors: gets those of the expansions.
    """
    around = related.load(viewer_id, items, counts, asked)
    data = [
        user_object.present(
            item,
            asked.fields,
            counts.get(item["id"]),
            *around.pair(item["id"]),
            own=item["id"] == viewer_id,
        )
        for item in items
    ]
    body: Item = {"data": data} if data else {}
    if tweets := related.included(data, around, asked, errors):
        body["includes"] = included_tweets(tweets, asked.posts)
    return body


def hydrate(user_ids: list[str], with_counts: bool) -> tuple[dict[str, Item], dict[str, Item]]:
    """Items of the users and counters tables by id, in one BatchGetItem a hundred keys."""
    users, counters = User.Meta.table_name, Counter.Meta.table_name
    keys = {users: [{"id": user_id} for user_id in user_ids]}
    if with_counts:
        keys[counters] = keys[users]
    found = dynamo.batch_get(keys)
    return (
        {item["id"]: item for item in found[users]},
        {item["id"]: item for item in found.get(counters, ())},
    )


def _exists(item: Item | None) -> bool:
    return item is not None and item.get("status", "active") == "active"


def _error(item: Item | None, asked: str, parameter: str) -> Item:
    if item is not None and item.get("status") == "suspended":
        body = suspended(asked, parameter).document()
        del body["status"]
        return body
    return missing_resource("user", asked, parameter)
