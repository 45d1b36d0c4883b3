"""Sessions of users with their tokens, and app-only bearers.

A refresh token is ``<session id>.<secret>``. Only the secret's digest is stored; it
changes with each use, and a second use of an old one ends the whole session
(RFC 9700 section 4.14.2). One exception: an answer may get lost on its way, so for a
minute the token before the present one gets the same answer again (`lost_answers`).
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from chalicelib.users.core import activity, devices, revocation_items
from chalicelib.users.core.account_items import account_key
from chalicelib.users.core.models import ACCOUNTS, USERS, Account, User
from chalicelib.users.core.revocation_items import ACCESS_TOKEN_SECONDS
from chalicelib.users.core.token_models import GRANTS, REVOCATIONS, Grant
from chalicelib.users.oauth import grants, lost_answers
from chalicelib.users.oauth.access_tokens import sign_user_token

from shared.auth.revocations import revocations
from shared.auth.scopes import ALL_SCOPES, READ_SCOPES
from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.config import settings


class InvalidRefreshToken(Exception):
    """The refresh token is unknown, expired, revoked or was used before."""


@dataclass(frozen=True)
class Tokens:
    """Tokens for a client; ``refresh_token`` only with ``offline.access``."""

    access_token: str
    refresh_token: str | None
    scope: str
    expires_in: int = ACCESS_TOKEN_SECONDS

    def document(self) -> Item:
        """Token response of RFC 6749 section 5.1."""
        body: Item = {
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
    """All scopes that the user may hold in an own session."""
    if settings().require_verified_email and not account.email_verified:
        return " ".join(sorted(READ_SCOPES))
    return " ".join(sorted(ALL_SCOPES))


def permitted_scope(user_id: str, scope: str) -> str:
    """Part of a requested scope that the user may grant to an application.

    One read, and only on a stage that restricts unverified accounts.
    """
    if not settings().require_verified_email:
        return scope
    account = ACCOUNTS.load(account_key(user_id))
    allowed = user_scopes(account).split() if account else []
    return " ".join(part for part in scope.split() if part in allowed)


def new_session_id() -> str:
    """Return a random id of a session (144 bits)."""
    return secrets.token_urlsafe(18)


def open_session(
    user: User,
    client_id: str,
    scope: str,
    *,
    refreshable: bool,
    at: int | None = None,
    user_agent: str = "",
    session_id: str | None = None,
) -> Tokens:
    """Start a session and issue its first tokens (one put, one KMS signature).

    Args:
        at: Unix ms before the reads on which the session rests (such as the password's),
            so that a request that ended all sessions meanwhile ends this one too.
        user_agent: User-Agent header of the user's own device; a word or two are kept.
        session_id: an id of `new_session_id`, if it had to be known before.
    """
    at = now_ms() if at is None else at
    session_id, secret = session_id or new_session_id(), secrets.token_urlsafe(32)
    GRANTS.put(
        grants.session(
            session_id,
            user.id,
            client_id,
            scope,
            refresh_digest=digest(secret) if refreshable else None,
            device=devices.describe(user_agent),
            at=at,
        )
    )
    activity.record(user.id)
    token = sign_user_token(user, client_id, scope, session_id, at)
    return Tokens(token, f"{session_id}.{secret}" if refreshable else None, scope)


def refresh_session(refresh_token: str, client_id: str) -> Tokens:
    """Exchange a refresh token for new tokens; the old one becomes invalid.

    The same token within a minute gets the same tokens again, as long as the new
    refresh token has not been used.

    Raises:
        InvalidRefreshToken: the token is not valid. If it was used before, the session
            ends, because somebody has a copy.
    """
    session_id, _, secret = refresh_token.partition(".")
    if not session_id or not secret or len(refresh_token) > 200:
        raise InvalidRefreshToken
    grant = grants.find_session(session_id)
    if grant is None or grant.client_id != client_id or grant.expires_at <= now_seconds():
        raise InvalidRefreshToken
    old = digest(secret)
    if not hmac.compare_digest(grant.refresh_digest or "", old):
        return _answer_again(grant, session_id, secret)
    at = now_ms()
    user = _session_user(grant)
    fresh = secrets.token_urlsafe(32)
    token = sign_user_token(user, client_id, grant.scope, session_id, at)
    sealed = lost_answers.seal(secret, session_id, {"access": token, "secret": fresh})
    if not _replace_secret(grant.key, old, digest(fresh), sealed, at):
        # Another request was faster with the same token: both get its answer.
        stored = grants.find_session(session_id)
        if stored is None:
            raise InvalidRefreshToken
        return _answer_again(stored, session_id, secret)
    activity.record(user.id)
    return Tokens(token, f"{session_id}.{fresh}", grant.scope)


def _answer_again(grant: Grant, session_id: str, secret: str) -> Tokens:
    """Answer the token before the present one as it was answered first.

    Raises:
        InvalidRefreshToken: it is another old token, or too late: the session ends.
    """
    recent = now_ms() - (grant.refreshed_at or 0) <= lost_answers.REPEATABLE_MS
    if recent and hmac.compare_digest(grant.previous_digest or "", digest(secret)):
        _session_user(grant)
        answer = lost_answers.open_sealed(secret, session_id, grant.last_answer)
        left = ACCESS_TOKEN_SECONDS - (now_ms() - int(grant.refreshed_at)) // 1000
        return Tokens(answer["access"], f"{session_id}.{answer['secret']}", grant.scope, left)
    grants.end_session(session_id)
    raise InvalidRefreshToken


def is_alive(grant: Grant) -> bool:
    """Return whether a stored session has not been ended."""
    try:
        return _session_user(grant) is not None
    except InvalidRefreshToken:
        return False


def revoke_bearers(subject: str) -> int:
    """Revoke app-only bearers; returns the moment in Unix ms.

    Args:
        subject: ``session:<id>`` of one bearer, or ``app:<client id>`` for all until now.
    """
    at = now_ms()
    # For running processes, and for those that start after the first one has expired.
    REVOCATIONS.batch_write(
        [
            revocation_items.revocation(subject, at),
            revocation_items.lasting_revocation(subject, at),
        ]
    )
    revocations.note(subject, at)
    return at


def _replace_secret(key: str, old: str, new: str, sealed: bytes, at: int) -> bool:
    """Replace the digest of a session's refresh token.

    Args:
        sealed: the answer, for a repetition of the request.

    Returns:
        False if another request used the token first.
    """
    replaced = GRANTS.update(
        {"key": key},
        "SET #refresh_digest = :new, #previous_digest = :old, #last_answer = :sealed,"
        " #expires_at = :expires_at, #refreshed_at = :at",
        {
            "new": new,
            "old": old,
            "sealed": sealed,
            "expires_at": now_seconds() + grants.REFRESH_TOKEN_SECONDS,
            "at": at,
        },
        "#refresh_digest = :old",
    )
    return bool(replaced)


def _session_user(grant: Grant) -> User:
    """User of a session that has not been ended (one BatchGetItem).

    Raises:
        InvalidRefreshToken: the account is not active, or ended all sessions of that time.
    """
    keys = {
        USERS.name: [{"id": grant.user_id}],
        ACCOUNTS.name: [{"key": account_key(grant.user_id)}],
    }
    found = dynamo.batch_get(keys, consistent=True)
    if not found[USERS.name] or not found[ACCOUNTS.name]:
        raise InvalidRefreshToken
    user = User(**found[USERS.name][0])
    ended_until = found[ACCOUNTS.name][0].get("sessions_from", -1)
    if user.status != "active" or grant.created_at <= ended_until:
        raise InvalidRefreshToken
    return user
