"""Third-party apps that act for a user, by OAuth 2.0 or OAuth 1.0a."""

from chalicelib.users.core.token_models import GRANTS
from chalicelib.users.oauth import grants, user_sessions
from chalicelib.users.oauth.clients import FIRST_PARTY_CLIENTS

from shared.aws.dynamo import Item
from shared.base.clock import iso, now_seconds
from shared.base.errors import not_found


def list_apps(user_id: str) -> list[Item]:
    """Connected apps, the latest first.

    One Query, then a BatchGetItem per hundred.
    """
    apps: dict[str, list[Item]] = {}
    for grant in _grants(user_id):
        if grant["expires_at"] > now_seconds():
            apps.setdefault(grant["client_id"], []).append(grant)
    names = user_sessions.client_names(set(apps))
    found = [_present(client_id, names[client_id], apps[client_id]) for client_id in names]
    return sorted(found, key=lambda app: str(app["connected_at"]), reverse=True)


def disconnect(user_id: str, client_id: str) -> int:
    """End all grants of an app for the user; returns how many there were.

    Raises:
        Problem: 404 for an app without a grant of the user.
    """
    keys = [grant["key"] for grant in _grants(user_id) if grant["client_id"] == client_id]
    if not keys:
        raise not_found("app", client_id)
    grants.end_many(keys)
    return len(keys)


def _grants(user_id: str) -> list[Item]:
    found = GRANTS.get_many({"key": key} for key in grants.keys_of(user_id))
    return [grant for grant in found if grant["client_id"] not in FIRST_PARTY_CLIENTS]


def _present(client_id: str, name: str, held: list[Item]) -> Item:
    used = [grant.get("refreshed_at") or grant["created_at"] for grant in held]
    return {
        "id": client_id,
        "name": name,
        "scopes": sorted({scope for grant in held for scope in grant["scope"].split()}),
        "connected_at": iso(min(grant["created_at"] for grant in held)),
        "used_at": iso(max(used)),
        "tokens": len(held),
    }
