"""X API v2: user lookup and search."""

from typing import Any

from chalicelib.users.accounts import accounts
from chalicelib.users.core import activity
from chalicelib.users.core.schemas import USERNAME
from chalicelib.users.profiles import directory, popular, search

from shared.auth.scopes import any_access, user_access
from shared.base.errors import missing_resource
from shared.contracts import profiles
from shared.contracts.fields import PAGE_TOKEN, USER_QUERY, chosen, ids, max_results
from shared.contracts.schemas.responses import ONE_USER, USER_PAGE, USERS
from shared.http.api import Api, Call

api = Api(__name__, "Users")

_READ = any_access("tweet.read", "users.read")


@api.endpoint(
    "GET",
    "/2/users/me",
    access=user_access("tweet.read", "users.read"),
    summary="Get the authenticated user",
    answer=ONE_USER,
    query=USER_QUERY,
)
def get_me(call: Call) -> Any:
    """Return the user that the token acts for."""
    me = call.user_id
    activity.record(me)
    body = directory.by_id(me, call.query, me, parameter="id")
    may_know = call.principal is not None and "users.email" in call.principal.scopes
    if may_know and "confirmed_email" in chosen(call.query, "user"):
        account = accounts.get_account(me)
        if account is not None and account.email_verified:
            body["data"]["confirmed_email"] = account.email
    return body


@api.endpoint(
    "GET",
    "/2/users/search",
    access=user_access("tweet.read", "users.read"),
    summary="Search users",
    answer=USER_PAGE,
    query={
        **USER_QUERY,
        "query": {
            "type": "string",
            "minLength": 1,
            "maxLength": 50,
            "description": "Beginnings of words of a name or username.",
        },
        "max_results": max_results(1, 1000, 100),
        "next_token": PAGE_TOKEN,
    },
    required=("query",),
)
def search_users(call: Call) -> Any:
    """List users whose names start with the words of the query."""
    return search.find(call.query, call.user_id)


@api.endpoint(
    "GET",
    "/1/users/suggestions",
    access=user_access("tweet.read", "users.read"),
    summary="Suggest users to follow",
    answer=USER_PAGE,
    query={**USER_QUERY, "max_results": max_results(1, 50, 10)},
)
def suggest_users(call: Call) -> Any:
    """List much followed accounts that you neither follow, block nor mute."""
    return popular.suggest(call.query, call.user_id)


@api.endpoint(
    "GET",
    "/2/users/{id}",
    access=_READ,
    summary="Get a user by ID",
    answer=ONE_USER,
    query=USER_QUERY,
)
def get_user(call: Call) -> Any:
    """Return a user."""
    user_id = call.path_id("id")
    return directory.by_id(user_id, call.query, call.viewer_id, parameter="id")


@api.endpoint(
    "GET",
    "/2/users",
    access=_READ,
    summary="Get users by IDs",
    answer=USERS,
    query={**USER_QUERY, "ids": ids()},
    required=("ids",),
)
def get_users(call: Call) -> Any:
    """Return up to 100 users; `errors` name the missing ones."""
    return directory.by_ids(call.query["ids"], call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/users/by/username/{username}",
    access=_READ,
    summary="Get a user by username",
    answer=ONE_USER,
    query=USER_QUERY,
)
def get_user_by_username(call: Call) -> Any:
    """Return a user."""
    return directory.by_username(call.path["username"], call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/users/by",
    access=_READ,
    summary="Get users by usernames",
    answer=USERS,
    query={
        **USER_QUERY,
        "usernames": {
            "type": "array",
            "items": USERNAME,
            "minItems": 1,
            "maxItems": 100,
            "description": "Usernames without @, separated by commas, at most 100.",
        },
    },
    required=("usernames",),
)
def get_users_by_usernames(call: Call) -> Any:
    """Return up to 100 users; `errors` name the missing ones."""
    names: list[str] = call.query["usernames"]
    found = profiles.ids_of_usernames(names)
    shown = {found[name.lower()]: name for name in names if name.lower() in found}
    body = directory.by_ids(
        list(shown), call.query, call.viewer_id, names=shown, parameter="usernames"
    )
    errors = [
        missing_resource("user", name, "usernames") for name in names if name.lower() not in found
    ]
    if errors:
        body["errors"] = [*body.get("errors", ()), *errors]
    return body
