"""Token revocation (RFC 7009): either token of a session ends the session."""

from collections.abc import Mapping

from authlib.oauth2 import OAuth2Error
from chalicelib.users import tokens
from chalicelib.users.models import Grant
from chalicelib.users.oauth_server import oauth_request, server

from shared import auth
from shared.errors import Problem, invalid_request, unauthorized


def revoke(body: dict[str, str], headers: Mapping[str, str]) -> None:
    """End the session of the token in ``body`` if it belongs to the calling client.

    Raises:
        Problem: 400 without a token, 401 when the client does not prove itself.
    """
    token = body.get("token", "")
    if not token:
        raise invalid_request("token: required", token="")
    request = oauth_request("POST", "/2/oauth2/revoke", body, headers)
    methods = ["client_secret_basic", "client_secret_post", "none"]
    try:
        client = server().authenticate_client(request, methods, "revocation")
    except OAuth2Error as error:
        raise unauthorized("The client could not be authenticated.") from error
    session_id = _session_of(token)
    if session_id is None:
        return
    try:
        grant = Grant.get(f"session#{session_id}")
    except Grant.DoesNotExist:
        return
    if grant.client_id == client.client_id:
        tokens.revoke_session(session_id)


def _session_of(token: str) -> str | None:
    if token.count(".") == 1:
        return token.partition(".")[0] or None
    try:
        return auth.verify_token(token).session_id
    except Problem:
        return None
