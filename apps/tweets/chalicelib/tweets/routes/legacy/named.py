"""Lists and users as parameters of API 1.1 name them, and its cursors."""

from chalicelib.tweets.lists import lists, presentation

from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.base.legacy_errors import LegacyProblem, no_page
from shared.base.pagination import decode_position, encode_token
from shared.base.validation import Schema
from shared.contracts import legacy_objects, profiles
from shared.contracts.fields import ID
from shared.contracts.legacy_objects import LIST_QUERY
from shared.http.api import Call

NAME: Schema = {"type": "string", "maxLength": 100}
# How a list is named: by id, or by its owner and the name in its address.
WHICH: dict[str, Schema] = {
    "list_id": ID,
    "slug": NAME,
    "owner_screen_name": NAME,
    "owner_id": NAME,
}
WHO: dict[str, Schema] = {"user_id": NAME, "screen_name": NAME}
CURSOR: dict[str, Schema] = {
    "cursor": {
        "type": "integer",
        "default": -1,
        "description": "`next_cursor` of the page before; -1 begins.",
    },
    "count": {"type": "integer", "minimum": 1, "default": 20},
}
MOST = 100


def list_id(call: Call) -> str:
    """Return the id of the named list, which the caller may see.

    Of a slug, the owner's newest hundred lists are looked at.

    Raises:
        Problem: 404 when the caller cannot see it, 400 if none is named.
    """
    asked = call.query
    if named := asked.get("list_id"):
        lists.load_visible(call.viewer_id, named)
        return str(named)
    owner = {"user_id": asked.get("owner_id"), "screen_name": asked.get("owner_screen_name")}
    if "slug" not in asked or not any(owner.values()):
        raise LegacyProblem(400, 112, "You must specify either a list ID or a slug and owner.")
    query: Item = {**LIST_QUERY, "max_results": MOST}
    owner_id = _user_of(call, owner["user_id"], owner["screen_name"])
    found = legacy_objects.lists(
        presentation.lists_of_user("owner", owner_id, query, call.viewer_id)
    )
    for one in found:
        if one["slug"] == asked["slug"].lower():
            return str(one["id_str"])
    raise no_page()


def user_id(call: Call) -> str:
    """Return the id of the named user, or of the caller.

    Raises:
        Problem: 404 for an unknown name.
    """
    return _user_of(call, call.query.get("user_id"), call.query.get("screen_name"))


def user_ids(call: Call) -> list[str]:
    """Return the ids of up to a hundred named users, without unknown names."""
    names = [name.lstrip("@").lower() for name in call.query.get("screen_name", ())]
    known = profiles.ids_of_usernames(name for name in names if len(name) <= 15)
    found = [*call.query.get("user_id", ()), *(known[name] for name in names if name in known)]
    return list(dict.fromkeys(found))[:MOST]


def position(call: Call, context: str, member: str, kind: type) -> Item:
    """Return API v2's query for the page that a cursor names.

    Args:
        context: of the list's page tokens, whose position is ``member``, a ``kind``.
    """
    query: Item = {"max_results": min(call.query["count"], MOST)}
    if (cursor := call.query["cursor"]) > 0:
        query["pagination_token"] = encode_token(context, {member: kind(cursor)})
    return query


def cursors(context: str, body: Item, member: str, kind: type) -> Item:
    """Return the cursors of a page of API v2."""
    found = decode_position(context, body["meta"].get("next_token"), **{member: kind})
    return _cursors(int(found[member]) if found else 0)


def no_cursors() -> Item:
    """Return the cursors of a list that ends here."""
    return _cursors(0)


def _cursors(following: int) -> Item:
    return {
        "next_cursor": following,
        "next_cursor_str": str(following),
        "previous_cursor": 0,
        "previous_cursor_str": "0",
    }


def _user_of(call: Call, by_id: str | None, by_name: str | None) -> str:
    if by_id:
        return by_id
    name = (by_name or "").lstrip("@")
    if not name:
        return call.user_id
    found = profiles.ids_of_usernames([name]).get(name.lower()) if len(name) <= 15 else None
    if found is None:
        raise not_found("user", name)
    return found
