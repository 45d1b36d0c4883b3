"""OAuth 2.0 endpoints, at X's addresses."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.routes import answers_oauth as answers

from shared.auth.scopes import GRANTABLE_SCOPES, PUBLIC, user_access
from shared.auth.signing_keys import keys
from shared.base.config import settings
from shared.http.api import Api, Call, Reply

api = Api(__name__, "OAuth 2.0")

_TEXT = {"type": "string", "maxLength": 2048}
_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


@api.endpoint(
    "GET",
    "/i/oauth2/authorize",
    access=PUBLIC,
    summary="Authorize an app",
    answer=answers.AUTHORIZATION,
    query=dict.fromkeys(
        [
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "state",
            "code_challenge",
            "code_challenge_method",
            "nonce",
        ],
        _TEXT,
    ),
)
def show_authorization(call: Call) -> Any:
    """Show the login page or the consent page."""
    from chalicelib.users.login import authorization

    return authorization.show(call)


@api.endpoint(
    "POST",
    "/i/oauth2/login",
    access=PUBLIC,
    summary="Submit the login form",
    answer=answers.LOGIN,
    body=schemas.FORM,
    form=True,
    limit=100,
)
def log_in(call: Call) -> Any:
    """Log in on the login page, and go on to the consent page."""
    from chalicelib.users.login import authorization

    return authorization.log_in(call)


@api.endpoint(
    "POST",
    "/i/oauth2/authorize",
    access=PUBLIC,
    summary="Submit the consent form",
    answer=answers.AUTHORIZATION,
    body=schemas.FORM,
    form=True,
)
def decide_authorization(call: Call) -> Any:
    """Redirect to the app with a code, or with a refusal."""
    from chalicelib.users.login import authorization

    return authorization.decide(call)


@api.endpoint(
    "POST",
    "/2/oauth2/token",
    access=PUBLIC,
    summary="Create or refresh tokens",
    answer=answers.TOKEN,
    body=schemas.TOKEN_REQUEST,
    form=True,
    anywhere=True,
)
def create_token(call: Call) -> Any:
    """Exchange a code or a refresh token for tokens (RFC 6749)."""
    return _token_response(call, "/2/oauth2/token")


@api.endpoint(
    "POST",
    "/oauth2/token",
    access=PUBLIC,
    summary="Create an app-only bearer token",
    answer=answers.APP_TOKEN,
    body=schemas.TOKEN_REQUEST,
    form=True,
    anywhere=True,
)
def create_app_token(call: Call) -> Any:
    """Exchange the credentials of an app for a bearer token."""
    return _token_response(call, "/oauth2/token")


def _token_response(call: Call, path: str) -> Reply:
    from chalicelib.users.oauth.server import oauth_request, server

    request = oauth_request("POST", path, call.body, call.headers)
    status, body, headers = server().create_token_response(request)
    named = {name.lower(): value for name, value in headers.items()}
    named.pop("content-type", None)
    return Reply(body, status, {**named, **_NO_STORE})


@api.endpoint(
    "POST",
    "/2/oauth2/revoke",
    access=PUBLIC,
    summary="Revoke a token",
    answer=answers.REVOKED,
    body=schemas.TOKEN_REQUEST,
    form=True,
    anywhere=True,
)
def revoke_token(call: Call) -> Any:
    """Revoke a token and its session (RFC 7009).

    An unknown token gets the same answer.
    """
    from chalicelib.users.oauth.revocation import revoke

    revoke(call.body, call.headers)
    return Reply({"revoked": True}, 200, _NO_STORE)


@api.endpoint(
    "POST",
    "/oauth2/invalidate_token",
    access=PUBLIC,
    summary="Invalidate an app-only bearer token",
    answer=answers.INVALIDATED,
    body=schemas.TOKEN_REQUEST,
    form=True,
    anywhere=True,
)
def invalidate_app_token(call: Call) -> Any:
    """Invalidate an app-only bearer token.

    The app authenticates with its consumer key and secret, or its client id and secret.
    """
    from chalicelib.users.oauth.revocation import invalidate_bearer

    return Reply(invalidate_bearer(call.body, call.headers), 200, _NO_STORE)


@api.endpoint(
    "POST",
    "/1.1/oauth/invalidate_token",
    access=user_access("users.read"),
    summary="Invalidate an OAuth 1.0a token",
    answer=answers.INVALIDATED,
    signed=True,
    legacy=True,
)
def invalidate_oauth1_token(call: Call) -> Any:
    """Invalidate the OAuth 1.0a token that signs this request.

    Other servers may accept it for another 30 seconds.
    """
    from chalicelib.users.oauth.revocation import invalidate_oauth1

    return Reply(invalidate_oauth1(call.principal), 200, _NO_STORE)


@api.endpoint(
    "POST",
    "/1.1/oauth/invalidate_token.json",
    access=user_access("users.read"),
    summary="Invalidate an OAuth 1.0a token (alias)",
    answer=answers.INVALIDATED,
    signed=True,
    legacy=True,
)
def invalidate_oauth1_token_json(call: Call) -> Any:
    """Invalidate the OAuth 1.0a token that signs this request."""
    return invalidate_oauth1_token(call)


@api.endpoint(
    "POST",
    "/2/oauth2/introspect",
    access=PUBLIC,
    summary="Introspect a token",
    answer=answers.INTROSPECTION,
    body=schemas.TOKEN_REQUEST,
    form=True,
    anywhere=True,
)
def introspect_token(call: Call) -> Any:
    """Return the state of one of the client's own tokens (RFC 7662)."""
    from chalicelib.users.oauth.introspection import introspect

    return Reply(introspect(call.body, call.headers), 200, _NO_STORE)


@api.endpoint(
    "GET",
    "/.well-known/jwks.json",
    access=PUBLIC,
    summary="Get the public keys of access tokens",
    answer=answers.JWKS,
)
def get_jwks(_: Call) -> Any:
    """Return the keys that access tokens are verified with (RFC 7517)."""
    return Reply(keys.jwks(), 200, {"cache-control": "public, max-age=300"})


@api.endpoint(
    "GET",
    "/.well-known/oauth-authorization-server",
    access=PUBLIC,
    summary="Get authorization server metadata",
    answer=answers.METADATA,
)
def get_metadata(_: Call) -> Any:
    """Return the metadata of the authorization server (RFC 8414)."""
    base = settings().public_url
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/i/oauth2/authorize",
        "token_endpoint": f"{base}/2/oauth2/token",
        "revocation_endpoint": f"{base}/2/oauth2/revoke",
        "introspection_endpoint": f"{base}/2/oauth2/introspect",
        "introspection_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
        ],
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "scopes_supported": sorted(GRANTABLE_SCOPES),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        "authorization_response_iss_parameter_supported": True,
    }
