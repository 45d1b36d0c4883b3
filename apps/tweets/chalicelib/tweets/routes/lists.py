"""X API v2: lists."""

from typing import Any

from chalicelib.tweets.lists import lists, membership, presentation, timeline
from chalicelib.tweets.posting import schemas
from chalicelib.tweets.routes import answers

from shared.auth.scopes import any_access, user_access
from shared.contracts.fields import LIST_QUERY, PAGE_TOKEN, TWEET_QUERY, USER_QUERY, max_results
from shared.contracts.schemas.responses import ONE_LIST, TWEET_PAGE, USER_PAGE, done
from shared.http.api import Api, Call

api = Api(__name__, "Lists")

_READ = any_access("list.read", "tweet.read", "users.read")
_WRITE = user_access("list.write", "tweet.read", "users.read")
_PAGE = {"max_results": max_results(1, 100, 100), "pagination_token": PAGE_TOKEN}


@api.endpoint(
    "POST",
    "/2/lists",
    access=user_access("list.read", "list.write", "tweet.read", "users.read"),
    summary="Create a list",
    answer=answers.NEW_LIST,
    status=201,
    body=schemas.CREATE_LIST,
    limit=300,
)
def create_list(call: Call) -> Any:
    """Create a list, private if you say so."""
    return {"data": lists.create(call.user_id, call.body)}


@api.endpoint(
    "GET",
    "/2/lists/{id}",
    access=_READ,
    summary="Get a list by ID",
    answer=ONE_LIST,
    query=LIST_QUERY,
    limit=75,
)
def get_list(call: Call) -> Any:
    """Return a list; private lists only to their owners."""
    return presentation.list_by_id(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "PUT",
    "/2/lists/{id}",
    access=_WRITE,
    summary="Update a list",
    answer=done(updated=True),
    body=schemas.UPDATE_LIST,
    limit=300,
)
def update_list(call: Call) -> Any:
    """Change the name, description or privacy of your list."""
    return {"data": lists.update(call.user_id, call.path_id("id"), call.body)}


@api.endpoint(
    "DELETE",
    "/2/lists/{id}",
    access=_WRITE,
    summary="Delete a list",
    answer=done(deleted=True),
    limit=300,
)
def delete_list(call: Call) -> Any:
    """Delete your list, with its members and followers."""
    return {"data": lists.delete(call.user_id, call.path_id("id"))}


@api.endpoint(
    "GET",
    "/2/lists/{id}/members",
    access=_READ,
    summary="Get a list's members",
    answer=USER_PAGE,
    query={**USER_QUERY, **_PAGE},
)
def get_list_members(call: Call) -> Any:
    """List the members of a list."""
    return presentation.users_of_list("member", call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "POST",
    "/2/lists/{id}/members",
    access=_WRITE,
    summary="Add a list member",
    answer=done(is_member=True),
    body=schemas.USER_ID,
    limit=300,
)
def add_list_member(call: Call) -> Any:
    """Add a user to your list."""
    user_id = call.body["user_id"]
    return {"data": membership.add_member(call.user_id, call.path_id("id"), user_id)}


@api.endpoint(
    "DELETE",
    "/2/lists/{id}/members/{user_id}",
    access=_WRITE,
    summary="Remove a list member",
    answer=done(is_member=False),
    limit=300,
)
def remove_list_member(call: Call) -> Any:
    """Remove a user from your list."""
    list_id, user_id = call.path_id("id"), call.path_id("user_id")
    return {"data": membership.remove_member(call.user_id, list_id, user_id)}


@api.endpoint(
    "GET",
    "/2/lists/{id}/followers",
    access=_READ,
    summary="Get a list's followers",
    answer=USER_PAGE,
    query={**USER_QUERY, **_PAGE},
)
def get_list_followers(call: Call) -> Any:
    """List the followers of a list."""
    return presentation.users_of_list("follower", call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/lists/{id}/tweets",
    access=_READ,
    summary="Get a list's tweets",
    answer=TWEET_PAGE,
    query={**TWEET_QUERY, **_PAGE},
)
def get_list_tweets(call: Call) -> Any:
    """List the latest tweets of a list's members."""
    return timeline.list_tweets(call.path_id("id"), call.query, call.viewer_id)
