"""Common to routes of X API 1.1: names of users, and cursors."""

from collections.abc import Callable

from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.base.legacy_errors import LegacyProblem
from shared.base.pagination import decode_position, encode_token
from shared.base.validation import Schema
from shared.contracts import profiles
from shared.http.api import Call

NAME: Schema = {"type": "string", "maxLength": 100}
NAMES: Schema = {"type": "array", "items": NAME, "maxItems": 100}
# How a user is named: by id or by name; and many of them.
WHO: dict[str, Schema] = {"user_id": NAME, "screen_name": NAME}
WHOM: dict[str, Schema] = {"user_id": NAMES, "screen_name": NAMES}
_BY_ID_OR_NAME = ("user_id", "screen_name")
_MOST_NAMED = 100
_USERNAME_CHARS = 15


def cursor_query(count: int) -> dict[str, Schema]:
    """Return the parameters of a list in pages of usually ``count``."""
    return {
        "cursor": {
            "type": "integer",
            "default": -1,
            "description": "`next_cursor` of the page before; -1 begins.",
        },
        "count": {"type": "integer", "minimum": 1, "default": count},
    }


def named_user(call: Call, names: tuple[str, str] = _BY_ID_OR_NAME, *, own: bool = False) -> str:
    """Return the id of the user whom an id or a name tells.

    Args:
        names: the parameters that tell it.
        own: without either, it is the caller.

    Raises:
        Problem: 404 for an unknown name, 400 if none is given.
    """
    user_id, username = (str(call.query.get(one, "")) for one in names)
    if user_id:
        return user_id
    name = username.lstrip("@")
    if not name and own:
        return call.user_id
    if not name:
        raise LegacyProblem(400, 38, f"{names[0]} or {names[1]} parameter is missing.")
    found = _ids_of([name]).get(name.lower())
    if found is None:
        raise not_found("user", name)
    return found


def named_users(call: Call) -> list[str]:
    """Return the ids of up to a hundred named users, without unknown names."""
    names = [name.lstrip("@") for name in call.query.get("screen_name", ())]
    known = _ids_of(names)
    found = [*call.query.get("user_id", ()), *(known.get(name.lower(), "") for name in names)]
    return list(dict.fromkeys(one for one in found if one))[:_MOST_NAMED]


def page(
    call: Call, context: str, read: Callable[[Item], Item], most: int, **position: type
) -> tuple[Item, Item]:
    """Read the page of a list of API v2 that a cursor names.

    A cursor is the last id of the page before, as the list's page tokens have it.

    Args:
        context: of the page tokens.
        read: returns a page for API v2's query.
        most: entries per page.
        position: name and type of the tokens' one member.

    Returns:
        the page, empty after the end, and API 1.1's cursors.
    """
    ((member, kind),) = position.items()
    cursor = call.query["cursor"]
    if cursor == 0:
        return {}, cursors()
    query: Item = {"max_results": min(call.query["count"], most)}
    if cursor > 0:
        query["pagination_token"] = encode_token(context, {member: kind(cursor)})
    body = read(query)
    last = decode_position(context, body["meta"].get("next_token"), **position)
    return body, cursors(int(last[member]) if last else 0)


def cursors(following: int = 0) -> Item:
    """Return the cursors of a page; the default ends the list."""
    return {
        "next_cursor": following,
        "next_cursor_str": str(following),
        "previous_cursor": 0,
        "previous_cursor_str": "0",
    }


def _ids_of(names: list[str]) -> dict[str, str]:
    return profiles.ids_of_usernames(one for one in names if len(one) <= _USERNAME_CHARS)
