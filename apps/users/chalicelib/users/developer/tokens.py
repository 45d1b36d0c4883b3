"""Tokens of developers for their own apps (X: "Keys and tokens")."""

from chalicelib.users.accounts.accounts import get_user
from chalicelib.users.core.token_models import GRANTS, Client
from chalicelib.users.oauth import grants, oauth1_tokens, tokens
from chalicelib.users.oauth.clients import seal

from shared.auth.scopes import GRANTABLE_SCOPES
from shared.aws.dynamo import Item
from shared.base.errors import invalid_request


def create(app: Client, user_id: str, scopes: list[str] | None) -> Item:
    """Create OAuth 1.0a and OAuth 2.0 tokens for the app's owner.

    Args:
        scopes: OAuth 2.0 scopes; all that an app may hold if ``None``.

    Raises:
        Problem: 400 for a scope that is unknown or not for apps.
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
    access_token, access_token_secret = oauth1_tokens.new(user_id)
    sealed = seal(access_token_secret, access_token)
    GRANTS.put(grants.oauth1(access_token, user_id, app.client_id, scope, sealed))
    return {
        "access_token": access_token,
        "access_token_secret": access_token_secret,
        "oauth2": opened.document(),
        "oauth2_access_token": opened.access_token,
        "oauth2_refresh_token": opened.refresh_token,
        "scope": scope,
    }
