"""X API 1.1: users, over the capabilities of API v2."""

from typing import Any

from chalicelib.users.accounts import accounts
from chalicelib.users.core import schemas
from chalicelib.users.profiles import directory

from shared.auth.scopes import any_access, user_access
from shared.base.errors import not_found
from shared.base.legacy_errors import LegacyProblem
from shared.base.validation import Schema, validate_body
from shared.contracts import legacy_objects, profiles
from shared.contracts.legacy_objects import USER_QUERY
from shared.contracts.schemas.legacy import USER_V1, USERS_V1
from shared.http.api import Api, Call
from shared.text.cleaning import clean_body

api = Api(__name__, "API 1.1")

_READ = any_access("tweet.read", "users.read")
_NAME: Schema = {"type": "string", "maxLength": 100}
# How a user is named: by id or by name.
WHO: dict[str, Schema] = {"user_id": _NAME, "screen_name": _NAME}
# Members of a profile, checked as in API v2: all texts here are lenient.
_EDITED = ("name", "description", "location", "url")
_NAMES: Schema = {"type": "array", "items": _NAME, "maxItems": 100}


def named_user(call: Call, prefix: str = "") -> str:
    """Return the id of the user whom ``user_id`` or ``screen_name`` names.

    Args:
        prefix: before both names, such as ``target_``.

    Raises:
        Problem: 404 for an unknown name, 400 if none is given.
    """
    user_id = call.query.get(f"{prefix}id" if prefix else "user_id")
    if user_id:
        return str(user_id)
    name = str(call.query.get(f"{prefix}screen_name", "")).lstrip("@")
    if not name:
        raise LegacyProblem(400, 38, "user_id or screen_name parameter is missing.")
    found = profiles.ids_of_usernames([name]).get(name.lower()) if len(name) <= 15 else None
    if found is None:
        raise not_found("user", name)
    return found


@api.endpoint(
    "GET",
    "/1.1/account/verify_credentials.json",
    access=user_access("users.read"),
    summary="Verify credentials (API 1.1)",
    answer=USER_V1,
    query={
        "include_entities": {"type": "boolean", "default": True},
        "include_email": {"type": "boolean"},
        "skip_status": {"type": "boolean", "description": "Tweets are never included."},
        "tweet_mode": {"type": "string", "maxLength": 20},
    },
    legacy=True,
)
def verify_credentials(call: Call) -> Any:
    """Return the authenticated user in the shape of API 1.1."""
    me = call.user_id
    found = directory.by_id(me, legacy_objects.USER_QUERY, me, parameter="id")["data"]
    shown = legacy_objects.user(found, entities=call.query["include_entities"])
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
    answer=USER_V1,
    query={**WHO, "include_entities": {"type": "boolean", "default": True}},
    legacy=True,
)
def show_user_v1(call: Call) -> Any:
    """Return a user by id or name in the shape of API 1.1."""
    user_id = named_user(call)
    found = directory.by_id(user_id, USER_QUERY, call.viewer_id, parameter="user_id")["data"]
    return legacy_objects.user(found, entities=call.query["include_entities"])


def _lookup(call: Call) -> Any:
    names = [name.lstrip("@") for name in call.query.get("screen_name", ())]
    known = profiles.ids_of_usernames(name for name in names if len(name) <= 15)
    wanted = [*call.query.get("user_id", ()), *(known.get(name.lower(), "") for name in names)]
    wanted = list(dict.fromkeys(one for one in wanted if one))[:100]
    found = directory.by_ids(wanted, USER_QUERY, call.viewer_id).get("data", []) if wanted else []
    if not found:
        raise LegacyProblem(404, 17, "No user matches for specified terms.")
    entities = call.query["include_entities"]
    return [legacy_objects.user(one, entities=entities) for one in found]


_LOOKUP_QUERY: dict[str, Schema] = {
    "user_id": _NAMES,
    "screen_name": _NAMES,
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
