"""Issuing, refreshing and revoking tokens.

An access token is a JWT (RFC 9068) signed by KMS. A refresh token is
``<session id>.<secret>``; only its digest is stored, it changes at each use,
and using an old one ends the whole session (RFC 9700 section 4.14.2).
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from chalicelib.users.core import activity, devices
from chalicelib.users.core.models import Account, Grant, Revocation, User
from pynamodb.exceptions import UpdateError

from shared.auth.authentication import AUDIENCE
from shared.auth.revocations import revocations
from shared.auth.scopes import ALL_SCOPES, READ_SCOPES
from shared.auth.signing_keys import ALGORITHM, keys
from shared.aws import dynamo, sdk
from shared.base.clock import now_ms, now_seconds
from shared.base.config import settings
from shared.contracts.kms_keys import token_key_alias
from shared.contracts.revocations import LASTING

ACCESS_TOKEN_SECONDS = 2 * 3600
REFRESH_TOKEN_SECONDS = 180 * 24 * 3600
APP_TOKEN_SECONDS = 10 * 365 * 24 * 3600


class InvalidRefreshToken(Exception):
    """The refresh token is unknown, expired, revoked or was used before."""


@dataclass(frozen=True)
class Tokens:
    """What a client receives; ``refresh_token`` only with ``offline.access``."""

    access_token: str
    refresh_token: str | None
    scope: str
    expires_in: int = ACCESS_TOKEN_SECONDS

    def document(self) -> dict[str, Any]:
        """RFC 6749 section 5.1."""
        body: dict[str, Any] = {
            "token_type": "bearer",
            "expires_in": self.expires_in,
            "access_token": self.access_token,
            "scope": self.scope,
        }
        if self.refresh_token:
            body["refresh_token"] = self.refresh_token
        return body


def digest(secret: str) -> str:
    """Digest of a high-entropy secret (no salt needed)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def user_scopes(account: Account) -> str:
    """Every scope the user may hold in an own session."""
    if settings().require_verified_email and not account.email_verified:
        return " ".join(sorted(READ_SCOPES))
    return " ".join(sorted(ALL_SCOPES))


def permitted_scope(user_id: str, scope: str) -> str:
    """What of a requested scope the user may hand to an application.

    One read, and only where unverified accounts are held back.
    """
    if not settings().require_verified_email:
        return scope
    allowed = user_scopes(Account.get(f"account#{user_id}")).split()
    return " ".join(part for part in scope.split() if part in allowed)


def open_session(
    user: User,
    client_id: str,
    scope: str,
    *,
    refreshable: bool,
    at: int | None = None,
    user_agent: str = "",
) -> Tokens:
    """Start a session and issue its first tokens (one put, one KMS signature).

    Args:
        at: Unix ms of the moment whose knowledge the session rests on (before the password
            was read), so that what ended all sessions meanwhile ends this one too.
        user_agent: of the user's own device; what is kept of it is a word or two.
    """
    at = now_ms() if at is None else at
    session_id, secret = secrets.token_urlsafe(18), secrets.token_urlsafe(32)
    lifetime = REFRESH_TOKEN_SECONDS if refreshable else ACCESS_TOKEN_SECONDS
    Grant(
        f"session#{session_id}",
        user_id=user.id,
        holder_id=user.id,
        client_id=client_id,
        scope=scope,
        refresh_digest=digest(secret) if refreshable else None,
        device=devices.describe(user_agent),
        created_at=at,
        expires_at=now_seconds() + lifetime,
    ).save()
    activity.record(user.id)
    token = sign_user_token(user, client_id, scope, session_id, at)
    return Tokens(token, f"{session_id}.{secret}" if refreshable else None, scope)


