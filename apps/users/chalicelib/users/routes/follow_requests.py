"""Follow requests, for owners of protected accounts (not in X's API)."""

from typing import Any

from chalicelib.users.graph import follow_requests, listings

from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, USER_QUERY, max_results
from shared.contracts.schemas.responses import USER_PAGE, done
from shared.http.api import Api, Call

api = Api(__name__, "Follow requests")

_WRITE = user_access("follows.write", "users.read")


@api.endpoint(
    "GET",
    "/1/follow_requests",
    access=user_access("follows.read", "users.read"),
    summary="Get follow requests",
    answer=USER_PAGE,
    query={**USER_QUERY, "max_results": max_results(1, 1000, 100), "pagination_token": PAGE_TOKEN},
)
def get_follow_requests(call: Call) -> Any:
    """List the accounts that want to follow you."""
    return listings.list_requesters(call.user_id, call.query)


@api.endpoint(
    "POST",
    "/1/follow_requests/{id}/approve",
    access=_WRITE,
    summary="Approve a follow request",
    answer=done(approved=True),
)
def approve_follow_request(call: Call) -> Any:
    """Approve a follow request."""
    return {"data": follow_requests.approve(call.user_id, call.path_id("id"))}


@api.endpoint(
    "POST",
    "/1/follow_requests/{id}/deny",
    access=_WRITE,
    summary="Decline a follow request",
    answer=done(denied=True),
)
def deny_follow_request(call: Call) -> Any:
    """Decline a follow request; the account is not told."""
    return {"data": follow_requests.deny(call.user_id, call.path_id("id"))}
