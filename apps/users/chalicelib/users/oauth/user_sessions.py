"""A user's own sessions: list and end them."""

from chalicelib.users.core.token_models import CLIENTS, GRANTS
from chalicelib.users.oauth import grants
from chalicelib.users.oauth.clients import FIRST_PARTY_CLIENTS, app_key
from chalicelib.users.oauth.grants import SESSION

from shared.aws.dynamo import Item
from shared.base.clock import iso, now_seconds
from shared.base.errors import not_found


def list_sessions(user_id: str, current: str) -> list[Item]:
    """Live sessions of a user, newest first.

    One Query, then a BatchGetItem per hundred.

    Args:
        current: id of the caller's session.
    """
    found = GRANTS.get_many({"key": key} for key in grants.keys_of(user_id, SESSION))
    alive = [grant for grant in found if grant["expires_at"] > now_seconds()]
    names = client_names({grant["client_id"] for grant in alive})
    alive.sort(key=lambda grant: grant["created_at"], reverse=True)
    # Sessions of deleted apps are dead: their tokens are refused.
    return [_present(grant, names, current) for grant in alive if grant["client_id"] in names]


def end(user_id: str, session_id: str) -> None:
    """End one of the user's own sessions.

    Raises:
        Problem: 404 for an unknown session, or another user's.
    """
    grant = grants.find_session(session_id)
    if grant is None or grant.user_id != user_id:
        raise not_found("session", session_id)
    grants.end_session(session_id)


def end_others(user_id: str, current: str) -> int:
    """End all of the user's sessions but the current one; returns how many."""
    keys = [key for key in grants.keys_of(user_id, SESSION) if key != f"{SESSION}{current}"]
    grants.end_many(keys)
    return len(keys)


def client_names(client_ids: set[str]) -> dict[str, str]:
    """Names of clients by id; deleted apps are absent."""
    names = {i: FIRST_PARTY_CLIENTS[i] for i in client_ids if i in FIRST_PARTY_CLIENTS}
    apps = sorted(client_ids - names.keys())
    found = CLIENTS.get_many({"key": app_key(client_id)} for client_id in apps)
    return names | {item["client_id"]: item.get("name", "") for item in found}


def _present(grant: Item, names: dict[str, str], current: str) -> Item:
    session_id = grant["key"].removeprefix(SESSION)
    device = {"device": grant["device"]} if "device" in grant else {}
    return {
        "id": session_id,
        "client": {"id": grant["client_id"], "name": names[grant["client_id"]]},
        **device,
        "scopes": grant["scope"].split(),
        "created_at": iso(grant["created_at"]),
        "refreshed_at": iso(grant.get("refreshed_at") or grant["created_at"]),
        "expires_at": iso(grant["expires_at"] * 1000),
        "current": session_id == current,
    }
