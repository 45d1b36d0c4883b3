"""Look-up of users by id or name: hydrate ids, apply the rules, present."""

from collections.abc import Mapping

from chalicelib.users.core.models import COUNTERS, USERS
from chalicelib.users.profiles import expansions
from chalicelib.users.profiles.expansions import Pair, UserQuery

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.errors import missing_resource, not_found, suspended
from shared.base.process import Cache, process
from shared.contracts import profiles, user_object
from shared.contracts.fields import included_tweets
from shared.contracts.graph import Relation, RelationRead
from shared.contracts.user_object import is_listed

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


def listed(user_ids: list[str], query: Item, viewer_id: str | None, *, own: bool = False) -> Item:
    """Users of a list in the order of their ids, by `is_listed`.

    Calls: one BatchGetItem per hundred keys (0.5 RRU a person for the relation), then as
    `present`.

    Args:
        user_ids: at most 1,000.
        own: the list says what the viewer decided about these users (blocks, mutes): it shows
            them through blocks, and no relations are read for it.
    """
    asked = UserQuery.of(query)
    others = () if own or viewer_id is None else (one for one in user_ids if one != viewer_id)
    read = RelationRead(viewer_id or "", others, both="connection_status" in asked.fields)
    counted = user_object.needs_counts(asked.fields)
    items, counts, pairs = _hydrated(user_ids, counted, read)
    found = {one: profiles.to_card(item) for one, item in items.items()}
    shown = [
        items[one]
        for one in user_ids
        if one in found and is_listed(viewer_id, found[one], pairs.get(one, (None, None))[0])
    ]
    return present(shown, counts, asked, viewer_id, [], None if own else pairs)


def present(
    items: list[Item],
    counts: dict[str, Item],
    asked: UserQuery,
    viewer_id: str | None,
    errors: list[Item],
    pairs: Mapping[str, Pair] | None = None,
) -> Item:
    """Present profiles as ``data`` and ``includes``; empty ones are left out.

    Args:
        errors: gets the errors of the expansions.
        pairs: relations of both directions by user id, if they have been read.
    """
    found = expansions.load(viewer_id, items, counts, asked, pairs)
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


def hydrate_with_relations(
    user_ids: list[str], viewer_id: str
) -> tuple[dict[str, Item], dict[str, Item], dict[str, Relation]]:
    """Profiles, counters and the viewer's relations by id.

    Calls: a BatchGetItem per hundred keys.
    """
    read = RelationRead(viewer_id, (one for one in user_ids if one != viewer_id))
    items, counts, pairs = _hydrated(user_ids, True, read)
    return items, counts, {one: pair[0] for one, pair in pairs.items() if pair[0]}


def hydrate(user_ids: list[str], with_counts: bool) -> tuple[dict[str, Item], dict[str, Item]]:
    """Profiles and counters by id (a BatchGetItem per hundred keys)."""
    items, counts, _ = _hydrated(user_ids, with_counts, RelationRead("", ()))
    return items, counts


def _hydrated(
    user_ids: list[str], with_counts: bool, read: RelationRead
) -> tuple[dict[str, Item], dict[str, Item], dict[str, Pair]]:
    """Profiles, counters and pairs of relations by id.

    Calls: a BatchGetItem per hundred keys.
    """
    keys: dict[str, list[dynamo.Key]] = {USERS.name: [{"id": one} for one in user_ids]}
    if with_counts:
        keys[COUNTERS.name] = keys[USERS.name]
    keys |= {table: wanted for table, wanted in read.keys.items() if wanted}
    found = dynamo.batch_get(keys)
    return (
        {item["id"]: item for item in found[USERS.name]},
        {item["id"]: item for item in found.get(COUNTERS.name, ())},
        dict(read.both(found)),
    )


def _exists(item: Item | None) -> bool:
    return item is not None and item.get("status", "active") == "active"


def _error(item: Item | None, asked: str, parameter: str) -> Item:
    if item is not None and item.get("status") == "suspended":
        body = suspended(asked, parameter).document()
        del body["status"]
        return body
    return missing_resource("user", asked, parameter)
