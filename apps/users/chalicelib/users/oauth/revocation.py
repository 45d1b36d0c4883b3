"""Token revocation: RFC 7009, and X's ``invalidate_token``."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from chalicelib.users.oauth import grants, tokens
from chalicelib.users.oauth.server import oauth_request, server

from shared.auth import authentication
from shared.auth.authentication import OAUTH1_SESSION, Principal
from shared.base.errors import Problem, forbidden, invalid_request, unauthorized

_CONFIDENTIAL = ["client_secret_basic", "client_secret_post"]


def revoke(body: dict[str, str], headers: Mapping[str, str]) -> None:
    """End the session, or the app-only bearer, of the token in ``body``.

    A token of another client, or one that has ended, is left alone.

    Raises:
        Problem: 400 without a token, 401 for a client that cannot be authenticated.
    """
    token = body.get("token", "")
    if not token:
        raise invalid_request("token: required", token="")
    client = _client("/2/oauth2/revoke", body, headers, [*_CONFIDENTIAL, "none"])
    principal = None if token.count(".") == 1 else _principal(token)
    if principal is not None and principal.user_id is None:
        if principal.client_id == client.client_id:
            tokens.revoke_bearers(f"session:{principal.session_id}")
        return
    session_id = principal.session_id if principal else token.partition(".")[0]
    grant = grants.find_session(session_id, consistent=False)
    if grant is not None and grant.client_id == client.client_id:
        grants.end_session(session_id)


def invalidate_bearer(body: dict[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    """End one app-only bearer of the calling app.

    X's ``POST /oauth2/invalidate_token``.

    Raises:
        Problem: 400 without a token, 401 for an app that cannot be authenticated, 403
            for a token that is not a live bearer of the app.
    """
    token = body.get("access_token", "")
    if not token:
        raise invalid_request("access_token: required", access_token="")
    client = _client("/oauth2/invalidate_token", body, headers, _CONFIDENTIAL)
    principal = _principal(token)
    own = principal is not None and principal.client_id == client.client_id
    if principal is None or not own or principal.user_id is not None:
        raise forbidden("The token does not belong to this app.")
    tokens.revoke_bearers(f"session:{principal.session_id}")
    return {"access_token": token}


def invalidate_oauth1(principal: Principal | None) -> dict[str, str]:
    """End the OAuth 1.0a token that signed the request.

    X's ``POST /1.1/oauth/invalidate_token``.

    Raises:
        Problem: 403 for a request that is not signed with OAuth 1.0a.
    """
    if principal is None or not principal.session_id.startswith(OAUTH1_SESSION):
        raise forbidden("Sign the request with the OAuth 1.0a token to invalidate.")
    token = principal.session_id.removeprefix(OAUTH1_SESSION)
    grants.end_oauth1(token)
    return {"access_token": token}


def _client(path: str, body: dict[str, str], headers: Mapping[str, str], methods: list[str]) -> Any:
    try:
        request = oauth_request("POST", path, body, headers)
        return server().authenticate_client(request, methods, "revocation")
    except OAuth2Error as error:
        raise unauthorized("The client could not be authenticated.") from error


def _principal(token: str) -> Principal | None:
    try:
        return authentication.verify_token(token)
    except Problem:
        return None
