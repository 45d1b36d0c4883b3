"""X API 1.1: blocks and mutes, over the capabilities of API v2."""

from typing import Any

from chalicelib.users.graph import blocks, listings, mutes
from chalicelib.users.routes.legacy import cursors
from chalicelib.users.routes.legacy.users import shown

from shared.auth.scopes import user_access
from shared.aws.dynamo import Item
from shared.contracts.schemas.legacy import IDS_V1, USER_PAGE_V1, USER_V1
from shared.http.api import Api, Call
from shared.http.legacy import WHO, named_user

api = Api(__name__, "API 1.1")

_BLOCK = user_access("block.write", "tweet.read", "users.read")
_BLOCKED = user_access("block.read", "tweet.read", "users.read")
_MUTE = user_access("mute.write", "tweet.read", "users.read")
_MUTED = user_access("mute.read", "tweet.read", "users.read")


@api.endpoint(
    "POST",
    "/1.1/blocks/create.json",
    access=_BLOCK,
    summary="Block a user (API 1.1)",
    answer=USER_V1,
    query=WHO,
    limit=50,
    legacy=True,
)
def create_block_v1(call: Call) -> Any:
    """Block a user; returns the user."""
    before = _named(call)
    blocks.block(call.user_id, before["id_str"])
    return {**before, "following": False, "follow_request_sent": False}


@api.endpoint(
    "POST",
    "/1.1/blocks/destroy.json",
    access=_BLOCK,
    summary="Unblock a user (API 1.1)",
    answer=USER_V1,
    query=WHO,
    limit=50,
    legacy=True,
)
def destroy_block_v1(call: Call) -> Any:
    """Unblock a user; returns the user."""
    before = _named(call)
    blocks.unblock(call.user_id, before["id_str"])
    return before


@api.endpoint(
    "GET",
    "/1.1/blocks/list.json",
    access=_BLOCKED,
    summary="Get blocked accounts (API 1.1)",
    answer=USER_PAGE_V1,
    query=cursors.USERS_QUERY,
    limit=15,
    legacy=True,
)
def get_blocks_v1(call: Call) -> Any:
    """List the accounts that you block."""
    me = call.user_id
    return cursors.users(call, f"blocked:{me}", lambda query: listings.list_blocked(me, query))


@api.endpoint(
    "GET",
    "/1.1/blocks/ids.json",
    access=_BLOCKED,
    summary="Get the ids of blocked accounts (API 1.1)",
    answer=IDS_V1,
    query=cursors.IDS_QUERY,
    limit=15,
    legacy=True,
)
def get_block_ids_v1(call: Call) -> Any:
    """List the ids of the accounts that you block."""
    me = call.user_id
    return cursors.ids(call, f"blocked:{me}", lambda query: listings.list_blocked(me, query))


@api.endpoint(
    "POST",
    "/1.1/mutes/users/create.json",
    access=_MUTE,
    summary="Mute a user (API 1.1)",
    answer=USER_V1,
    query=WHO,
    limit=50,
    legacy=True,
)
def create_mute_v1(call: Call) -> Any:
    """Mute a user; returns the user."""
    before = _named(call)
    mutes.mute(call.user_id, before["id_str"])
    return before


@api.endpoint(
    "POST",
    "/1.1/mutes/users/destroy.json",
    access=_MUTE,
    summary="Unmute a user (API 1.1)",
    answer=USER_V1,
    query=WHO,
    limit=50,
    legacy=True,
)
def destroy_mute_v1(call: Call) -> Any:
    """Unmute a user; returns the user."""
    before = _named(call)
    mutes.unmute(call.user_id, before["id_str"])
    return before


@api.endpoint(
    "GET",
    "/1.1/mutes/users/list.json",
    access=_MUTED,
    summary="Get muted accounts (API 1.1)",
    answer=USER_PAGE_V1,
    query=cursors.USERS_QUERY,
    limit=15,
    legacy=True,
)
def get_mutes_v1(call: Call) -> Any:
    """List the accounts that you mute."""
    me = call.user_id
    return cursors.users(call, f"muted:{me}", lambda query: listings.list_muted(me, query))


@api.endpoint(
    "GET",
    "/1.1/mutes/users/ids.json",
    access=_MUTED,
    summary="Get the ids of muted accounts (API 1.1)",
    answer=IDS_V1,
    query=cursors.IDS_QUERY,
    limit=15,
    legacy=True,
)
def get_mute_ids_v1(call: Call) -> Any:
    """List the ids of the accounts that you mute."""
    me = call.user_id
    return cursors.ids(call, f"muted:{me}", lambda query: listings.list_muted(me, query))


def _named(call: Call) -> Item:
    """Return the named user, before the change: a refusal changes nothing."""
    return shown(call, named_user(call))
