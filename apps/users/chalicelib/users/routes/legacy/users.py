"""X API 1.1: users, over the capabilities of API v2."""

from typing import Any

from chalicelib.users.accounts import accounts
from chalicelib.users.core import schemas
from chalicelib.users.profiles import directory, pictures, search

from shared.auth.scopes import any_access, user_access
from shared.aws.dynamo import Item
from shared.base.legacy_errors import LegacyProblem, no_page
from shared.base.validation import Schema, validate_body
from shared.contracts import legacy_objects
from shared.contracts.legacy_objects import STATUS_QUERY, USER_QUERY
from shared.contracts.schemas.legacy import BANNER_V1, PROFILE_V1, USER_V1, USERS_V1
from shared.http.api import Api, Call
from shared.http.legacy import WHO, WHOM, named_user, named_users
from shared.text.cleaning import clean_body

api = Api(__name__, "API 1.1")

_READ = any_access("tweet.read", "users.read")
# X's older names of a banner's sizes, with the ones nearest to them that there are.
_OLDER_SIZES = {
    "web": "600x200",
    "mobile": "300x100",
    "ipad": "600x200",
    "web_retina": "1500x500",
    "mobile_retina": "600x200",
    "ipad_retina": "1500x500",
}
# Members of a profile, checked as in API v2: all texts here are lenient.
_EDITED = ("name", "description", "location", "url")
# Each page is reached through those before it.
_SEARCH_PAGES = 5
_PROFILE: dict[str, Schema] = {
    "include_entities": {"type": "boolean", "default": True},
    "skip_status": {"type": "boolean", "description": "Leave out the latest tweet."},
    "tweet_mode": {"type": "string", "maxLength": 20},
}


def shown(call: Call, user_id: str) -> Item:
    """Return a user as the caller sees them.

    Raises:
        Problem: 404 for an unknown user, 403 for a suspended account.
    """
    body = directory.by_id(user_id, USER_QUERY, call.viewer_id, parameter="user_id")
    return legacy_objects.user(body["data"])


def _profile(call: Call, user_id: str, parameter: str) -> Item:
    """Return a user with their latest tweet, unless it is not wanted.

    Raises:
        Problem: 404 for an unknown user, 403 for a suspended account.
    """
    query = USER_QUERY if call.query.get("skip_status") else STATUS_QUERY
    body = directory.by_id(user_id, query, call.viewer_id, parameter=parameter)
    extended = call.query.get("tweet_mode") == "extended"
    entities = call.query["include_entities"]
    user = legacy_objects.user(body["data"], entities=entities)
    return user | legacy_objects.latest(body, extended=extended)


@api.endpoint(
    "GET",
    "/1.1/account/verify_credentials.json",
    access=user_access("users.read"),
    summary="Verify credentials (API 1.1)",
    answer=PROFILE_V1,
    query={**_PROFILE, "include_email": {"type": "boolean"}},
    legacy=True,
)
def verify_credentials(call: Call) -> Any:
    """Return the authenticated user in the shape of API 1.1."""
    me = call.user_id
    shown = _profile(call, me, "id")
    may_know = call.principal is not None and "users.email" in call.principal.scopes
    if may_know and call.query.get("include_email"):
        account = accounts.get_account(me)
        if account is not None and account.email_verified:
            shown["email"] = account.email
    return shown


@api.endpoint(
    "POST",
    "/1.1/account/update_profile.json",
    access=user_access("profile.write", "users.read"),
    summary="Update the profile (API 1.1)",
    answer=USER_V1,
    query={
        **{name: {"type": "string", "maxLength": 1000} for name in _EDITED},
        "include_entities": {"type": "boolean", "default": True},
    },
    limit=50,
    legacy=True,
)
def update_profile_v1(call: Call) -> Any:
    """Update name, description, location and address; colours are ignored."""
    given = {name: call.query[name] for name in _EDITED if name in call.query}
    if given:
        checked = validate_body(schemas.UPDATE_PROFILE, given)
        accounts.update_profile(call.user_id, clean_body(schemas.UPDATE_PROFILE, checked))
    found = directory.by_id(call.user_id, USER_QUERY, call.user_id, parameter="id")["data"]
    return legacy_objects.user(found, entities=call.query["include_entities"])