def refresh_session(refresh_token: str, client_id: str) -> Tokens:
    """Exchange a refresh token for new tokens; the old one is dead afterwards.

    Raises:
        InvalidRefreshToken: it does not hold. If it had been used before, the
            session is revoked: somebody has a copy.
    """
    session_id, _, secret = refresh_token.partition(".")
    if not session_id or not secret or len(refresh_token) > 200:
        raise InvalidRefreshToken
    try:
        grant = Grant.get(f"session#{session_id}", consistent_read=True)
    except Grant.DoesNotExist as error:
        raise InvalidRefreshToken from error
    if grant.client_id != client_id or grant.expires_at <= now_seconds():
        raise InvalidRefreshToken
    old = digest(secret)
    if not hmac.compare_digest(grant.refresh_digest or "", old):
        revoke_session(session_id)
        raise InvalidRefreshToken
    at = now_ms()
    user = _session_user(grant)
    fresh = secrets.token_urlsafe(32)
    try:
        grant.update(
            [
                Grant.refresh_digest.set(digest(fresh)),
                Grant.expires_at.set(now_seconds() + REFRESH_TOKEN_SECONDS),
                Grant.refreshed_at.set(at),
            ],
            condition=Grant.refresh_digest == old,
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise InvalidRefreshToken from error
    activity.record(user.id)
    token = sign_user_token(user, client_id, grant.scope, session_id, at)
    return Tokens(token, f"{session_id}.{fresh}", grant.scope)


def alive(grant: Grant) -> bool:
    """Whether nothing has ended a session that is still stored."""
    try:
        return _session_user(grant) is not None
    except InvalidRefreshToken:
        return False


def _session_user(grant: Grant) -> User:
    """The user of a session that nothing has ended (one BatchGetItem).

    Raises:
        InvalidRefreshToken: the account is not active, or ended all sessions of that time.
    """
    users, accounts = User.Meta.table_name, Account.Meta.table_name
    keys = {
        users: [{"id": grant.user_id}],
        accounts: [{"key": f"account#{grant.user_id}"}],
    }
    found = dynamo.batch_get(keys, consistent=True)
    if not found[users] or not found[accounts]:
        raise InvalidRefreshToken
    user = User(**found[users][0])
    if user.status != "active" or grant.created_at <= found[accounts][0].get("sessions_from", -1):
        raise InvalidRefreshToken
    return user


def revoke_session(session_id: str) -> None:
    """End a session: its refresh token dies now, its access tokens within 30 s."""
    at = now_ms()
    subject = f"session:{session_id}"
    Revocation(**revocation(subject, at)).save()
    Grant(f"session#{session_id}").delete()
    revocations.note(subject, at)


def revoke_oauth1(token: str) -> None:
    """End an OAuth 1.0a access token: within 30 s where its secret is cached."""
    at = now_ms()
    subject = f"session:oauth1-{token}"
    Revocation(**revocation(subject, at)).save()
    Grant(f"oauth1#{token}").delete()
    revocations.note(subject, at)


def revocation(subject: str, at: int) -> dict[str, Any]:
    """The item that refuses a subject's access tokens until the last of them has expired."""
    return {
        "list": "revoked",
        "at": f"{at:013d}#{subject}",
        "expires_at": now_seconds() + ACCESS_TOKEN_SECONDS * 2,
    }


def sign_user_token(user: User, client_id: str, scope: str, session_id: str, at: int) -> str:
    """An access token that acts for a user; ``at`` is its moment of issue in ms."""
    return _sign(
        {
            "sub": user.id,
            "client_id": client_id,
            "scope": scope,
            "sid": session_id,
            "roles": sorted(user.roles),
            # Finer than `iat`: a session that follows a revocation within the second is good.
            "iat_ms": at,
        },
        ACCESS_TOKEN_SECONDS,
    )


def sign_app_token(client_id: str, owner_id: str, at: int | None = None) -> str:
    """An app-only bearer token (X: "OAuth 2.0 Bearer Token"); ``at`` is its moment in ms.

    It names the app's owner, so that it is refused while the owner is suspended.
    """
    return _sign(
        {
            "sub": client_id,
            "client_id": client_id,
            "app_only": True,
            "owner": owner_id,
            # Of its own, so that a bearer can be revoked alone.
            "sid": f"app-{secrets.token_urlsafe(12)}",
            "iat_ms": now_ms() if at is None else at,
        },
        APP_TOKEN_SECONDS,
    )


def revoke_lasting(subject: str) -> int:
    """Refuse tokens that live for years; returns the moment in ms.

    Args:
        subject: ``session:<id>`` of one bearer, or ``app:<client id>`` for all until now.
    """
    at = now_ms()
    lasting = {"list": LASTING, "at": f"{at:013d}#{subject}"}
    # For those who run, and for those who start when the first has been forgotten.
    dynamo.batch_write(Revocation.Meta.table_name, [revocation(subject, at), lasting])
    revocations.note(subject, at)
    return at


def _sign(claims: dict[str, Any], lifetime: int) -> str:
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
        # The alias has moved to another key since this process looked.
        keys.forget()
    # KMS answers DER; JWS wants the two numbers side by side (RFC 7518 section 3.4).
    r, s = decode_dss_signature(answer["Signature"])
    return f"{message}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _segment(document: dict[str, Any]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
