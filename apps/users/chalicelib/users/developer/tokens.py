"""Tokens of developers for their own apps (X: "Keys and tokens")."""

from chalicelib.users.accounts.accounts import get_user
from chalicelib.users.core.token_models import GRANTS, Client
from chalicelib.users.oauth import grants, oauth1_tokens, tokens
from chalicelib.users.oauth.clients import seal

from shared.auth.scopes import GRANTABLE_SCOPES
from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.errors import invalid_request, unauthorized


def create(app: Client, user_id: str, scopes: list[str] | None, at: int) -> Item:
    """Create OAuth 1.0a and OAuth 2.0 tokens for the app's owner.

    Args:
        scopes: OAuth 2.0 scopes; all that an app may hold if ``None``.
        at: Unix ms of the caller's own token. The new ones are as old, so that what ends
            that one ends them too.

    Raises:
        Problem: 400 for a scope that is unknown or not for apps, 401 if the user's logins
            have been ended since.
    """
    wanted = sorted(GRANTABLE_SCOPES) if scopes is None else scopes
    unknown = [scope for scope in wanted if scope not in GRANTABLE_SCOPES]
    if unknown:
        raise invalid_request(f"scopes: not grantable: {' '.join(unknown)}", scopes=unknown)
    scope = tokens.permitted_scope(user_id, " ".join(wanted))
    user = get_user(user_id)
    access_token, access_token_secret = oauth1_tokens.new(user_id)
    sealed = seal(access_token_secret, access_token)
    item = grants.oauth1(access_token, user_id, app.client_id, scope, sealed, at)
    try:
        dynamo.transact([grants.not_ended_action(user_id, at), GRANTS.put_action(item)])
    except dynamo.TransactionCanceled as canceled:
        raise unauthorized("The access token has been revoked.") from canceled
    opened = tokens.open_session(
        user, app.client_id, scope, refreshable="offline.access" in scope.split(), at=at
    )
    return {
        "access_token": access_token,
        "access_token_secret": access_token_secret,
        "oauth2": opened.document(),
        "oauth2_access_token": opened.access_token,
        "oauth2_refresh_token": opened.refresh_token,
        "scope": scope,
    }
