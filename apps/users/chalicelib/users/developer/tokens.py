"""A developer's own tokens for an own app (X: "Keys and tokens")."""

import secrets
from typing import Any

from chalicelib.users.accounts.accounts import get_user
from chalicelib.users.core.models import Client, Grant
from chalicelib.users.oauth import tokens
from chalicelib.users.oauth.clients import seal

from shared.auth.scopes import GRANTABLE_SCOPES
from shared.base.clock import now_ms, now_seconds
from shared.base.errors import invalid_request


def create(app: Client, user_id: str, scopes: list[str] | None) -> dict[str, Any]:
    """An OAuth 1.0a access token and an OAuth 2.0 token pair for the app's owner.

    Args:
        scopes: OAuth 2.0 scopes; all that an app may hold if ``None``.

    Raises:
        Problem: 400 for a scope that is unknown or never given to apps.
    """
    wanted = sorted(GRANTABLE_SCOPES) if scopes is None else scopes
    unknown = [scope for scope in wanted if scope not in GRANTABLE_SCOPES]
    if unknown:
        raise invalid_request(f"scopes: not grantable: {' '.join(unknown)}", scopes=unknown)
    scope = tokens.permitted_scope(user_id, " ".join(wanted))
    user = get_user(user_id)
    opened = tokens.open_session(
        user, app.client_id, scope, refreshable="offline.access" in scope.split()
    )
    # tweepy and X's own clients read the user id out of the token's prefix.
    access_token = f"{user_id}-{secrets.token_urlsafe(24)}"
    access_token_secret = secrets.token_urlsafe(36)
    Grant(
        f"oauth1#{access_token}",
        user_id=user_id,
        holder_id=user_id,
        client_id=app.client_id,
        scope=scope,
        secret=seal(access_token_secret, access_token),
        created_at=now_ms(),
        expires_at=now_seconds() + tokens.APP_TOKEN_SECONDS,
    ).save()
    return {
        "access_token": access_token,
        "access_token_secret": access_token_secret,
        "oauth2": opened.document(),
        "oauth2_access_token": opened.access_token,
        "oauth2_refresh_token": opened.refresh_token,
        "scope": scope,
    }
