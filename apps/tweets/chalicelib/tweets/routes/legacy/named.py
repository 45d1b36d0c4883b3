"""Lists as parameters of API 1.1 name them."""

from chalicelib.tweets.lists import lists, presentation

from shared.aws.dynamo import Item
from shared.base.legacy_errors import LegacyProblem, no_page
from shared.base.validation import Schema
from shared.contracts import legacy_objects
from shared.contracts.fields import ID
from shared.contracts.legacy_objects import LIST_QUERY
from shared.http.api import Call
from shared.http.legacy import NAME, named_user

# How a list is named: by id, or by its owner and the name in its address.
WHICH: dict[str, Schema] = {
    "list_id": ID,
    "slug": NAME,
    "owner_screen_name": NAME,
    "owner_id": NAME,
}
_OWNER = ("owner_id", "owner_screen_name")
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
    if "slug" not in asked or not any(asked.get(one) for one in _OWNER):
        raise LegacyProblem(400, 112, "You must specify either a list ID or a slug and owner.")
    query: Item = {**LIST_QUERY, "max_results": MOST}
    owner_id = named_user(call, _OWNER)
    found = legacy_objects.lists(
        presentation.lists_of_user("owner", owner_id, query, call.viewer_id)
    )
    for one in found:
        if one["slug"] == asked["slug"].lower():
            return str(one["id_str"])
    raise no_page()
