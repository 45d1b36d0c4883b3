"""Pages of API 1.1: a cursor is the last id of the page before."""

from collections.abc import Callable
from typing import Any

from shared.aws.dynamo import Item
from shared.base.pagination import decode_position, encode_token
from shared.base.validation import Schema
from shared.contracts import legacy_objects
from shared.contracts.legacy_objects import USER_QUERY
from shared.http.api import Call

_CURSOR: Schema = {
    "type": "integer",
    "default": -1,
    "description": "`next_cursor` of the page before; -1 begins.",
}
IDS_QUERY: dict[str, Schema] = {
    "cursor": _CURSOR,
    "count": {"type": "integer", "minimum": 1, "default": 1000},
    "stringify_ids": {"type": "boolean"},
}
USERS_QUERY: dict[str, Schema] = {
    "cursor": _CURSOR,
    "count": {"type": "integer", "minimum": 1, "default": 20},
    "include_user_entities": {"type": "boolean", "default": True},
}
_MOST_IDS, _MOST_USERS = 1000, 200


def ids(call: Call, context: str, read: Callable[[Item], Item]) -> Item:
    """Return one page of ids.

    Args:
        context: of the page tokens of the list.
        read: reads a page of API v2, for a query.
    """
    found, cursors = _page(call, context, read, {}, _MOST_IDS)
    text = call.query.get("stringify_ids", False)
    return {"ids": [one["id"] if text else int(one["id"]) for one in found], **cursors}


def users(call: Call, context: str, read: Callable[[Item], Item]) -> Item:
    """Return one page of users; see `ids`."""
    found, cursors = _page(call, context, read, USER_QUERY, _MOST_USERS)
    entities = call.query["include_user_entities"]
    return {"users": [legacy_objects.user(one, entities=entities) for one in found], **cursors}


def _page(
    call: Call, context: str, read: Callable[[Item], Item], fields: Item, most: int
) -> tuple[list[Any], Item]:
    """Return users of a list in order, and API 1.1's cursors."""
    cursor = call.query["cursor"]
    query: Item = {**fields, "max_results": min(call.query["count"], most)}
    if cursor == 0:
        return [], _cursors(0)
    if cursor > 0:
        query["pagination_token"] = encode_token(context, {"after": str(cursor)})
    body = read(query)
    position = decode_position(context, body["meta"].get("next_token"), after=str)
    return body.get("data", []), _cursors(int(position["after"]) if position else 0)


def _cursors(following: int) -> Item:
    return {
        "next_cursor": following,
        "next_cursor_str": str(following),
        "previous_cursor": 0,
        "previous_cursor_str": "0",
    }
