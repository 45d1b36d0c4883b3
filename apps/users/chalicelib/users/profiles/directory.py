"""Look-up of users by id or name: hydrate ids, apply the rules, present."""

from chalicelib.users.core.models import COUNTERS, USERS
from chalicelib.users.profiles import expansions
from chalicelib.users.profiles.expansions import UserQuery

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.errors import missing_resource, not_found, suspended
from shared.base.process import Cache, process
from shared.contracts import profiles, user_object
from shared.contracts.fields import included_tweets

# Lower-case username to id. It may be stale: the user found must still have the name.
_ids: Cache[str, str] = process.cache(20_000, seconds=300)


def by_ids(
    user_ids: list[str],
    query: Item,
    viewer_id: str | None,
    *,
    names: dict[str, str] | None = None,
    parameter: str = "ids",
) -> Item:
    """Users in the order of their ids, with partial errors for missing ones.

    Args:
        user_ids: at most 1,000.
        names: usernames in the request by id, for error texts; ids if absent.
        parameter: the parameter named in errors.
    """
    asked = UserQuery.of(query)
    items, counts = hydrate(user_ids, user_object.needs_counts(asked.fields))
    there = [items[user_id] for user_id in user_ids if _exists(items.get(user_id))]
    errors = [
        _error(items.get(user_id), (names or {}).get(user_id, user_id), parameter)
        for user_id in user_ids
        if not _exists(items.get(user_id))
    ]
    body = present(there, counts, asked, viewer_id, errors)
    if errors:
        body["errors"] = errors
    return body


def by_id(
    user_id: str, query: Item, viewer_id: str | None, *, asked: str | None = None, parameter: str
) -> Item:
    """One user (at most two calls: profile with counters, expansions).

    Args:
        asked: value of the parameter in the request, for error texts; the id if ``None``.
        parameter: the parameter named in errors.

    Raises:
        Problem: 404 for an unknown user, 403 for a suspended account.
    """
    asked = asked or user_id
    body = by_ids([user_id], query, viewer_id, names={user_id: asked}, parameter=parameter)
    if "data" not in body:
        if body["errors"][0]["title"] == "Forbidden":
            raise suspended(asked, parameter)
        raise not_found("user", asked, parameter)
    return {**body, "data": body["data"][0]}


def by_username(name: str, query: Item, viewer_id: str | None) -> Item:
    """One user by name; one more call than `by_id` for a new name.

    Raises:
        Problem: 404 for an unknown user, 403 for a suspended account.
    """
    key = name.lower()
    known = _ids.get(key)
    if known is not None:
        body = by_ids([known], query, viewer_id)
        if "data" in body and body["data"][0]["username"].lower() == key:
            return {**body, "data": body["data"][0]}
    user_id = profiles.ids_of_usernames([name]).get(key) if len(name) <= 15 else None
    if user_id is None:
        raise not_found("user", name, "username")
    _ids.put(key, user_id)
    return by_id(user_id, query, viewer_id, asked=name, parameter="username")


def present(
    items: list[Item],
    counts: dict[str, Item],
    asked: UserQuery,
    viewer_id: str | None,
    errors: list[Item],
) -> Item:
    """Present profiles as ``data`` and ``includes``; empty ones are left out.

    Args:
        errors: gets the errors of the expansions.
    """
    found = expansions.load(viewer_id, items, counts, asked)
    data = [
        user_object.present(
            item,
            asked.fields,
            counts.get(item["id"]),
            *found.pair(item["id"]),
            own=item["id"] == viewer_id,
        )
        for item in items
    ]
    body: Item = {"data": data} if data else {}
    if tweets := expansions.included(data, found, asked, errors):
        body["includes"] = included_tweets(tweets, asked.posts)
    return body


def hydrate(user_ids: list[str], with_counts: bool) -> tuple[dict[str, Item], dict[str, Item]]:
    """Profiles and counters by id (a BatchGetItem per hundred keys)."""
    keys = {USERS.name: [{"id": user_id} for user_id in user_ids]}
    if with_counts:
        keys[COUNTERS.name] = keys[USERS.name]
    found = dynamo.batch_get(keys)
    return (
        {item["id"]: item for item in found[USERS.name]},
        {item["id"]: item for item in found.get(COUNTERS.name, ())},
    )


def _exists(item: Item | None) -> bool:
    return item is not None and item.get("status", "active") == "active"


def _error(item: Item | None, asked: str, parameter: str) -> Item:
    if item is not None and item.get("status") == "suspended":
        body = suspended(asked, parameter).document()
        del body["status"]
        return body
    return missing_resource("user", asked, parameter)
