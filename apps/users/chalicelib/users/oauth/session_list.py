"""A user's sessions: which there are, and how they end."""

from typing import Any

from chalicelib.users.core.models import Client, Grant, Revocation
from chalicelib.users.oauth import tokens
from chalicelib.users.oauth.clients import FIRST_PARTY_CLIENTS

from shared.auth.revocations import revocations
from shared.aws import dynamo, sdk
from shared.base.clock import iso, now_ms, now_seconds
from shared.base.errors import not_found

Item = dict[str, Any]

_SESSION = "session#"


def listed(user_id: str, current: str) -> list[Item]:
    """The user's live sessions, newest first (a Query, then a BatchGetItem a hundred).

    Args:
        current: id of the session that asks.
    """
    grants = Grant.Meta.table_name
    keys = [{"key": key} for key in grant_keys(user_id, _SESSION)]
    found = dynamo.batch_get({grants: keys})[grants]
    alive = [grant for grant in found if grant["expires_at"] > now_seconds()]
    names = client_names({grant["client_id"] for grant in alive})
    alive.sort(key=lambda grant: grant["created_at"], reverse=True)
    # A session whose app was deleted is dead: its tokens are refused.
    return [_shown(grant, names, current) for grant in alive if grant["client_id"] in names]


def end(user_id: str, session_id: str) -> None:
    """End one of the user's own sessions.

    Raises:
        Problem: 404 when there is none, or it is somebody else's.
    """
    try:
        grant = Grant.get(f"{_SESSION}{session_id}", consistent_read=True)
    except Grant.DoesNotExist as error:
        raise not_found("session", session_id) from error
    if grant.user_id != user_id:
        raise not_found("session", session_id)
    tokens.revoke_session(session_id)


def end_others(user_id: str, current: str) -> int:
    """End all of the user's sessions but one; returns how many there were."""
    keys = [key for key in grant_keys(user_id, _SESSION) if key != f"{_SESSION}{current}"]
    end_grants(keys)
    return len(keys)


def end_grants(keys: list[str]) -> None:
    """End sessions and OAuth 1.0a tokens by the keys of their grants."""
    at = now_ms()
    names = [key.replace("oauth1#", "oauth1-").removeprefix(_SESSION) for key in keys]
    subjects = [f"session:{name}" for name in names]
    revoked = [tokens.revocation(subject, at) for subject in subjects]
    dynamo.batch_write(Revocation.Meta.table_name, revoked)
    dynamo.batch_write(Grant.Meta.table_name, deletes=[{"key": key} for key in keys])
    for subject in subjects:
        revocations.note(subject, at)


def end_all_action(user_id: str, at: int) -> Item:
    """The write action that refuses every access token issued until ``at``.

    It belongs into a transaction that also sets ``sessions_from`` of the
    account (no refresh token of that time holds any more); `forget_all` follows.
    """
    return dynamo.put(Revocation.Meta.table_name, tokens.revocation(f"user:{user_id}", at))


def forget_all(user_id: str, at: int) -> None:
    """Remove the grants of sessions that have ended, and of OAuth 1.0a tokens with them."""
    revocations.note(f"user:{user_id}", at)
    keys = [{"key": key} for key in grant_keys(user_id)]
    dynamo.batch_write(Grant.Meta.table_name, deletes=keys)


def grant_keys(user_id: str, prefix: str = "") -> list[str]:
    """Keys of a user's sessions and OAuth 1.0a tokens (one Query a megabyte)."""
    condition, values = "holder_id = :user", {":user": dynamo.encode(user_id)}
    names: dict[str, Any] = {}
    if prefix:
        condition += " AND begins_with(#key, :prefix)"
        values[":prefix"] = dynamo.encode(prefix)
        names = {"ExpressionAttributeNames": {"#key": "key"}}
    query: dict[str, Any] = {
        "TableName": Grant.Meta.table_name,
        "IndexName": "by_user",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **names,
    }
    keys: list[str] = []
    while True:
        answer = sdk.client("dynamodb").query(**query)
        keys += [dynamo.decode(raw["key"]) for raw in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return keys
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def client_names(client_ids: set[str]) -> dict[str, str]:
    """Names of the clients that exist."""
    names = {i: FIRST_PARTY_CLIENTS[i] for i in client_ids if i in FIRST_PARTY_CLIENTS}
    table = Client.Meta.table_name
    keys = [{"key": f"client#{client_id}"} for client_id in sorted(client_ids - names.keys())]
    if keys:
        found = dynamo.batch_get({table: keys})[table]
        names |= {item["client_id"]: item.get("name", "") for item in found}
    return names


def _shown(grant: Item, names: dict[str, str], current: str) -> Item:
    session_id = grant["key"].removeprefix(_SESSION)
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
