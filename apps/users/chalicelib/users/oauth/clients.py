"""Developer apps: OAuth 2.0 clients and OAuth 1.0a consumers, as X's portal makes them."""

import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin
from chalicelib.users.core.models import Client
from chalicelib.users.oauth.tokens import digest, sign_app_token

from shared.auth.authentication import WEB_CLIENT_ID
from shared.auth.scopes import ALL_SCOPES, GRANTABLE_SCOPES
from shared.aws import dynamo, sdk
from shared.base.clock import iso, now_ms
from shared.base.config import settings
from shared.base.errors import invalid_request, not_found

AUTHORIZE_CLIENT_ID = "rookery-authorize"
FIRST_PARTY_CLIENTS = {WEB_CLIENT_ID: "Rookery", AUTHORIZE_CLIENT_ID: "Rookery (consent page)"}


class OAuthClient(ClientMixin):
    """A developer app as Authlib's grants want to see it."""

    def __init__(self, client_id: str, record: Client | None) -> None:
        self.client_id = client_id
        self.record = record

    @property
    def public(self) -> bool:
        """Whether the client cannot keep a secret (a browser, a phone)."""
        return self.record is None or self.record.type == "public"

    @property
    def name(self) -> str:
        """What the consent page calls the client."""
        return (self.record.name if self.record else None) or "Rookery"

    @property
    def redirect_uris(self) -> set[str]:
        """Where answers may be sent: exact matches only."""
        if self.record is None:
            return {f"{settings().public_url}/oauth/callback"}
        return set(self.record.redirect_uris or ())

    def get_client_id(self) -> str:
        """See `ClientMixin`."""
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """Where to answer when the request names no address: only if there is one."""
        uris = self.redirect_uris
        return next(iter(uris)) if len(uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str:
        """The requested scopes that another party's application may hold."""
        known = ALL_SCOPES if self.record is None else GRANTABLE_SCOPES
        return " ".join(part for part in (scope or "").split() if part in known)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exact match (RFC 9700 section 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Constant-time comparison of digests."""
        record = self.record
        if record is None:
            return False
        given = digest(client_secret)
        known = (record.secret_digest, record.consumer_secret_digest)
        return any(stored and hmac.compare_digest(stored, given) for stored in known)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Public clients send no secret; confidential ones must."""
        return (method == "none") == self.public

    def check_response_type(self, response_type: str) -> bool:
        """Only the authorization code flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Public clients get no app-only tokens."""
        allowed = {"authorization_code", "refresh_token"}
        return grant_type in allowed or (grant_type == "client_credentials" and not self.public)


def find_client(client_id: str) -> OAuthClient | None:
    """A client by its OAuth 2.0 client id or its OAuth 1.0a consumer key."""
    if client_id == WEB_CLIENT_ID:
        return OAuthClient(client_id, None)
    record = _get(f"client#{client_id}")
    if record is None:
        alias = _get(f"consumer#{client_id}")
        record = _get(f"client#{alias.client_id}") if alias else None
    return OAuthClient(record.client_id, record) if record else None


def create_app(owner_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Register a developer app; its secrets are shown this once.

    Raises:
        Problem: 400 for a redirect address that is not safe.
    """
    public = body.get("type") in {"public", "native", "single_page"}
    kind = "public" if public else "confidential"
    redirect_uris = set(body.get("redirect_uris", ()))
    for uri in redirect_uris:
        check_redirect_uri(uri)
    client_id = secrets.token_urlsafe(24)
    client_secret = secrets.token_urlsafe(36)
    consumer_key, consumer_secret = secrets.token_urlsafe(18), secrets.token_urlsafe(36)
    now = now_ms()
    record = Client(
        f"client#{client_id}",
        client_id=client_id,
        owner_id=owner_id,
        name=body["name"].strip(),
        type=kind,
        redirect_uris=redirect_uris or None,
        secret_digest=digest(client_secret),
        consumer_key=consumer_key,
        consumer_secret_digest=digest(consumer_secret),
        created_at=now,
        updated_at=now,
    )
    table = Client.Meta.table_name
    # Read at each new OAuth 1.0a credential: beside the key, so that it is one read.
    alias = {
        "key": f"consumer#{consumer_key}",
        "client_id": client_id,
        "consumer_secret": seal(consumer_secret, client_id),
        "updated_at": now,
    }
    dynamo.transact(
        [
            {"Put": {"TableName": table, "Item": record.serialize()}},
            dynamo.put(table, alias, unless_exists="key"),
        ]
    )
    return {
        "id": client_id,
        "name": record.name,
        "type": kind,
        "redirect_uris": sorted(redirect_uris),
        "created_at": iso(now),
        "client_id": client_id,
        "client_secret": client_secret,
        "consumer_key": consumer_key,
        "consumer_secret": consumer_secret,
        "bearer_token": sign_app_token(client_id, owner_id),
    }


def owned_app(owner_id: str, client_id: str) -> Client:
    """A developer app of the caller's own.

    Raises:
        Problem: 404 when there is none, or it is somebody else's.
    """
    record = _get(f"client#{client_id}")
    if record is None or record.owner_id != owner_id:
        raise not_found("app", client_id)
    return record


def check_redirect_uri(uri: str) -> None:
    """Refuse addresses an authorization code must not travel to (RFC 9700, RFC 8252).

    Raises:
        Problem: 400 for a fragment, plain http to another machine, or a script scheme.
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError as error:
        raise invalid_request("redirect_uris: not a URI", redirect_uris=uri) from error
    loopback = host in {"localhost", "127.0.0.1", "::1"}
    web = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    # RFC 8252 section 7.1: an app's own scheme is a reverse domain name.
    native = "." in parts.scheme
    unsafe = parts.fragment or "*" in uri or any(c.isspace() or ord(c) < 32 for c in uri)
    if unsafe or not ((web and host) or native):
        raise invalid_request("redirect_uris: not an allowed redirect URI", redirect_uris=uri)


def seal(secret: str, context: str) -> bytes:
    """Encrypt a secret that must be read again (signatures and one-time codes need it)."""
    answer = sdk.client("kms").encrypt(
        KeyId=f"alias/{settings().name('users', 'secrets')}",
        Plaintext=secret.encode(),
        EncryptionContext={"for": context},
    )
    ciphertext: bytes = answer["CiphertextBlob"]
    return ciphertext


def unseal(ciphertext: bytes, context: str) -> str:
    """The inverse of `seal`."""
    answer = sdk.client("kms").decrypt(
        KeyId=f"alias/{settings().name('users', 'secrets')}",
        CiphertextBlob=ciphertext,
        EncryptionContext={"for": context},
    )
    plaintext: bytes = answer["Plaintext"]
    return plaintext.decode()


def _get(key: str) -> Client | None:
    try:
        return Client.get(key)
    except Client.DoesNotExist:
        return None
