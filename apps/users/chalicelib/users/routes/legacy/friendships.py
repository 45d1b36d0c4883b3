"""X API 1.1: follow requests, and relations to many users."""

from typing import Any

from chalicelib.users.graph import listings
from chalicelib.users.profiles import directory
from chalicelib.users.routes.legacy import cursors

from shared.auth.scopes import user_access
from shared.aws.dynamo import Item
from shared.contracts.schemas.legacy import CONNECTIONS_V1, IDS_V1
from shared.http.api import Api, Call
from shared.http.legacy import WHOM, named_users

api = Api(__name__, "API 1.1")

_READ = user_access("follows.read", "tweet.read", "users.read")
# Words of API 1.1 for those of API v2.
_CONNECTIONS = {
    "following": "following",
    "follow_request_sent": "following_requested",
    "followed_by": "followed_by",
    "blocking": "blocking",
    "muting": "muting",
}


@api.endpoint(
    "GET",
    "/1.1/friendships/lookup.json",
    access=_READ,
    summary="Get your relations to users (API 1.1)",
    answer=CONNECTIONS_V1,
    query=WHOM,
    limit=15,
    legacy=True,
)
def lookup_friendships_v1(call: Call) -> Any:
    """Return your relations to up to 100 users, without unknown ones."""
    wanted = named_users(call)
    query: Item = {"user.fields": ["connection_status"]}
    found = directory.by_ids(wanted, query, call.user_id).get("data", []) if wanted else []
    return [_connection(one) for one in found]


@api.endpoint(
    "GET",
    "/1.1/friendships/incoming.json",
    access=_READ,
    summary="Get follow requests (API 1.1)",
    answer=IDS_V1,
    query=cursors.IDS_QUERY,
    limit=15,
    legacy=True,
)
def get_incoming_v1(call: Call) -> Any:
    """List the ids of the accounts that want to follow you."""
    me = call.user_id
    return cursors.ids(call, f"requesters:{me}", lambda query: listings.list_requesters(me, query))


@api.endpoint(
    "GET",
    "/1.1/friendships/outgoing.json",
    access=_READ,
    summary="Get your follow requests (API 1.1)",
    answer=IDS_V1,
    query=cursors.IDS_QUERY,
    limit=15,
    legacy=True,
)
def get_outgoing_v1(call: Call) -> Any:
    """List the ids of the protected accounts that you asked to follow."""
    me = call.user_id
    return cursors.ids(call, f"requested:{me}", lambda query: listings.list_requested(me, query))


def _connection(found: Item) -> Item:
    status = found.get("connection_status", ())
    told = [word for one, word in _CONNECTIONS.items() if one in status]
    return {
        "id": int(found["id"]),
        "id_str": found["id"],
        "name": found["name"],
        "screen_name": found["username"],
        "connections": told or ["none"],
    }
