"""X API v2: blocks."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.graph import blocks, listings

from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, USER_QUERY, max_results
from shared.contracts.schemas.responses import USER_PAGE, done
from shared.http.api import Api, Call

api = Api(__name__, "Blocks")

_WRITE = user_access("block.write", "tweet.read", "users.read")


@api.endpoint(
    "GET",
    "/2/users/{id}/blocking",
    access=user_access("block.read", "tweet.read", "users.read"),
    summary="Get blocked accounts",
    answer=USER_PAGE,
    query={**USER_QUERY, "max_results": max_results(1, 1000, 100), "pagination_token": PAGE_TOKEN},
    limit=15,
)
def get_blocking(call: Call) -> Any:
    """List the accounts that you block."""
    return listings.list_blocked(call.require_self(), call.query)


@api.endpoint(
    "POST",
    "/2/users/{id}/blocking",
    access=_WRITE,
    summary="Block a user",
    answer=done(blocking=True),
    body=schemas.TARGET,
    limit=50,
)
def block_user(call: Call) -> Any:
    """Block a user; you no longer follow each other."""
    return {"data": blocks.block(call.require_self(), call.body["target_user_id"])}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/blocking/{target_user_id}",
    access=_WRITE,
    summary="Unblock a user",
    answer=done(blocking=False),
    limit=50,
)
def unblock_user(call: Call) -> Any:
    """Unblock a user; follows do not come back."""
    return {"data": blocks.unblock(call.require_self(), call.path_id("target_user_id"))}
