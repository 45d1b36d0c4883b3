"""``/1/api_keys``: keys of outside callers."""

from typing import Any

from chalicelib.notifications.access import api_keys
from chalicelib.notifications.routes import answers
from chalicelib.notifications.routes.bodies import closed

from shared.auth.scopes import KEY_ADMIN, KEY_SCOPES, user_access
from shared.base.answers import NO_BODY
from shared.base.errors import forbidden
from shared.http.api import Api, Call
from shared.text.cleaning import LINE

api = Api(__name__, "API keys")

PERMISSION = "notifications.manage"
_MANAGE = user_access("moderation.write", keys=(KEY_ADMIN,))


def _require_manager(call: Call) -> None:
    """Check that the caller may manage keys.

    Raises:
        Problem: 403 for everybody else.
    """
    if call.principal is None or not call.principal.may(PERMISSION):
        raise forbidden("Only administrators manage API keys.")


@api.endpoint(
    "POST",
    "/1/api_keys",
    access=_MANAGE,
    summary="Create an API key",
    answer=answers.SECRET,
    status=201,
    limit=100,
    body=closed(
        {
            "name": {"type": "string", "x-text": LINE, "minLength": 1, "maxLength": 100},
            "scopes": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "maxItems": len(KEY_SCOPES),
                "items": {"enum": sorted(KEY_SCOPES)},
            },
        },
        ("name", "scopes"),
    ),
)
def create_key(call: Call) -> dict[str, Any]:
    """Create a key for an outside caller.

    The answer is the only time that the key is shown. Its holder sends it as
    `Authorization: Bearer rk_…`, and has contacts and topics of its own.
    """
    _require_manager(call)
    return {"data": api_keys.create(call.body["name"], call.body["scopes"])}


@api.endpoint(
    "GET",
    "/1/api_keys",
    access=_MANAGE,
    summary="List API keys",
    answer=answers.API_KEYS,
)
def list_keys(call: Call) -> dict[str, Any]:
    """List all keys without their secrets, also revoked ones."""
    _require_manager(call)
    return {"data": api_keys.listing()}


@api.endpoint(
    "POST",
    "/1/api_keys/{id}/rotate",
    access=_MANAGE,
    summary="Rotate an API key",
    answer=answers.SECRET,
    limit=100,
    body=closed({"overlap_seconds": {"type": "integer", "minimum": 0, "maximum": 86_400}}),
)
def rotate_key(call: Call) -> dict[str, Any]:
    """Give a key another secret, shown once; the old one may hold for a while."""
    _require_manager(call)
    return {"data": api_keys.rotate(call.path["id"], call.body.get("overlap_seconds", 0))}


@api.endpoint(
    "DELETE",
    "/1/api_keys/{id}",
    access=_MANAGE,
    summary="Revoke an API key",
    answer=NO_BODY,
    status=204,
)
def revoke_key(call: Call) -> None:
    """Revoke a key; it writes for a second at most, and reads for ten."""
    _require_manager(call)
    api_keys.revoke(call.path["id"])
