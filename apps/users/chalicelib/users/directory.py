"""Reading users: skeleton (ids) → hydrate → rules → present, for one and for many."""

from typing import Any

from chalicelib.users.models import Counter, User

from shared import dynamo, graph, user_object
from shared.errors import missing_resource, not_found
from shared.fields import chosen

Item = dict[str, Any]


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
    fields = chosen(query, "user")
    items, counts = hydrate(user_ids, "public_metrics" in fields)
    there = [user_id for user_id in user_ids if _exists(items.get(user_id))]
    data = present([items[user_id] for user_id in there], counts, fields, viewer_id)
    errors = [
        missing_resource("user", (shown or {}).get(user_id, user_id), parameter)
        for user_id in user_ids
        if not _exists(items.get(user_id))
    ]
    body: Item = {}
    if data:
        body["data"] = data
    if errors:
        body["errors"] = errors
    return body


def one(user_id: str, query: Item, viewer_id: str | None, *, asked: str, parameter: str) -> Item:
    """One user (two calls at most: the user with the counts, and the relations).

    Raises:
        Problem: 404 when there is no such user.
    """
    body = by_ids([user_id], query, viewer_id, shown={user_id: asked}, parameter=parameter)
    if "data" not in body:
        raise not_found("user", asked, parameter)
    return {"data": body["data"][0]}


def present(
    items: list[Item], counts: dict[str, Item], fields: frozenset[str], viewer_id: str | None
) -> list[Item]:
    """User objects of items of the users table (one call a fifty for ``connection_status``)."""
    ids = [item["id"] for item in items]
    relations = _relations(viewer_id, ids) if "connection_status" in fields else {}
    return [
        user_object.present(
            item, fields, counts.get(item["id"]), *relations.get(item["id"], (None, None))
        )
        for item in items
    ]


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
    return item is not None and item.get("status") not in ("deactivated", "deleted")


def _relations(
    viewer_id: str | None, user_ids: list[str]
) -> dict[str, tuple[graph.Relation, graph.Relation]]:
    if viewer_id is None:
        return {}
    table = graph.follows_table()
    keys = [{"user_id": viewer_id, "target_id": user_id} for user_id in user_ids]
    keys += [{"user_id": user_id, "target_id": viewer_id} for user_id in user_ids]
    stored = {
        (item["user_id"], item["target_id"]): graph.to_relation(item)
        for item in dynamo.batch_get({table: keys})[table]
    }

    def pair(one: str, other: str) -> graph.Relation:
        return stored.get((one, other)) or graph.Relation(one, other)

    return {user_id: (pair(viewer_id, user_id), pair(user_id, viewer_id)) for user_id in user_ids}
