"""Request tokens: an app's request for OAuth 1.0a access to an account.

They live for minutes. This module alone knows the shape of their items.
"""

import hmac
import secrets
from dataclasses import dataclass

from chalicelib.users.core.token_models import CLIENTS, GRANTS
from chalicelib.users.oauth import grants
from chalicelib.users.oauth.clients import alias_key, seal, unseal
from chalicelib.users.oauth.tokens import digest

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.errors import unauthorized
from shared.base.random_text import letters_and_digits
from shared.contracts.credentials import Credentials

REQUEST_SECONDS = 15 * 60
# Wrong verifiers that a request token bears: a PIN has seven digits.
MAX_TRIES = 5
OUT_OF_BAND = "oob"
_PREFIX = "request#"


@dataclass(frozen=True)
class RequestToken:
    """A request token as it is stored.

    Attributes:
        callback: a registered address of the app, or ``oob``.
        scope: what the app will be able to do.
        user_id: the user who consented; ``None`` before.
        login_at: Unix ms of the login that consented.
    """

    token: str
    client_id: str
    callback: str
    scope: str
    user_id: str | None
    verifier_digest: str | None
    tries: int
    login_at: int
    sealed: bytes


def create(client_id: str, callback: str, scope: str) -> tuple[str, str]:
    """Store a new request token; returns it with its secret (2 calls)."""
    token, secret = letters_and_digits(27), letters_and_digits(32)
    GRANTS.put(
        {
            "key": _PREFIX + token,
            "client_id": client_id,
            "scope": scope,
            "redirect_uri": callback,
            "secret": seal(secret, token),
            "created_at": now_ms(),
            "expires_at": now_seconds() + REQUEST_SECONDS,
        }
    )
    return token, secret


def find(token: str) -> RequestToken | None:
    """Return a request token that has not expired (1 consistent read)."""
    grant = GRANTS.load(_PREFIX + token, consistent=True)
    if grant is None or grant.expires_at <= now_seconds():
        return None
    return RequestToken(
        token=token,
        client_id=grant.client_id,
        callback=grant.redirect_uri or OUT_OF_BAND,
        scope=grant.scope,
        user_id=grant.user_id,
        verifier_digest=grant.verifier_digest,
        tries=int(grant.tries or 0),
        login_at=int(grant.created_at),
        sealed=grant.secret,
    )


def consent(found: RequestToken, user_id: str, scope: str, at: int) -> str | None:
    """Note that a user consents; returns the verifier, or a PIN for ``oob``.

    ``None`` if it was decided before.

    Args:
        at: Unix ms of the user's login: the access token will be as old.
    """
    pin = f"{secrets.randbelow(10**7):07d}"
    verifier = pin if found.callback == OUT_OF_BAND else letters_and_digits(32)
    values = {"user": user_id, "scope": scope, "verifier": digest(verifier), "at": at}
    kept = GRANTS.update(
        {"key": _PREFIX + found.token},
        "SET #user_id = :user, #scope = :scope, #verifier_digest = :verifier, #created_at = :at",
        values,
        "attribute_exists(#key) AND attribute_not_exists(#user_id)",
    )
    return verifier if kept else None


def deny(found: RequestToken) -> None:
    """Forget a request token; nothing is left to exchange."""
    GRANTS.delete({"key": _PREFIX + found.token})


def proves(found: RequestToken, verifier: str) -> bool:
    """Return whether a verifier is right; wrong ones are counted."""
    if not found.verifier_digest or found.tries >= MAX_TRIES:
        return False
    if hmac.compare_digest(found.verifier_digest, digest(verifier)):
        return True
    GRANTS.update(
        {"key": _PREFIX + found.token}, "ADD #tries :one", {"one": 1}, "attribute_exists(#key)"
    )
    return False


def exchange(found: RequestToken, access_token: Item) -> bool:
    """Replace a request token by an access token, once.

    False if another request did it first, or if the login that consented has ended.
    """
    used = GRANTS.delete_action({"key": _PREFIX + found.token}, "attribute_exists(#key)")
    try:
        dynamo.transact(
            [
                used,
                GRANTS.put_action(access_token),
                grants.not_ended_action(access_token["user_id"], found.login_at),
            ]
        )
    except dynamo.TransactionCanceled:
        return False
    return True


def consumer(consumer_key: str) -> Credentials:
    """Credentials of an app by its consumer key, without a token (2 calls).

    Raises:
        Problem: 401 for an unknown key.
    """
    alias = CLIENTS.load(alias_key(consumer_key))
    if alias is None or alias.consumer_secret is None:
        raise unauthorized("OAuth 1.0a: The signature does not match.")
    secret = unseal(alias.consumer_secret, alias.client_id)
    return Credentials(secret, "", alias.client_id, "", frozenset(), 0)


def with_secret(app: Credentials, found: RequestToken) -> Credentials:
    """Credentials of an app together with a request token (1 call)."""
    secret = unseal(found.sealed, found.token)
    return Credentials(app.consumer_secret, secret, app.client_id, "", frozenset(), 0)
