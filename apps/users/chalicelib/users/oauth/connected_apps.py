"""Other parties' apps that act for a user, whatever they hold: OAuth 2.0 or OAuth 1.0a."""

from typing import Any

from chalicelib.users.core.models import Grant
from chalicelib.users.oauth import session_list
from chalicelib.users.oauth.clients import FIRST_PARTY_CLIENTS

from shared.aws import dynamo
from shared.base.clock import iso, now_seconds
from shared.base.errors import not_found

Item = dict[str, Any]


def listed(user_id: str) -> list[Item]:
    """The apps, the one connected last first (a Query, then a BatchGetItem a hundred)."""
    apps: dict[str, list[Item]] = {}
    for grant in _grants(user_id):
        if grant["expires_at"] > now_seconds():
            apps.setdefault(grant["client_id"], []).append(grant)
    names = session_list.client_names(set(apps))
    shown = [_shown(client_id, names[client_id], apps[client_id]) for client_id in names]
    return sorted(shown, key=lambda app: str(app["connected_at"]), reverse=True)


def disconnect(user_id: str, client_id: str) -> int:
    """End everything that an app holds of the user; returns how many grants there were.

    Raises:
        Problem: 404 when it holds nothing.
    """
    keys = [grant["key"] for grant in _grants(user_id) if grant["client_id"] == client_id]
    if not keys:
        raise not_found("app", client_id)
    session_list.end_grants(keys)
    return len(keys)


def _grants(user_id: str) -> list[Item]:
    table = Grant.Meta.table_name
    keys = [{"key": key} for key in session_list.grant_keys(user_id)]
    found = dynamo.batch_get({table: keys})[table] if keys else []
    return [grant for grant in found if grant["client_id"] not in FIRST_PARTY_CLIENTS]


def _shown(client_id: str, name: str, grants: list[Item]) -> Item:
    used = [grant.get("refreshed_at") or grant["created_at"] for grant in grants]
    return {
        "id": client_id,
        "name": name,
        "scopes": sorted({scope for grant in grants for scope in grant["scope"].split()}),
        "connected_at": iso(min(grant["created_at"] for grant in grants)),
        "used_at": iso(max(used)),
        "tokens": len(grants),
    }
