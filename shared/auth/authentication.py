"""Authentication: from the Authorization header to a `Principal`.

A warm process needs no call.

Access tokens are JWTs (RFC 9068) signed by an asymmetric KMS key and verified
in-process against its public key; one small query per process reads new revocations,
at most every ten seconds for requests that read and every second for those that write.
A write also asks, every few minutes per account, whether the account is still there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.auth import oauth1
from shared.auth.oauth1 import SignedRequest
from shared.auth.revocations import revocations
from shared.auth.roles import APP_PERMISSIONS, ROLE_PERMISSIONS
from shared.auth.scopes import API_KEY, KEY_ADMIN, OAUTH1, OAUTH2_APP, Access
from shared.auth.signing_keys import ALGORITHM, keys
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import forbidden as forbidden_problem
from shared.base.errors import missing_scope, unauthorized, unsupported_authentication
from shared.base.process import Cache, process
from shared.contracts import profiles
from shared.contracts.credentials import Credentials

AUDIENCE = "rookery-api"
# Client id in the tokens of the platform's own web client.
WEB_CLIENT_ID = "rookery-web"
# Beginning of the session id in principals of OAuth 1.0a tokens.
OAUTH1_SESSION = "oauth1-"
# Beginning of API keys, which a domain verifies by itself.
API_KEY_PREFIX = "rk_"


@dataclass(frozen=True)
class Principal:
    """Authenticated caller of a request.

    Attributes:
        user_id: the user whom the token acts for, ``None`` for an app-only token.
        client_id: the application that holds the token.
        scopes: granted OAuth 2.0 scopes.
        roles: ``user``, ``moderator``, ``admin``, ``advertiser``.
        session_id: the grant family; revoking it ends all its tokens.
        issued_at / expires_at: Unix seconds.
        api_key: the caller holds an API key with these scopes, ``client_id`` is ``key:<id>``.
    """

    user_id: str | None
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    session_id: str
    issued_at: int
    expires_at: int
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    api_key: bool = False

    @property
    def issued_ms(self) -> int:
        """Unix milliseconds of issue, as exact as the token is."""
        return int(self.claims.get("iat_ms", self.issued_at * 1000))

    @property
    def subject(self) -> str:
        """Caller by whom rate limits and idempotency keys are counted."""
        return f"user:{self.user_id}" if self.user_id else f"app:{self.client_id}"

    def may(self, permission: str) -> bool:
        """Return true if the caller's roles grant the permission."""
        if self.api_key:
            return KEY_ADMIN in self.scopes
        if self.user_id is None:
            return permission in APP_PERMISSIONS
        return any(permission in ROLE_PERMISSIONS.get(role, ()) for role in self.roles)


# Principal of an API key, from its text and ``writes`` (as of `verify_token`); raises a problem for
# a key that does not hold.
KeyVerifier = Callable[..., Principal]

_verified: Cache[str, Principal] = process.cache(4096, seconds=300)
# Accounts that were there lately. Whoever leaves is revoked: this is for accounts that
# vanished without a word, as with a state that was restored from an older copy.
_present: Cache[str, bool] = process.cache(20_000, seconds=300)


def verify_token(token: str, *, writes: bool = False) -> Principal:
    """Return the principal of an access token.

    Args:
        writes: the request changes something (see `Revocations.cover`).

    Raises:
        Problem: 401 when the token is malformed, forged, expired, meant for
            another audience or revoked, or when a write's account is gone.
    """
    principal = _verified.get(token) or _verified.put(token, _principal(_claims(token)))
    if principal.expires_at <= now_seconds():
        raise unauthorized("The access token has expired.")
    if _revoked(principal, writes):
        raise unauthorized("The access token has been revoked.")
    if writes and principal.user_id:
        _require_account(principal.user_id)
    if revocations.newer(f"roles:{principal.user_id}", principal.issued_ms):
        raise unauthorized("The roles of the account have changed; refresh the access token.")
    return principal


