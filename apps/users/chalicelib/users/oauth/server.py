"""OAuth 2.0 authorization server: Authlib's grants over our tables.

RFC 6749 (code, refresh, client credentials), RFC 7636 (PKCE for all clients),
RFC 7009 (revocation), RFC 9207 (issuer in the response).
"""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749 import grants as authlib_grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from chalicelib.users.core.models import USERS, User
from chalicelib.users.core.token_models import GRANTS, Grant
from chalicelib.users.oauth import grants, tokens
from chalicelib.users.oauth.access_tokens import sign_app_token
from chalicelib.users.oauth.clients import OAuthClient, find_client

from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.process import process


class _Code:
    """Authorization code with the interface that Authlib expects."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.code_challenge = grant.code_challenge
        self.code_challenge_method = grant.code_challenge_method

    def get_redirect_uri(self) -> str | None:
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        return self.grant.scope


def _challenge_method(data: Mapping[str, str]) -> str:
    """Method of a code challenge; ``plain`` by default (RFC 7636 4.3)."""
    return data.get("code_challenge_method") or CodeChallenge.DEFAULT_CODE_CHALLENGE_METHOD


class _RequiredChallenge(CodeChallenge):
    """PKCE for all clients; ``plain`` only for clients with a secret, as at X."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge': PKCE is required.")
        super().validate_code_challenge(grant, redirect_uri)
        if grant.request.client.public and _challenge_method(data) != "S256":
            raise InvalidRequestError("Public clients use PKCE with 'code_challenge_method' S256.")


class _AuthorizationCodeGrant(authlib_grants.AuthorizationCodeGrant):
    # Unix ms of the login that consents; the consent page sets it.
    login_at = 0
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def generate_authorization_code(self) -> str:
        return secrets.token_urlsafe(32)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        challenge = {
            "code_challenge": data.get("code_challenge"),
            "code_challenge_method": _challenge_method(data),
        }
        client_id, redirect_uri = request.client.client_id, request.payload.redirect_uri
        item = grants.code(
            tokens.digest(code),
            request.user.id,
            client_id,
            request.scope,
            redirect_uri,
            challenge,
            self.login_at,
        )
        GRANTS.put(item)

    def query_authorization_code(self, code: str, client: OAuthClient) -> _Code | None:
        grant = grants.find_code(tokens.digest(code))
        if grant is None or grant.client_id != client.client_id:
            return None
        if grant.session_id:
            # Somebody has a copy of the code: what it opened ends.
            grants.end_session(grant.session_id)
            return None
        return _Code(grant) if grant.expires_at > now_seconds() else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """Do nothing: `generate_token` has already consumed the code."""

    def authenticate_user(self, authorization_code: _Code) -> User | None:
        user = USERS.load(authorization_code.grant.user_id)
        return user if user is not None and user.status == "active" else None

    def generate_token(self, user: User, scope: str | None, **_: Any) -> dict[str, Any]:
        """Open a session as old as the login that consented to its code.

        So a request that has ended all sessions since then ends this one too. The session
        is there before the code is consumed, so that whoever repeats the code can end it.
        """
        granted = tokens.permitted_scope(user.id, scope or "")
        grant, session_id = self.request.authorization_code.grant, tokens.new_session_id()
        opened = tokens.open_session(
            user,
            self.request.client.client_id,
            granted,
            refreshable="offline.access" in granted.split(),
            at=int(grant.created_at),
            session_id=session_id,
        )
        if not grants.use_code(grant, session_id):
            grants.end_session(session_id)
            raise InvalidGrantError("The authorization code was used before.")
        return opened.document()


class _RefreshTokenGrant(authlib_grants.RefreshTokenGrant):
    """Client authentication of Authlib; `tokens.refresh_session` rotates."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def validate_token_request(self) -> None:
        self.request.client = self._validate_request_client()
        if not self.request.form.get("refresh_token"):
            raise InvalidRequestError("Missing 'refresh_token' in request.")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        try:
            fresh = tokens.refresh_session(
                self.request.form["refresh_token"], self.request.client.client_id
            )
        except tokens.InvalidRefreshToken as error:
            raise InvalidGrantError("The refresh token is not valid.") from error
        return 200, fresh.document(), self.TOKEN_RESPONSE_HEADER


class _ClientCredentialsGrant(authlib_grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        app = self.request.client.record
        token = sign_app_token(app.client_id, app.owner_id)
        body = {"token_type": "bearer", "access_token": token}
        return 200, body, self.TOKEN_RESPONSE_HEADER


class _Server(AuthorizationServer):
    def query_client(self, client_id: str) -> OAuthClient | None:
        return find_client(client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Do nothing: `tokens.open_session` has already stored the session."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, dict(headers)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing: no code listens to signals."""


@process.lazy
def server() -> AuthorizationServer:
    """Return the process's authorization server."""
    made = _Server()
    made.register_grant(_AuthorizationCodeGrant, [_RequiredChallenge(required=True)])
    made.register_grant(_RefreshTokenGrant)
    made.register_grant(_ClientCredentialsGrant)
    return made


class _Request(OAuth2Request):
    def __init__(self, method: str, path: str, data: dict[str, str], headers: Any) -> None:
        # TLS ends at the edge, and the local stack listens on loopback only: the plain
        # requests that Authlib refuses cannot come from elsewhere.
        parts = urlsplit(settings().public_url + path)
        uri = urlunsplit(("https", parts.netloc, parts.path, "", ""))
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(data)
        self._data = data

    @property
    def args(self) -> dict[str, str]:
        return self._data

    @property
    def form(self) -> dict[str, str]:
        return self._data


def oauth_request(method: str, path: str, data: dict[str, str], headers: Any) -> OAuth2Request:
    """Make an OAuth 2.0 request of validated, flat string parameters."""
    named = {name.title(): value for name, value in headers.items()}
    return _Request(method, path, data, named)
