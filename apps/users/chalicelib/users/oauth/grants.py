"""Grants of users: sessions, authorization codes and OAuth 1.0a tokens.

This module alone knows the shape of their items, and ends them. An access token
that was issued for a grant outlives its item, so ending one also revokes its tokens.
"""

from collections.abc import Iterable

from chalicelib.users.core import revocation_items
from chalicelib.users.core.account_items import account_key
from chalicelib.users.core.models import ACCOUNTS
from chalicelib.users.core.revocation_items import ACCESS_TOKEN_SECONDS
from chalicelib.users.core.token_models import BY_USER, GRANTS, REVOCATIONS, Grant

from shared.auth.authentication import OAUTH1_SESSION
from shared.auth.revocations import revocations
from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.clock import now_ms, now_seconds

CODE_SECONDS = 30
# A code that has been exchanged is remembered so long: a second exchange ends the session.
USED_CODE_SECONDS = 24 * 3600
REFRESH_TOKEN_SECONDS = 180 * 24 * 3600
OAUTH1_SECONDS = 10 * 365 * 24 * 3600

# Prefixes of keys.
SESSION = "session#"
_CODE = "code#"
_OAUTH1 = "oauth1#"


def session(
    session_id: str,
    user_id: str,
    client_id: str,
    scope: str,
    *,
    refresh_digest: str | None,
    device: str | None,
    at: int,
) -> Item:
    """Item of a session: a family of tokens.

    Args:
        refresh_digest: digest of the refresh token's secret; ``None`` if there is none.
        at: moment that the session starts, in Unix ms.
    """
    lifetime = REFRESH_TOKEN_SECONDS if refresh_digest else ACCESS_TOKEN_SECONDS
    return {
        "key": f"{SESSION}{session_id}",
        "user_id": user_id,
        "holder_id": user_id,
        "client_id": client_id,
        "scope": scope,
        "refresh_digest": refresh_digest,
        "device": device,
        "created_at": at,
        "expires_at": now_seconds() + lifetime,
    }


def code(
    digest: str,
    user_id: str,
    client_id: str,
    scope: str,
    redirect_uri: str | None,
    challenge: Item,
    at: int,
) -> Item:
    """Item of an authorization code.

    Args:
        challenge: ``code_challenge`` and ``code_challenge_method`` (RFC 7636).
        at: Unix ms of the login that consents: the session will be as old.
    """
    return {
        "key": f"{_CODE}{digest}",
        "user_id": user_id,
        "client_id": client_id,
        "scope": scope,
        "redirect_uri": redirect_uri,
        **challenge,
        "created_at": at,
        "expires_at": now_seconds() + CODE_SECONDS,
    }


def oauth1(
    access_token: str,
    user_id: str,
    client_id: str,
    scope: str,
    secret: bytes,
    at: int,
) -> Item:
    """Item of an OAuth 1.0a access token with its sealed secret.

    Args:
        at: Unix ms of the login that the token rests on (see `not_ended_action`).
    """
    return {
        "key": f"{_OAUTH1}{access_token}",
        "user_id": user_id,
        "holder_id": user_id,
        "client_id": client_id,
        "scope": scope,
        "secret": secret,
        "created_at": at,
        "expires_at": now_seconds() + OAUTH1_SECONDS,
    }


def find_session(session_id: str, *, consistent: bool = True) -> Grant | None:
    """Return a stored session, which may have expired."""
    return GRANTS.load(f"{SESSION}{session_id}", consistent=consistent)


def find_code(digest: str) -> Grant | None:
    """Return a stored authorization code, which may have expired."""
    return GRANTS.load(f"{_CODE}{digest}", consistent=True)


def use_code(grant: Grant, session_id: str) -> bool:
    """Consume an authorization code for a session about to be opened.

    Returns:
        False if it has been consumed before: then the session that it opened ends
        (RFC 6749 section 4.1.2).
    """
    outcome = GRANTS.update(
        {"key": grant.key},
        "SET #session_id = :session, #expires_at = :until",
        {"session": session_id, "until": now_seconds() + USED_CODE_SECONDS},
        "attribute_exists(#key) AND attribute_not_exists(#session_id)",
    )
    if outcome:
        return True
    if outcome.item and outcome.item.get("session_id"):
        end_session(outcome.item["session_id"])
    return False


def keys_of(user_id: str, prefix: str = "") -> list[str]:
    """Keys of a user's sessions and OAuth 1.0a tokens (a Query per MB)."""
    condition = "#holder_id = :user"
    if prefix:
        condition += " AND begins_with(#key, :prefix)"
    values = {"user": user_id, "prefix": prefix}
    return [item["key"] for item in GRANTS.query(condition, values, index=BY_USER)]


def end_session(session_id: str) -> None:
    """End a session: its refresh token at once, access tokens within seconds."""
    _end(f"{SESSION}{session_id}", session_id)


def end_oauth1(access_token: str) -> None:
    """End an OAuth 1.0a access token, within seconds in all processes."""
    _end(f"{_OAUTH1}{access_token}", f"{OAUTH1_SESSION}{access_token}")


def end_many(keys: Iterable[str]) -> None:
    """End sessions and OAuth 1.0a tokens by the keys of their grants."""
    keys, at = list(keys), now_ms()
    subjects = [f"session:{_session_id(key)}" for key in keys]
    REVOCATIONS.batch_write(revocation_items.revocation(subject, at) for subject in subjects)
    GRANTS.batch_write(deletes=[{"key": key} for key in keys])
    for subject in subjects:
        revocations.note(subject, at)


def end_all_action(user_id: str, at: int) -> Action:
    """Action that revokes every access token of a user issued until ``at``.

    It belongs into a transaction that also sets ``sessions_from`` of the account,
    which ends the refresh tokens of that time; `delete_all` follows.
    """
    return revocation_items.revoke_action(f"user:{user_id}", at)


def not_ended_action(user_id: str, at: int) -> Action:
    """Condition that nothing has ended the user's logins of a moment.

    A new OAuth 1.0a token needs it: the token lives for years, and no later request
    compares its age with ``sessions_from``, as refreshing a session does.

    Args:
        at: Unix ms of the login.
    """
    return ACCOUNTS.check_action(
        {"key": account_key(user_id)},
        "attribute_exists(#key) AND (attribute_not_exists(#sessions_from) OR #sessions_from < :at)",
        {"at": at},
    )


def delete_all(user_id: str, at: int) -> None:
    """Delete all grants of a user whose sessions `end_all_action` has ended."""
    revocations.note(f"user:{user_id}", at)
    GRANTS.batch_write(deletes=[{"key": key} for key in keys_of(user_id)])


def _end(key: str, session_id: str) -> None:
    at, subject = now_ms(), f"session:{session_id}"
    REVOCATIONS.put(revocation_items.revocation(subject, at))
    GRANTS.delete({"key": key})
    revocations.note(subject, at)


def _session_id(key: str) -> str:
    return key.replace(_OAUTH1, OAUTH1_SESSION).removeprefix(SESSION)
