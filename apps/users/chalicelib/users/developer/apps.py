"""Managing developer apps: what there is, other names and addresses, new secrets, the end."""

import secrets
from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.models import Client, Revocation
from chalicelib.users.oauth import tokens
from chalicelib.users.oauth.clients import check_redirect_uri, owned_app, seal
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from shared.auth import oauth1
from shared.auth.revocations import revocations
from shared.aws import dynamo, sdk
from shared.aws.models import as_dict
from shared.base.clock import iso, now_ms
from shared.base.errors import not_found
from shared.contracts.revocations import LASTING

Item = dict[str, Any]


def listed(owner_id: str) -> list[Item]:
    """The owner's apps, newest first (a Query, then a BatchGetItem a hundred)."""
    table = Client.Meta.table_name
    keys = [{"key": key} for key in _keys(owner_id)]
    found = dynamo.batch_get({table: keys})[table]
    found.sort(key=lambda item: item["created_at"], reverse=True)
    return [shown(item) for item in found]


def has_apps(owner_id: str) -> bool:
    """Whether somebody has an app (one Query of keys)."""
    return bool(_keys(owner_id))


def shown(item: Item) -> Item:
    """An app without its secrets."""
    return {
        "id": item["client_id"],
        "client_id": item["client_id"],
        "consumer_key": item["consumer_key"],
        "name": item["name"],
        "type": item["type"],
        "redirect_uris": sorted(item.get("redirect_uris") or ()),
        "created_at": iso(item["created_at"]),
    }


def change(owner_id: str, client_id: str, body: Item) -> Item:
    """Give an app another name or other redirect addresses (one conditional update).

    Raises:
        Problem: 404 when it is not the caller's, 400 for an unsafe address.
    """
    steps: list[Action] = []
    if "name" in body:
        steps.append(Client.name.set(body["name"].strip()))
    if "redirect_uris" in body:
        uris = set(body["redirect_uris"])
        for uri in uris:
            check_redirect_uri(uri)
        steps.append(Client.redirect_uris.set(uris) if uris else Client.redirect_uris.remove())
    return shown(as_dict(_update(owner_id, client_id, steps)))


def rotate(owner_id: str, client_id: str, kind: str) -> Item:
    """A new secret, shown this once; the old one is dead.

    Args:
        kind: ``client_secret`` (OAuth 2.0), ``consumer_secret`` (OAuth 1.0a;
            other processes may accept signatures of the old one for five minutes),
            or ``bearer_token`` (every app-only bearer of before is refused).

    Raises:
        Problem: 404 when the app is not the caller's.
    """
    app, fresh = owned_app(owner_id, client_id), secrets.token_urlsafe(36)
    if kind == "consumer_secret":
        # The way from the key first: if the second step fails, rotating again repairs it.
        expression, at = "SET #consumer_secret = :secret, #updated_at = :at", now_ms()
        values = {"secret": seal(fresh, client_id), "at": at}
        key = {"key": f"consumer#{app.consumer_key}"}
        table = Client.Meta.table_name
        dynamo.transact([actions.update(table, key, expression, values, "attribute_exists(#key)")])
        _update(owner_id, client_id, [Client.consumer_secret_digest.set(tokens.digest(fresh))])
        oauth1.forget()
    elif kind == "bearer_token":
        at = tokens.revoke_lasting(f"app:{client_id}")
        # One millisecond later than everything that has just ended.
        fresh = tokens.sign_app_token(client_id, owner_id, max(now_ms(), at + 1))
    else:
        _update(owner_id, client_id, [Client.secret_digest.set(tokens.digest(fresh))])
    return {"id": client_id, kind: fresh}


def delete(owner_id: str, client_id: str) -> None:
    """Delete an app; all tokens ever given to it are refused.

    Raises:
        Problem: 404 when it is not the caller's.
    """
    _delete(owned_app(owner_id, client_id))


def delete_all(owner_id: str) -> None:
    """Delete every app of an owner who leaves."""
    for key in _keys(owner_id):
        _delete(owned_app(owner_id, key.removeprefix("client#")))


def _delete(app: Client) -> None:
    at, table = now_ms(), Client.Meta.table_name
    subject = f"client:{app.client_id}"
    lasting = {"list": LASTING, "at": f"{at:013d}#{subject}"}
    dynamo.transact(
        [
            actions.delete(table, {"key": app.key}, {}),
            actions.delete(table, {"key": f"consumer#{app.consumer_key}"}, {}),
            # For those who run, and for those who start when the first has been forgotten.
            dynamo.put(Revocation.Meta.table_name, tokens.revocation(subject, at)),
            dynamo.put(Revocation.Meta.table_name, lasting),
        ]
    )
    revocations.note(subject, at)
    oauth1.forget()


def _update(owner_id: str, client_id: str, steps: list[Action]) -> Client:
    app = Client(f"client#{client_id}")
    stamp = [Client.version.add(1), Client.updated_at.set(now_ms())]
    try:
        app.update([*steps, *stamp], condition=Client.owner_id == owner_id)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise not_found("app", client_id) from error
    return app


def _keys(owner_id: str) -> list[str]:
    query: Item = {
        "TableName": Client.Meta.table_name,
        "IndexName": "by_owner",
        "KeyConditionExpression": "owner_id = :owner",
        "ExpressionAttributeValues": {":owner": dynamo.encode(owner_id)},
    }
    keys: list[str] = []
    while True:
        answer = sdk.client("dynamodb").query(**query)
        keys += [dynamo.decode(raw["key"]) for raw in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return keys
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
