"""Token introspection (RFC 7662) of a confidential client's own tokens."""

import hmac
from collections.abc import Mapping

from authlib.oauth2 import OAuth2Error
from chalicelib.users.oauth import grants, tokens
from chalicelib.users.oauth.server import oauth_request, server

from shared.auth import authentication
from shared.aws.dynamo import Item
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import Problem, invalid_request, unauthorized

PATH = "/2/oauth2/introspect"
_INACTIVE: Item = {"active": False}


def introspect(body: dict[str, str], headers: Mapping[str, str]) -> Item:
    """Describe a token.

    Unknown, expired or foreign tokens are reported as inactive.

    Raises:
        Problem: 400 without a token, 401 for a client that cannot be authenticated.
    """
    token = body.get("token", "")
    if not token:
        raise invalid_request("token: required", token="")
    request = oauth_request("POST", PATH, body, headers)
    try:
        client = server().authenticate_client(
            request, ["client_secret_basic", "client_secret_post"], "introspection"
        )
    except OAuth2Error as error:
        raise unauthorized("The client could not be authenticated.") from error
    described = _refresh_token(token) if token.count(".") == 1 else _access_token(token)
    if described is None or described["client_id"] != client.client_id:
        return _INACTIVE
    return {"active": True, "iss": settings().public_url, **described}


def _access_token(token: str) -> Item | None:
    try:
        principal = authentication.verify_token(token)
    except Problem:
        return None
    return {
        "token_type": "bearer",
        "client_id": principal.client_id,
        "sub": principal.user_id or principal.client_id,
        "scope": " ".join(sorted(principal.scopes)),
        "aud": authentication.AUDIENCE,
        "iat": principal.issued_at,
        "exp": principal.expires_at,
        "jti": str(principal.claims.get("jti", "")),
    }


def _refresh_token(token: str) -> Item | None:
    session_id, _, secret = token.partition(".")
    grant = grants.find_session(session_id)
    if grant is None:
        return None
    right = hmac.compare_digest(grant.refresh_digest or "", tokens.digest(secret))
    if not right or grant.expires_at <= now_seconds() or not tokens.is_alive(grant):
        return None
    return {
        "token_type": "refresh_token",
        "client_id": grant.client_id,
        "sub": grant.user_id,
        "scope": grant.scope,
        "iat": int(grant.created_at) // 1000,
        "exp": int(grant.expires_at),
    }
