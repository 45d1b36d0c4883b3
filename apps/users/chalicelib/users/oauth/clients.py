"""Developer apps: OAuth 2.0 clients and OAuth 1.0a consumers.

This module alone makes their items: an app, and its alias by consumer key.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin
from chalicelib.users.core.token_models import CLIENTS, Client
from chalicelib.users.oauth.access_tokens import sign_app_token
from chalicelib.users.oauth.tokens import digest

from shared.auth.authentication import WEB_CLIENT_ID
from shared.auth.scopes import ALL_SCOPES, GRANTABLE_SCOPES
from shared.aws import dynamo, sdk
from shared.aws.dynamo import Item
from shared.aws.models import as_dict
from shared.base.clock import iso, now_ms
from shared.base.config import settings
from shared.base.errors import invalid_request, not_found
from shared.base.random_text import letters_and_digits
from shared.contracts.kms_keys import secrets_key_alias

AUTHORIZE_CLIENT_ID = "rookery-authorize"
FIRST_PARTY_CLIENTS = {WEB_CLIENT_ID: "Rookery", AUTHORIZE_CLIENT_ID: "Rookery (consent page)"}


class OAuthClient(ClientMixin):
    """Developer app with the interface that Authlib's grants expect."""

    def __init__(self, client_id: str, record: Client | None) -> None:
        self.client_id = client_id
        self.record = record

    @property
    def public(self) -> bool:
        """True for a client that cannot keep a secret (a browser, a phone)."""
        return self.record is None or self.record.type == "public"

    @property
    def name(self) -> str:
        """Name of the client on the consent page."""
        return (self.record.name if self.record else None) or "Rookery"

    @property
    def redirect_uris(self) -> set[str]:
        """Allowed redirect addresses, matched exactly."""
        if self.record is None:
            return {f"{settings().public_url}/oauth/callback"}
        return set(self.record.redirect_uris or ())

    def get_client_id(self) -> str:
        """See `ClientMixin`."""
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """Redirect address for a request that names none, if there is exactly one."""
        uris = self.redirect_uris
        return next(iter(uris)) if len(uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return the requested scopes that the client may hold."""
        known = ALL_SCOPES if self.record is None else GRANTABLE_SCOPES
        return " ".join(part for part in (scope or "").split() if part in known)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Match exactly (RFC 9700 section 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare digests in constant time."""
        record = self.record
        if record is None:
            return False
        given = digest(client_secret)
        known = (record.secret_digest, record.consumer_secret_digest)
        return any(stored and hmac.compare_digest(stored, given) for stored in known)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Refuse a secret of public clients, and require one of confidential ones."""
        return (method == "none") == self.public

    def check_response_type(self, response_type: str) -> bool:
        """Allow only the authorization code flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Refuse app-only tokens to public clients."""
        allowed = {"authorization_code", "refresh_token"}
        return grant_type in allowed or (grant_type == "client_credentials" and not self.public)


def app_key(client_id: str) -> str:
    """Key of a developer app."""
    return f"client#{client_id}"


def alias_key(consumer_key: str) -> str:
    """Key of an app's alias by its OAuth 1.0a consumer key."""
    return f"consumer#{consumer_key}"


def client_id_of(key: str) -> str:
    """Client id in the key of an app."""
    return key.removeprefix("client#")


def find_client(client_id: str) -> OAuthClient | None:
    """Find a client by its OAuth 2.0 client id or its OAuth 1.0a consumer key."""
    if client_id == WEB_CLIENT_ID:
        return OAuthClient(client_id, None)
    record = CLIENTS.load(app_key(client_id))
    if record is None:
        alias = CLIENTS.load(alias_key(client_id))
        record = CLIENTS.load(app_key(alias.client_id)) if alias else None
    return OAuthClient(record.client_id, record) if record else None


def create_app(owner_id: str, body: Item) -> Item:
    """Register a developer app; the response alone shows its secrets.

    Raises:
        Problem: 400 for an unsafe redirect address.
    """
    public = body.get("type") in {"public", "native", "single_page"}
    redirect_uris = set(body.get("redirect_uris", ()))
    for uri in redirect_uris:
        check_redirect_uri(uri)
    client_id = secrets.token_urlsafe(24)
    client_secret = secrets.token_urlsafe(36)
    consumer_key, consumer_secret = letters_and_digits(25), letters_and_digits(50)
    now = now_ms()
    record = Client(
        app_key(client_id),
        client_id=client_id,
        owner_id=owner_id,
        name=body["name"].strip(),
        type="public" if public else "confidential",
        redirect_uris=redirect_uris or None,
        secret_digest=digest(client_secret),
        consumer_key=consumer_key,
        consumer_secret_digest=digest(consumer_secret),
        created_at=now,
        updated_at=now,
    )
    alias = _alias(consumer_key, client_id, consumer_secret, now)
    dynamo.transact([CLIENTS.put_action(as_dict(record)), CLIENTS.insert_action(alias)])
    return {
        "id": client_id,
        "name": record.name,
        "type": record.type,
        "redirect_uris": sorted(redirect_uris),
        "created_at": iso(now),
        "client_id": client_id,
        "client_secret": client_secret,
        "consumer_key": consumer_key,
        "consumer_secret": consumer_secret,
        "bearer_token": sign_app_token(client_id, owner_id),
    }


def _alias(consumer_key: str, client_id: str, consumer_secret: str, now: int) -> Item:
    """Item that leads from a consumer key to its app.

    It holds the secret as well, so that a new OAuth 1.0a credential costs one read.
    """
    return {
        "key": alias_key(consumer_key),
        "client_id": client_id,
        "consumer_secret": seal(consumer_secret, client_id),
        "updated_at": now,
    }


def owned_app(owner_id: str, client_id: str) -> Client:
    """Return a developer app of the caller's own.

    Raises:
        Problem: 404 for an unknown app, or another user's.
    """
    record = CLIENTS.load(app_key(client_id))
    if record is None or record.owner_id != owner_id:
        raise not_found("app", client_id)
    return record


def check_redirect_uri(uri: str) -> None:
    """Refuse addresses to which a code must not be sent (RFC 9700, RFC 8252).

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
    """Encrypt a secret that signatures or one-time codes need in clear."""
    answer = sdk.client("kms").encrypt(
        KeyId=secrets_key_alias(),
        Plaintext=secret.encode(),
        EncryptionContext={"for": context},
    )
    ciphertext: bytes = answer["CiphertextBlob"]
    return ciphertext


def unseal(ciphertext: bytes, context: str) -> str:
    """Decrypt what `seal` has encrypted for the same context."""
    answer = sdk.client("kms").decrypt(
        KeyId=secrets_key_alias(),
        CiphertextBlob=ciphertext,
        EncryptionContext={"for": context},
    )
    plaintext: bytes = answer["Plaintext"]
    return plaintext.decode()
