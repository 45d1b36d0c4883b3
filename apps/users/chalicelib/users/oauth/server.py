"""The OAuth 2.0 authorization server: Authlib's grants over our tables.

RFC 6749 (code, refresh, client credentials), RFC 7636 (PKCE for everybody),
RFC 7009 (revocation), RFC 9207 (issuer in the answer).
"""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from chalicelib.users.core.models import Grant, User
from chalicelib.users.oauth import tokens
from chalicelib.users.oauth.clients import OAuthClient, find_client
from pynamodb.exceptions import DeleteError

from shared.base.clock import now_ms, now_seconds
from shared.base.config import settings

CODE_SECONDS = 30


class _Code:
    """An authorization code in the words of Authlib."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.code_challenge = grant.code_challenge
        self.code_challenge_method = grant.code_challenge_method

    def get_redirect_uri(self) -> str | None:
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        return self.grant.scope


def _challenge_method(data: Mapping[str, str]) -> str:
    """The method of a request's code challenge; ``plain`` when it names none (RFC 7636 4.3)."""
    return data.get("code_challenge_method") or CodeChallenge.DEFAULT_CODE_CHALLENGE_METHOD


class _RequiredChallenge(CodeChallenge):
    """PKCE for everybody; ``plain`` only for who proves itself with a secret besides, as at X."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge': PKCE is required.")
        super().validate_code_challenge(grant, redirect_uri)
        if grant.request.client.public and _challenge_method(data) != "S256":
            raise InvalidRequestError("Public clients use PKCE with 'code_challenge_method' S256.")


class _AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def generate_authorization_code(self) -> str:
        return secrets.token_urlsafe(32)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        Grant(
            f"code#{tokens.digest(code)}",
            user_id=request.user.id,
            client_id=request.client.client_id,
            scope=request.scope,
            redirect_uri=request.payload.redirect_uri,
            code_challenge=data.get("code_challenge"),
            code_challenge_method=_challenge_method(data),
            created_at=now_ms(),
            expires_at=now_seconds() + CODE_SECONDS,
        ).save()

    def query_authorization_code(self, code: str, client: OAuthClient) -> _Code | None:
        try:
            grant = Grant.get(f"code#{tokens.digest(code)}", consistent_read=True)
        except Grant.DoesNotExist:
            return None
        if grant.client_id != client.client_id or grant.expires_at <= now_seconds():
            return None
        return _Code(grant)

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """Nothing: the code was consumed before its tokens were made."""

    def authenticate_user(self, authorization_code: _Code) -> User | None:
        # The one place where a code is consumed: of two racing exchanges one gets the item.
        try:
            authorization_code.grant.delete(condition=Grant.key.exists())
        except DeleteError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return None
        user: User = User.get(authorization_code.grant.user_id)
        return user if user.status == "active" else None

    def generate_token(self, user: User, scope: str | None, **_: Any) -> dict[str, Any]:
        """A session as old as its code: what ended the user's sessions since ends it as well."""
        granted = tokens.permitted_scope(user.id, scope or "")
        opened = tokens.open_session(
            user,
            self.request.client.client_id,
            granted,
            refreshable="offline.access" in granted.split(),
            at=int(self.request.authorization_code.grant.created_at),
        )
        return opened.document()


class _RefreshTokenGrant(grants.RefreshTokenGrant):
    """Only the client authentication is Authlib's; rotation is `tokens.refresh_session`."""

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


class _ClientCredentialsGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        app = self.request.client.record
        token = tokens.sign_app_token(app.client_id, app.owner_id)
        body = {"token_type": "bearer", "access_token": token}
        return 200, body, self.TOKEN_RESPONSE_HEADER


class _Server(AuthorizationServer):
    def query_client(self, client_id: str) -> OAuthClient | None:
        return find_client(client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Nothing: `tokens.open_session` stored the session before it signed."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, dict(headers)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens: the request log tells."""


@lru_cache(maxsize=1)
def server() -> AuthorizationServer:
    """The process's authorization server."""
    made = _Server()
    made.register_grant(_AuthorizationCodeGrant, [_RequiredChallenge(required=True)])
    made.register_grant(_RefreshTokenGrant)
    made.register_grant(_ClientCredentialsGrant)
    return made


class _Request(OAuth2Request):
    def __init__(self, method: str, path: str, data: dict[str, str], headers: Any) -> None:
        # TLS ends at the edge; what Authlib guards against cannot reach us there, and the
        # local stack listens on loopback only.
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
    """An OAuth 2.0 request from already validated, flat string parameters."""
    named = {name.title(): value for name, value in headers.items()}
    return _Request(method, path, data, named)
