"""X API 1.1: lists, over the capabilities of API v2."""

from typing import Any

from chalicelib.tweets.lists import lists, presentation, timeline
from chalicelib.tweets.posting import schemas
from chalicelib.tweets.routes.legacy import named
from chalicelib.tweets.routes.legacy.statuses import WINDOW, extended, window
from chalicelib.tweets.timelines.list_access import open_list

from shared.auth.scopes import any_access, user_access
from shared.aws.dynamo import Item
from shared.base.validation import Schema, validate_body
from shared.contracts import legacy_objects
from shared.contracts.legacy_objects import LIST_QUERY
from shared.contracts.schemas.legacy import LIST_PAGE_V1, LIST_V1, LISTS_V1, TWEETS_V1
from shared.http import legacy
from shared.http.api import Api, Call
from shared.text.cleaning import clean_body

api = Api(__name__, "API 1.1")

READ = any_access("list.read", "tweet.read", "users.read")
WRITE = user_access("list.read", "list.write", "tweet.read", "users.read")
_SETTINGS: dict[str, Schema] = {
    "name": legacy.NAME,
    "description": {"type": "string", "maxLength": 1000},
    "mode": {"type": "string", "enum": ["public", "private"]},
}
_OF_USER: dict[str, Schema] = {**legacy.WHO, **legacy.cursor_query(20)}


@api.endpoint(
    "POST",
    "/1.1/lists/create.json",
    access=WRITE,
    summary="Create a list (API 1.1)",
    answer=LIST_V1,
    query=_SETTINGS,
    required=("name",),
    limit=300,
    legacy=True,
)
def create_list_v1(call: Call) -> Any:
    """Create a list, private if `mode` says so; returns it."""
    made = lists.create(call.user_id, _body(call, schemas.CREATE_LIST))
    return shown(call, made["id"])


@api.endpoint(
    "POST",
    "/1.1/lists/update.json",
    access=WRITE,
    summary="Update a list (API 1.1)",
    answer=LIST_V1,
    query={**named.WHICH, **_SETTINGS},
    limit=300,
    legacy=True,
)
def update_list_v1(call: Call) -> Any:
    """Change name, description or mode of your list; returns it."""
    list_id = named.list_id(call)
    if body := _body(call, schemas.UPDATE_LIST):
        lists.update(call.user_id, list_id, body)
    return shown(call, list_id)


@api.endpoint(
    "POST",
    "/1.1/lists/destroy.json",
    access=WRITE,
    summary="Delete a list (API 1.1)",
    answer=LIST_V1,
    query=named.WHICH,
    limit=300,
    legacy=True,
)
def destroy_list_v1(call: Call) -> Any:
    """Delete your list; returns it as it was."""
    before = shown(call, named.list_id(call))
    lists.delete(call.user_id, before["id_str"])
    return before


@api.endpoint(
    "GET",
    "/1.1/lists/show.json",
    access=READ,
    summary="Get a list (API 1.1)",
    answer=LIST_V1,
    query=named.WHICH,
    limit=75,
    legacy=True,
)
def show_list_v1(call: Call) -> Any:
    """Return a list; private lists only to their owners."""
    return shown(call, named.list_id(call))


@api.endpoint(
    "GET",
    "/1.1/lists/list.json",
    access=READ,
    summary="Get all lists of a user (API 1.1)",
    answer=LISTS_V1,
    query={**legacy.WHO, "reverse": {"type": "boolean"}},
    limit=15,
    legacy=True,
)
def get_lists_v1(call: Call) -> Any:
    """List a user's followed and own lists; with `reverse` own ones first."""
    user_id = legacy.named_user(call, own=True)
    roles = ("owner", "follower") if call.query.get("reverse") else ("follower", "owner")
    query: Item = {**LIST_QUERY, "max_results": named.MOST}
    open_list(user_id, query, call.viewer_id)
    found = [
        one
        for role in roles
        for one in legacy_objects.lists(
            presentation.lists_of_user(role, user_id, query, call.viewer_id)
        )
    ]
    return list({one["id"]: one for one in found}.values())[: named.MOST]


@api.endpoint(
    "GET",
    "/1.1/lists/ownerships.json",
    access=READ,
    summary="Get a user's lists (API 1.1)",
    answer=LIST_PAGE_V1,
    query=_OF_USER,
    limit=15,
    legacy=True,
)
def get_ownerships_v1(call: Call) -> Any:
    """List the lists that a user owns, newest first."""
    return _page(call, "owner")


@api.endpoint(
    "GET",
    "/1.1/lists/memberships.json",
    access=READ,
    summary="Get the lists a user is on (API 1.1)",
    answer=LIST_PAGE_V1,
    query=_OF_USER,
    limit=75,
    legacy=True,
)
def get_memberships_v1(call: Call) -> Any:
    """List the lists that a user is a member of, newest first."""
    return _page(call, "member")


@api.endpoint(
    "GET",
    "/1.1/lists/subscriptions.json",
    access=READ,
    summary="Get the lists a user follows (API 1.1)",
    answer=LIST_PAGE_V1,
    query=_OF_USER,
    limit=15,
    legacy=True,
)
def get_subscriptions_v1(call: Call) -> Any:
    """List the lists that a user follows, newest first."""
    return _page(call, "follower")


@api.endpoint(
    "GET",
    "/1.1/lists/statuses.json",
    access=READ,
    summary="Get a list's tweets (API 1.1)",
    answer=TWEETS_V1,
    query={**WINDOW, **named.WHICH, "include_rts": {"type": "boolean", "default": True}},
    legacy=True,
)
def get_list_statuses_v1(call: Call) -> Any:
    """List the latest tweets of a list's members."""
    found = timeline.list_tweets(named.list_id(call), window(call), call.viewer_id)
    shown_tweets = legacy_objects.tweets(found, extended=extended(call))
    if call.query["include_rts"]:
        return shown_tweets
    return [one for one in shown_tweets if "retweeted_status" not in one]


def shown(call: Call, list_id: str) -> Item:
    """Return a list that the caller may see.

    Raises:
        Problem: 404 when the caller cannot see it.
    """
    return legacy_objects.lists(presentation.list_by_id(list_id, LIST_QUERY, call.viewer_id))[0]


def _body(call: Call, schema: Schema) -> Item:
    """Return the settings of a list in the form of API v2.

    Raises:
        Problem: 400 for a name or a description that is too long.
    """
    asked = call.query
    given: Item = {name: asked[name] for name in ("name", "description") if name in asked}
    if "mode" in asked:
        given["private"] = asked["mode"] == "private"
    return dict(clean_body(schema, validate_body(schema, given))) if given else {}


def _page(call: Call, role: str) -> Item:
    user_id = legacy.named_user(call, own=True)
    context = f"lists:{role}:{user_id}"
    open_list(user_id, LIST_QUERY, call.viewer_id)

    def read(query: Item) -> Item:
        asked = {**LIST_QUERY, **query}
        return presentation.lists_of_user(role, user_id, asked, call.viewer_id)

    body, cursors = legacy.page(call, context, read, named.MOST, below=int)
    return {"lists": legacy_objects.lists(body), **cursors}
