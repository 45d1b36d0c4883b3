"""OAuth 1.0a login for apps: request and access tokens (RFC 5849).

Both endpoints answer with a form, as X's.
"""

from urllib.parse import urlencode

from chalicelib.users.core.models import USERS
from chalicelib.users.oauth import grants, oauth1_tokens, request_tokens
from chalicelib.users.oauth.clients import OAuthClient, find_client, seal
from chalicelib.users.oauth.request_tokens import OUT_OF_BAND

from shared.auth import oauth1
from shared.auth.oauth1 import SignedRequest
from shared.auth.scopes import X_SCOPES
from shared.base.errors import Problem, unauthorized
from shared.base.legacy_errors import LegacyProblem

# API 1.1 lets apps change profile pictures; X has no scope for it.
_WRITE_SCOPES = " ".join(sorted({*X_SCOPES, "profile.write"}))
_READ_SCOPES = " ".join(sorted(scope for scope in X_SCOPES if scope.endswith(".read")))


def request_token(authorization: str, request: SignedRequest, values: dict[str, str]) -> str:
    """Create a request token for the app that signs the request.

    Args:
        values: ``oauth_callback`` and ``x_auth_access_type``, where they are not in the header.

    Raises:
        Problem: 401 for a signature that does not hold, 403 for a callback that the app has
            not registered.
    """
    given = _parsed(authorization, token=False)
    app = request_tokens.consumer(given["oauth_consumer_key"])
    oauth1.check_signature(given, request, app)
    client = find_client(app.client_id)
    if client is None:
        raise unauthorized("OAuth 1.0a: The signature does not match.")
    callback = _callback(client, given.get("oauth_callback") or values.get("oauth_callback"))
    reads = values.get("x_auth_access_type") == "read"
    scope = _READ_SCOPES if reads else _WRITE_SCOPES
    token, secret = request_tokens.create(app.client_id, callback, scope)
    return urlencode(
        {"oauth_token": token, "oauth_token_secret": secret, "oauth_callback_confirmed": "true"}
    )


def access_token(authorization: str, request: SignedRequest, values: dict[str, str]) -> str:
    """Exchange a request token and its verifier for an access token.

    Args:
        values: ``oauth_verifier``, where it is not in the header.

    Raises:
        Problem: 401 for a signature, a request token or a verifier that does not hold.
    """
    given = _parsed(authorization)
    app = request_tokens.consumer(given["oauth_consumer_key"])
    found = request_tokens.find(given["oauth_token"])
    if found is None or found.client_id != app.client_id:
        raise _invalid()
    oauth1.check_signature(given, request, request_tokens.with_secret(app, found))
    verifier = given.get("oauth_verifier") or values.get("oauth_verifier") or ""
    if found.user_id is None or not request_tokens.proves(found, verifier):
        raise _invalid()
    user = USERS.load(found.user_id)
    if user is None or user.status != "active":
        raise _invalid()
    token, secret = oauth1_tokens.new(user.id)
    # As old as the login that consented: what has ended that login ends this token too.
    item = grants.oauth1(
        token, user.id, app.client_id, found.scope, seal(secret, token), found.login_at
    )
    if not request_tokens.exchange(found, item):
        raise _invalid()
    return urlencode(
        {
            "oauth_token": token,
            "oauth_token_secret": secret,
            "user_id": user.id,
            "screen_name": user.username,
        }
    )


def _parsed(authorization: str, *, token: bool = True) -> dict[str, str]:
    given = oauth1.parse_header(authorization, token=token)
    oauth1.check_timestamp(given)
    return given


def _callback(client: OAuthClient, asked: str | None) -> str:
    """Return the address that the user is sent back to, or ``oob``.

    Raises:
        LegacyProblem: 403 if the app has not registered it.
    """
    callback = asked or client.get_default_redirect_uri() or ""
    if callback != OUT_OF_BAND and not client.check_redirect_uri(callback):
        raise LegacyProblem(
            403,
            415,
            "Callback URL not approved for this client application. Approved callback URLs can "
            "be adjusted in your application settings",
        )
    return callback


def _invalid() -> Problem:
    return LegacyProblem(401, 89, "Invalid or expired token.")
