"""X API v2: follows; and notifications of tweets."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.graph import follows, listings

from shared.auth.scopes import any_access, user_access
from shared.contracts.fields import PAGE_TOKEN, USER_QUERY, max_results
from shared.contracts.schemas.responses import USER_PAGE, done, told
from shared.http.api import Api, Call

api = Api(__name__, "Follows")

_WRITE = user_access("follows.write", "tweet.read", "users.read")
_READ = any_access("follows.read", "tweet.read", "users.read")
_PAGE = {**USER_QUERY, "max_results": max_results(1, 1000, 100), "pagination_token": PAGE_TOKEN}


@api.endpoint(
    "POST",
    "/2/users/{id}/following",
    access=_WRITE,
    summary="Follow a user",
    answer=told("following", "pending_follow"),
    body=schemas.TARGET,
    limit=50,
)
def follow_user(call: Call) -> Any:
    """Follow a user, or send a request to a protected account."""
    return {"data": follows.follow(call.require_self(), call.body["target_user_id"])}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/following/{target_user_id}",
    access=_WRITE,
    summary="Unfollow a user",
    answer=done(following=False),
    limit=50,
)
def unfollow_user(call: Call) -> Any:
    """Unfollow a user, or withdraw your request."""
    return {"data": follows.unfollow(call.require_self(), call.path_id("target_user_id"))}


@api.endpoint(
    "GET",
    "/2/users/{id}/following",
    access=_READ,
    summary="Get the accounts a user follows",
    answer=USER_PAGE,
    query=_PAGE,
    limit=300,
)
def get_following(call: Call) -> Any:
    """List the accounts that a user follows."""
    return listings.list_following(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/users/{id}/followers",
    access=_READ,
    summary="Get a user's followers",
    answer=USER_PAGE,
    query=_PAGE,
    limit=300,
)
def get_followers(call: Call) -> Any:
    """List the followers of a user."""
    return listings.list_followers(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/1/follows/{target_user_id}/notify",
    access=user_access("follows.read", "users.read"),
    summary="Get post notifications for a user",
    answer=told("notify"),
)
def get_notify(call: Call) -> Any:
    """Return whether you are notified of every tweet of a user."""
    return {"data": follows.get_notify(call.user_id, call.path_id("target_user_id"))}


@api.endpoint(
    "PUT",
    "/1/follows/{target_user_id}/notify",
    access=user_access("follows.write", "users.read"),
    summary="Turn post notifications for a user on or off",
    answer=told("notify"),
    body=schemas.NOTIFY,
)
def set_notify(call: Call) -> Any:
    """Turn notifications of every tweet of a user on or off.

    They end when you unfollow the user.
    """
    target_id = call.path_id("target_user_id")
    return {"data": follows.set_notify(call.user_id, target_id, call.body["enabled"])}
