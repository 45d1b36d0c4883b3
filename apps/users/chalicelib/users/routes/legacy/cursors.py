"""Pages of users in API 1.1, as objects or ids."""

from collections.abc import Callable

from shared.aws.dynamo import Item
from shared.base.validation import Schema
from shared.contracts import legacy_objects
from shared.contracts.legacy_objects import USER_QUERY
from shared.http import legacy
from shared.http.api import Call

IDS_QUERY: dict[str, Schema] = {**legacy.cursor_query(1000), "stringify_ids": {"type": "boolean"}}
USERS_QUERY: dict[str, Schema] = {
    **legacy.cursor_query(20),
    "include_user_entities": {"type": "boolean", "default": True},
}
_MOST_IDS, _MOST_USERS = 1000, 200


def ids(call: Call, context: str, read: Callable[[Item], Item]) -> Item:
    """Return one page of ids.

    Args:
        context: of the page tokens of the list.
        read: reads a page of API v2, for a query.
    """
    body, cursors = legacy.page(call, context, read, _MOST_IDS, after=str)
    text = call.query.get("stringify_ids", False)
    found = [one["id"] if text else int(one["id"]) for one in body.get("data", ())]
    return {"ids": found, **cursors}


def users(call: Call, context: str, read: Callable[[Item], Item]) -> Item:
    """Return one page of users; see `ids`."""
    body, cursors = legacy.page(
        call, context, lambda query: read({**USER_QUERY, **query}), _MOST_USERS, after=str
    )
    entities = call.query["include_user_entities"]
    found = [legacy_objects.user(one, entities=entities) for one in body.get("data", ())]
    return {"users": found, **cursors}