def authenticate(
    authorization: str | None,
    request: Callable[[], SignedRequest],
    *,
    writes: bool = False,
    verify_key: KeyVerifier | None = None,
) -> Principal | None:
    """Return the principal of an Authorization header, ``None`` without one.

    Args:
        request: the parts that an OAuth 1.0a signature covers; called only for signatures.
        writes: the request changes something (see `verify_token`).
        verify_key: of a domain that takes API keys.

    Raises:
        Problem: 401 for credentials that do not hold.
    """
    if not authorization:
        return None
    scheme, _, credentials = authorization.partition(" ")
    if verify_key and scheme.lower() == "bearer" and credentials.startswith(API_KEY_PREFIX):
        return verify_key(credentials.strip(), writes=writes)
    if scheme.lower() == "bearer" and credentials.strip():
        return verify_token(credentials.strip(), writes=writes)
    if scheme.lower() == "oauth":
        found = oauth1.verify(authorization, request())
        return _signed_principal(found, authorization, writes)
    raise unauthorized("The Authorization header holds no bearer token.")


def _signed_principal(credentials: Credentials, authorization: str, writes: bool) -> Principal:
    token = oauth1.parse_header(authorization)["oauth_token"]
    principal = Principal(
        user_id=credentials.user_id,
        client_id=credentials.client_id,
        scopes=credentials.scopes,
        roles=frozenset({"user"}),
        session_id=f"{OAUTH1_SESSION}{token}",
        issued_at=credentials.issued_at,
        expires_at=now_seconds() + oauth1.CREDENTIAL_CACHE_SECONDS,
    )
    if _revoked(principal, writes):
        raise unauthorized("The access token has been revoked.")
    return principal


def _require_account(user_id: str) -> None:
    """Check that an account is there; remembered for some minutes.

    Raises:
        Problem: 401 for an account that is gone.
    """
    if _present.get(user_id):
        return
    card = profiles.card(user_id)
    if card is None or card.gone:
        # Newly made or just returned, and not on every replica yet?
        card = profiles.fresh_card(user_id)
    if card is None or card.gone:
        raise unauthorized("The account of the access token is gone.")
    _present.put(user_id, True)


def _revoked(principal: Principal, writes: bool) -> bool:
    return revocations.cover(
        principal.session_id,
        principal.user_id,
        principal.client_id,
        principal.issued_ms,
        principal.claims.get("owner"),
        writes=writes,
    )


def authorize(principal: Principal | None, access: Access) -> None:
    """Check a caller against the access of a route.

    Raises:
        Problem: 401 without credentials, 403 for the wrong kind of token, a
            missing scope or a missing permission.
    """
    if access.public:
        return
    if principal is None:
        raise unauthorized()
    if principal.api_key:
        if not access.keys:
            raise unsupported_authentication(API_KEY, access.kinds)
        if not principal.scopes & {*access.keys, KEY_ADMIN}:
            raise missing_scope(sorted(access.keys))
        return
    if principal.user_id is None:
        if not access.app:
            raise unsupported_authentication(OAUTH2_APP, access.kinds)
        if not principal.may(access.permission):
            raise forbidden_problem("An app alone is not permitted to do this.")
        return
    missing = [scope for scope in access.scopes if scope not in principal.scopes]
    if missing:
        if principal.session_id.startswith(OAUTH1_SESSION) and OAUTH1 not in access.kinds:
            raise unsupported_authentication(OAUTH1, access.kinds)
        raise missing_scope(missing)
    if not principal.may(access.permission):
        raise forbidden_problem("Your roles do not permit this.")


def _claims(token: str) -> dict[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError

    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": settings().public_url},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        sid={"essential": True},
        client_id={"essential": True},
    )
    try:
        decoded = jwt.decode(token, _key_set, algorithms=[ALGORITHM])
        if decoded.header.get("typ") != "at+jwt":
            raise unauthorized("The token is not an access token.")
        registry.validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise unauthorized("The access token is not valid.") from error
    return dict(decoded.claims)


def _key_set(token: Any) -> Any:
    """Return the keys to verify with; an unknown key id reads them again."""
    kid = token.headers().get("kid")
    return keys.key_set(kid if isinstance(kid, str) else None)


def _principal(claims: Mapping[str, Any]) -> Principal:
    app_only = claims.get("app_only") is True
    if app_only and not claims.get("owner"):
        # No suspension of an owner would end it.
        raise unauthorized("The access token is not valid.")
    return Principal(
        user_id=None if app_only else str(claims["sub"]),
        client_id=str(claims["client_id"]),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        roles=frozenset(claims.get("roles", ())),
        session_id=str(claims["sid"]),
        issued_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
        claims=dict(claims),
    )
