"""Access tokens: JWTs (RFC 9068) signed by KMS."""

import base64
import json
import secrets

from chalicelib.users.core.models import User
from chalicelib.users.core.revocation_items import ACCESS_TOKEN_SECONDS

from shared.auth.authentication import AUDIENCE
from shared.auth.signing_keys import ALGORITHM, keys
from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.config import settings
from shared.contracts.kms_keys import token_key_alias

APP_TOKEN_SECONDS = 10 * 365 * 24 * 3600


def sign_user_token(user: User, client_id: str, scope: str, session_id: str, at: int) -> str:
    """Issue an access token that acts for a user.

    Args:
        at: moment of issue, in Unix ms.
    """
    return sign(
        {
            "sub": user.id,
            "client_id": client_id,
            "scope": scope,
            "sid": session_id,
            "roles": sorted(user.roles),
            # Finer than `iat`: a session may follow a revocation within the same second.
            "iat_ms": at,
        },
        ACCESS_TOKEN_SECONDS,
    )


def sign_app_token(client_id: str, owner_id: str, at: int | None = None) -> str:
    """Issue an app-only bearer token (X: "OAuth 2.0 Bearer Token").

    It names the app's owner, so that it is refused while the owner is suspended.

    Args:
        at: moment of issue, in Unix ms; now if ``None``.
    """
    return sign(
        {
            "sub": client_id,
            "client_id": client_id,
            "app_only": True,
            "owner": owner_id,
            # A session id of its own, so that one bearer can be revoked.
            "sid": f"app-{secrets.token_urlsafe(12)}",
            "iat_ms": now_ms() if at is None else at,
        },
        APP_TOKEN_SECONDS,
    )


def sign(claims: Item, lifetime: int) -> str:
    """Sign a token with claims, valid for a number of seconds from now."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    now = now_seconds()
    body = {
        "iss": settings().public_url,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime,
        "jti": secrets.token_urlsafe(12),
        **claims,
    }
    while True:
        key = keys.signing()
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
        message = f"{_segment(header)}.{_segment(body)}"
        answer = sdk.client("kms").sign(
            KeyId=token_key_alias(),
            Message=message.encode(),
            MessageType="RAW",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        if answer["KeyId"] == key.arn:
            break
        # The alias has moved to another key since this process read it.
        keys.forget()
    # KMS answers DER; JWS wants the two numbers side by side (RFC 7518 section 3.4).
    r, s = decode_dss_signature(answer["Signature"])
    return f"{message}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _segment(document: Item) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