@api.endpoint(
    "GET",
    "/1.1/users/show.json",
    access=_READ,
    summary="Get a user (API 1.1)",
    answer=PROFILE_V1,
    query={**WHO, **_PROFILE},
    legacy=True,
)
def show_user_v1(call: Call) -> Any:
    """Return a user by id or name in the shape of API 1.1."""
    return _profile(call, named_user(call), "user_id")


def _lookup(call: Call) -> Any:
    wanted = named_users(call)
    found = directory.by_ids(wanted, USER_QUERY, call.viewer_id).get("data", []) if wanted else []
    if not found:
        raise LegacyProblem(404, 17, "No user matches for specified terms.")
    entities = call.query["include_entities"]
    return [legacy_objects.user(one, entities=entities) for one in found]


_LOOKUP_QUERY: dict[str, Schema] = {
    **WHOM,
    "include_entities": {"type": "boolean", "default": True},
}


@api.endpoint(
    "GET",
    "/1.1/users/lookup.json",
    access=_READ,
    summary="Get users (API 1.1)",
    answer=USERS_V1,
    query=_LOOKUP_QUERY,
    legacy=True,
)
def lookup_users_v1(call: Call) -> Any:
    """Return up to 100 users by ids or names; unknown ones are left out."""
    return _lookup(call)


@api.endpoint(
    "POST",
    "/1.1/users/lookup.json",
    access=_READ,
    summary="Get users with a form (API 1.1)",
    answer=USERS_V1,
    query=_LOOKUP_QUERY,
    legacy=True,
)
def post_users_lookup_v1(call: Call) -> Any:
    """Return up to 100 users, as the GET; for long lists of names."""
    return _lookup(call)


@api.endpoint(
    "GET",
    "/1.1/users/search.json",
    access=user_access("tweet.read", "users.read"),
    summary="Search users (API 1.1)",
    answer=USERS_V1,
    query={
        "q": {"type": "string", "minLength": 1, "maxLength": 50},
        "page": {"type": "integer", "minimum": 1, "maximum": _SEARCH_PAGES, "default": 1},
        "count": {"type": "integer", "minimum": 1, "default": 20},
        "include_entities": {"type": "boolean", "default": True},
    },
    required=("q",),
    legacy=True,
)
def search_users_v1(call: Call) -> Any:
    """List users whose names start with the words of `q`; at most 20 per page."""
    asked = call.query
    query: Item = {**USER_QUERY, "query": asked["q"], "max_results": min(asked["count"], 20)}
    found: Item = {}
    for page in range(asked["page"]):
        if page and query["next_token"] is None:
            return []
        found = search.find(query, call.user_id)
        query["next_token"] = found["meta"].get("next_token")
    entities = asked["include_entities"]
    return [legacy_objects.user(one, entities=entities) for one in found.get("data", ())]


@api.endpoint(
    "GET",
    "/1.1/users/profile_banner.json",
    access=_READ,
    summary="Get the sizes of a banner (API 1.1)",
    answer=BANNER_V1,
    query=WHO,
    legacy=True,
)
def get_profile_banner_v1(call: Call) -> Any:
    """Return the addresses of a banner in all sizes, with X's older names."""
    address = shown(call, named_user(call)).get("profile_banner_url")
    if address is None:
        raise no_page()
    sizes = {
        one.name: {"w": one.width, "h": one.height, "url": f"{address}/{one.name}"}
        for one in pictures.BANNER.variants
        if one.name
    }
    return {"sizes": sizes | {name: sizes[size] for name, size in _OLDER_SIZES.items()}}
