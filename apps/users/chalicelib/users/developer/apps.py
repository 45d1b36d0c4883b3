"""Management of developer apps: list, change, rotate secrets, delete."""

import secrets

from chalicelib.users.core import revocation_items
from chalicelib.users.core.token_models import BY_OWNER, CLIENTS, Client
from chalicelib.users.core.updates import Attributes, versioned
from chalicelib.users.oauth import tokens
from chalicelib.users.oauth.access_tokens import sign_app_token
from chalicelib.users.oauth.clients import (
    alias_key,
    app_key,
    check_redirect_uri,
    client_id_of,
    owned_app,
    seal,
)

from shared.auth import oauth1
from shared.auth.revocations import revocations
from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import iso, now_ms
from shared.base.errors import not_found
from shared.base.random_text import letters_and_digits


def list_apps(owner_id: str) -> list[Item]:
    """Apps of an owner, newest first.

    One Query, then a BatchGetItem per hundred.
    """
    found = CLIENTS.get_many({"key": key} for key in _keys(owner_id))
    found.sort(key=lambda item: item["created_at"], reverse=True)
    return [present(item) for item in found]


def has_apps(owner_id: str) -> bool:
    """Return whether a user has an app (one Query of keys)."""
    return bool(_keys(owner_id))


def present(item: Item) -> Item:
    """Present an app without its secrets."""
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
    """Change an app's name or redirect addresses (one conditional update).

    Raises:
        Problem: 404 for an unknown app or another user's, 400 for an unsafe address.
    """
    attributes: Item = {}
    if "name" in body:
        attributes["name"] = body["name"].strip()
    if "redirect_uris" in body:
        uris = set(body["redirect_uris"])
        for uri in uris:
            check_redirect_uri(uri)
        attributes["redirect_uris"] = uris or None
    return present(_update(owner_id, client_id, attributes))


def rotate(owner_id: str, client_id: str, kind: str) -> Item:
    """Replace a secret; the response alone shows the new one.

    Args:
        kind: ``client_secret`` (OAuth 2.0), ``consumer_secret`` (OAuth 1.0a;
            other processes may accept signatures of the old one for five minutes),
            or ``bearer_token`` (every earlier app-only bearer is refused).

    Raises:
        Problem: 404 for an unknown app or another user's.
    """
    app, fresh = owned_app(owner_id, client_id), secrets.token_urlsafe(36)
    if kind == "consumer_secret":
        fresh = letters_and_digits(50)
        _rotate_consumer_secret(app, owner_id, fresh)
    elif kind == "bearer_token":
        at = tokens.revoke_bearers(f"app:{client_id}")
        # One millisecond later than everything that has just ended.
        fresh = sign_app_token(client_id, owner_id, max(now_ms(), at + 1))
    else:
        _update(owner_id, client_id, {"secret_digest": tokens.digest(fresh)})
    return {"id": client_id, kind: fresh}


def delete(owner_id: str, client_id: str) -> None:
    """Delete an app; all tokens ever given to it are refused.

    Raises:
        Problem: 404 for an unknown app or another user's.
    """
    _delete(owned_app(owner_id, client_id))


def delete_all(owner_id: str) -> None:
    """Delete all apps of a leaving owner."""
    for key in _keys(owner_id):
        _delete(owned_app(owner_id, client_id_of(key)))


def _rotate_consumer_secret(app: Client, owner_id: str, fresh: str) -> None:
    # The alias first: if the second step fails, rotating again repairs it.
    values = {"secret": seal(fresh, app.client_id), "at": now_ms()}
    CLIENTS.update(
        {"key": alias_key(app.consumer_key)},
        "SET #consumer_secret = :secret, #updated_at = :at",
        values,
        "attribute_exists(#key)",
    )
    _update(owner_id, app.client_id, {"consumer_secret_digest": tokens.digest(fresh)})
    oauth1.forget()


def _delete(app: Client) -> None:
    at, subject = now_ms(), f"client:{app.client_id}"
    dynamo.transact(
        [
            CLIENTS.delete_action({"key": app.key}),
            CLIENTS.delete_action({"key": alias_key(app.consumer_key)}),
            *revocation_items.revoke_for_good_actions(subject, at),
        ]
    )
    revocations.note(subject, at)
    oauth1.forget()


def _update(owner_id: str, client_id: str, attributes: Attributes) -> Item:
    """Change an app; returns its item.

    Raises:
        Problem: 404 for an unknown app or another user's.
    """
    expression, values = versioned(attributes, at=now_ms())
    values["owner"] = owner_id
    key = {"key": app_key(client_id)}
    outcome = CLIENTS.update(key, expression, values, "#owner_id = :owner", returning="ALL_NEW")
    if not outcome or outcome.item is None:
        raise not_found("app", client_id)
    return outcome.item


def _keys(owner_id: str) -> list[str]:
    values = {"owner": owner_id}
    return [item["key"] for item in CLIENTS.query("#owner_id = :owner", values, index=BY_OWNER)]
