"""Authentication: from the Authorization header to a `Principal`.

A warm process needs no call.

Access tokens are JWTs (RFC 9068) signed by an asymmetric KMS key and verified
in-process against its public key; one small query per process reads new revocations
every thirty seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.auth import oauth1
from shared.auth.oauth1 import SignedRequest
from shared.auth.revocations import revocations
from shared.auth.roles import APP_PERMISSIONS, ROLE_PERMISSIONS
from shared.auth.scopes import OAUTH1, OAUTH2_APP, Access
from shared.auth.signing_keys import ALGORITHM, keys
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import forbidden as forbidden_problem
from shared.base.errors import missing_scope, unauthorized, unsupported_authentication
from shared.base.process import Cache, process
from shared.contracts.credentials import Credentials

AUDIENCE = "rookery-api"
# Client id in the tokens of the platform's own web client.
WEB_CLIENT_ID = "rookery-web"
# Beginning of the session id in principals of OAuth 1.0a tokens.
OAUTH1_SESSION = "oauth1-"


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
    """

    user_id: str | None
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    session_id: str
    issued_at: int
    expires_at: int
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

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
        if self.user_id is None:
            return permission in APP_PERMISSIONS
        return any(permission in ROLE_PERMISSIONS.get(role, ()) for role in self.roles)


_verified: Cache[str, Principal] = process.cache(4096, seconds=300)


def verify_token(token: str) -> Principal:
    """Return the principal of an access token.

    Raises:
        Problem: 401 when the token is malformed, forged, expired, meant for
            another audience or revoked.
    """
    principal = _verified.get(token) or _verified.put(token, _principal(_claims(token)))
    if principal.expires_at <= now_seconds():
        raise unauthorized("The access token has expired.")
    if _revoked(principal):
        raise unauthorized("The access token has been revoked.")
    if revocations.newer(f"roles:{principal.user_id}", principal.issued_ms):
        raise unauthorized("The roles of the account have changed; refresh the access token.")
    return principal


def authenticate(
    authorization: str | None, request: Callable[[], SignedRequest]
) -> Principal | None:
    """Return the principal of an Authorization header, ``None`` without one.

    Args:
        request: the parts that an OAuth 1.0a signature covers; called only for signatures.

    Raises:
        Problem: 401 for credentials that do not hold.
    """
    if not authorization:
        return None
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return verify_token(credentials.strip())
    if scheme.lower() == "oauth":
        return _signed_principal(oauth1.verify(authorization, request()), authorization)
    raise unauthorized("The Authorization header holds no bearer token.")


def _signed_principal(credentials: Credentials, authorization: str) -> Principal:
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
    if _revoked(principal):
        raise unauthorized("The access token has been revoked.")
    return principal


def _revoked(principal: Principal) -> bool:
    return revocations.cover(
        principal.session_id,
        principal.user_id,
        principal.client_id,
        principal.issued_ms,
        principal.claims.get("owner"),
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
