"""X API v2: lists that a user owns, is on, follows or has pinned."""

from typing import Any

from chalicelib.tweets.lists import membership, presentation
from chalicelib.tweets.posting import schemas
from chalicelib.tweets.timelines.list_access import open_list

from shared.auth.scopes import any_access, user_access
from shared.contracts.fields import LIST_QUERY, PAGE_TOKEN, max_results
from shared.contracts.schemas.responses import LIST_PAGE, done
from shared.http.api import Api, Call

api = Api(__name__, "Lists")

_READ = any_access("list.read", "tweet.read", "users.read")
_WRITE = user_access("list.write", "tweet.read", "users.read")
_PAGE = {**LIST_QUERY, "max_results": max_results(1, 100, 100), "pagination_token": PAGE_TOKEN}
# Nobody pins more; X's answer has no pages.
_MAX_PINNED = 100


@api.endpoint(
    "GET",
    "/2/users/{id}/owned_lists",
    access=_READ,
    summary="Get a user's lists",
    answer=LIST_PAGE,
    query=_PAGE,
    limit=15,
    own_limit=300,
)
def get_owned_lists(call: Call) -> Any:
    """List the lists that a user owns, newest first."""
    return _lists(call, "owner")


@api.endpoint(
    "GET",
    "/2/users/{id}/list_memberships",
    access=_READ,
    summary="Get the lists a user is on",
    answer=LIST_PAGE,
    query=_PAGE,
    limit=75,
)
def get_list_memberships(call: Call) -> Any:
    """List the lists that a user is a member of, newest first."""
    return _lists(call, "member")


@api.endpoint(
    "GET",
    "/2/users/{id}/followed_lists",
    access=_READ,
    summary="Get the lists a user follows",
    answer=LIST_PAGE,
    query=_PAGE,
)
def get_followed_lists(call: Call) -> Any:
    """List the lists that a user follows, newest first."""
    return _lists(call, "follower")


@api.endpoint(
    "POST",
    "/2/users/{id}/followed_lists",
    access=_WRITE,
    summary="Follow a list",
    answer=done(following=True),
    body=schemas.LIST_ID,
    limit=50,
)
def follow_list(call: Call) -> Any:
    """Follow a list."""
    return {"data": membership.follow(call.require_self(), call.body["list_id"])}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/followed_lists/{list_id}",
    access=_WRITE,
    summary="Unfollow a list",
    answer=done(following=False),
    limit=50,
)
def unfollow_list(call: Call) -> Any:
    """Unfollow a list."""
    return {"data": membership.unfollow(call.require_self(), call.path_id("list_id"))}


@api.endpoint(
    "GET",
    "/2/users/{id}/pinned_lists",
    access=user_access("list.read", "tweet.read", "users.read"),
    summary="Get pinned lists",
    answer=LIST_PAGE,
    query=LIST_QUERY,
    limit=15,
    own_limit=300,
)
def get_pinned_lists(call: Call) -> Any:
    """List all of your pinned lists."""
    user_id = call.require_self()
    query = {**call.query, "max_results": _MAX_PINNED}
    return presentation.lists_of_user("pin", user_id, query, user_id)


@api.endpoint(
    "POST",
    "/2/users/{id}/pinned_lists",
    access=_WRITE,
    summary="Pin a list",
    answer=done(pinned=True),
    body=schemas.LIST_ID,
    limit=50,
)
def pin_list(call: Call) -> Any:
    """Pin a list."""
    return {"data": membership.pin(call.require_self(), call.body["list_id"])}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/pinned_lists/{list_id}",
    access=_WRITE,
    summary="Unpin a list",
    answer=done(pinned=False),
    limit=50,
)
def unpin_list(call: Call) -> Any:
    """Unpin a list."""
    return {"data": membership.unpin(call.require_self(), call.path_id("list_id"))}


def _lists(call: Call, role: str) -> Any:
    user_id = call.path_id("id")
    open_list(user_id, call.query, call.viewer_id)
    return presentation.lists_of_user(role, user_id, call.query, call.viewer_id)
