"""X API v2: mutes."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.graph import listings, mutes

from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, USER_QUERY, max_results
from shared.contracts.schemas.responses import USER_PAGE, done
from shared.http.api import Api, Call

api = Api(__name__, "Mutes")

_WRITE = user_access("mute.write", "tweet.read", "users.read")


@api.endpoint(
    "GET",
    "/2/users/{id}/muting",
    access=user_access("mute.read", "tweet.read", "users.read"),
    summary="Get muted accounts",
    answer=USER_PAGE,
    query={**USER_QUERY, "max_results": max_results(1, 1000, 100), "pagination_token": PAGE_TOKEN},
    limit=15,
)
def get_muting(call: Call) -> Any:
    """List the accounts that you mute."""
    return listings.list_muted(call.require_self(), call.query)


@api.endpoint(
    "POST",
    "/2/users/{id}/muting",
    access=_WRITE,
    summary="Mute a user",
    answer=done(muting=True),
    body=schemas.TARGET,
    limit=50,
)
def mute_user(call: Call) -> Any:
    """Mute a user: your timelines leave their tweets out."""
    return {"data": mutes.mute(call.require_self(), call.body["target_user_id"])}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/muting/{target_user_id}",
    access=_WRITE,
    summary="Unmute a user",
    answer=done(muting=False),
    limit=50,
)
def unmute_user(call: Call) -> Any:
    """Unmute a user."""
    return {"data": mutes.unmute(call.require_self(), call.path_id("target_user_id"))}
