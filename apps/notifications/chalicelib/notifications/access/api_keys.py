"""API keys of outside callers: made, verified, rotated and revoked.

A key is ``rk_<id>_<secret>`` with a random secret of 256 bits, of which only the SHA-256
digest is stored: with so much chance in it, no slow hash is needed. After a rotation the old
secret may hold for a while.
"""

import hashlib
import hmac
import re
import secrets
from typing import Any

from chalicelib.notifications.core.operation_models import API_KEYS

from shared.auth.authentication import API_KEY_PREFIX, Principal
from shared.aws.dynamo import Item
from shared.base.clock import iso, now_ms, now_seconds
from shared.base.errors import not_found, unauthorized
from shared.base.process import Cache, process

ID_PATTERN = "^[0-9a-f]{16}$"
CLIENT = "key:"
_FORM = re.compile(rf"{API_KEY_PREFIX}(?P<id>[0-9a-f]{{16}})_(?P<secret>[A-Za-z0-9_-]{{43}})")
# A revoked key may read for so long in other processes, and write, as revoked sessions may.
CACHE_SECONDS, WRITE_SECONDS = 10, 1
_FOREVER = 2**53

_stored: Cache[str, Item] = process.cache(4096, seconds=CACHE_SECONDS)
_fresh: Cache[str, Item] = process.cache(4096, seconds=WRITE_SECONDS)


def create(name: str, scopes: list[str]) -> dict[str, Any]:
    """Make a key (1 WRU).

    Returns:
        its document, once with the ``key`` itself.
    """
    secret, now = secrets.token_urlsafe(32), now_ms()
    item: Item = {
        "id": secrets.token_hex(8),
        "name": name,
        "scopes": sorted(set(scopes)),
        "digest": _digest(secret),
        "created_at": now,
    }
    API_KEYS.insert(item)
    return {**document(item), "key": _key(item["id"], secret)}


def rotate(key_id: str, overlap_seconds: int) -> dict[str, Any]:
    """Give a key another secret (1 RRU, 1 WRU).

    Args:
        overlap_seconds: time for which the old secret still holds.

    Returns:
        its document, once with the new ``key``.

    Raises:
        Problem: 404 for an unknown or revoked key.
    """
    known, secret = _require(key_id), secrets.token_urlsafe(32)
    changed = API_KEYS.update(
        {"id": key_id},
        "SET #digest = :digest, #former_digest = :former, #former_until = :until,"
        " #rotated_at = :now",
        {
            "digest": _digest(secret),
            "former": known["digest"],
            "until": now_seconds() + overlap_seconds,
            "now": now_ms(),
        },
        "attribute_exists(#id) AND attribute_not_exists(#revoked_at)",
        returning="ALL_NEW",
    )
    _forget(key_id)
    if not changed or changed.item is None:
        raise not_found("api_key", key_id)
    return {**document(changed.item), "key": _key(key_id, secret)}


def revoke(key_id: str) -> None:
    """End a key for good (1 WRU).

    Raises:
        Problem: 404 for an unknown key, and for one that was revoked before.
    """
    changed = API_KEYS.update(
        {"id": key_id},
        "SET #revoked_at = :now REMOVE #digest, #former_digest",
        {"now": now_ms()},
        "attribute_exists(#id) AND attribute_not_exists(#revoked_at)",
    )
    _forget(key_id)
    if not changed:
        raise not_found("api_key", key_id)


def listing() -> list[dict[str, Any]]:
    """Return all keys, the oldest first.

    A platform has few (one Scan of 1 MB at most).
    """
    found = API_KEYS.scan_page().items
    return [document(item) for item in sorted(found, key=lambda item: item["created_at"])]


def document(item: Item) -> dict[str, Any]:
    """Return a key for the API, without anything secret."""
    shown = {"id": item["id"], "name": item["name"], "scopes": list(item["scopes"])}
    for name in ("created_at", "rotated_at", "revoked_at"):
        if item.get(name):
            shown[name] = iso(item[name])
    return shown


def principal(token: str, *, writes: bool = False) -> Principal:
    """Return the caller behind an API key (0.5 RRU, or none from the cache).

    Args:
        writes: the request changes something, so the key was read within the last second.

    Raises:
        Problem: 401 for a key that is malformed, unknown, rotated or revoked.
    """
    found = _FORM.fullmatch(token)
    if found is None:
        raise unauthorized("The API key is not valid.")
    key_id = found["id"]
    item = (_fresh if writes else _stored).get(key_id)
    if item is None:
        item = API_KEYS.get({"id": key_id})
        if item is not None:
            _stored.put(key_id, _fresh.put(key_id, item))
    if item is None or not _holds(item, _digest(found["secret"])):
        raise unauthorized("The API key is not valid.")
    return Principal(
        user_id=None,
        client_id=f"{CLIENT}{key_id}",
        scopes=frozenset(item["scopes"]),
        roles=frozenset(),
        session_id=f"{CLIENT}{key_id}",
        issued_at=item["created_at"] // 1000,
        expires_at=_FOREVER,
        api_key=True,
    )


def _forget(key_id: str) -> None:
    _stored.pop(key_id)
    _fresh.pop(key_id)


def _holds(item: Item, digest: str) -> bool:
    if hmac.compare_digest(item.get("digest", ""), digest):
        return True
    former = hmac.compare_digest(item.get("former_digest", ""), digest)
    return former and item["former_until"] > now_seconds()


def _require(key_id: str) -> Item:
    item = API_KEYS.get({"id": key_id}, consistent=True) if re.match(ID_PATTERN, key_id) else None
    if item is None or "revoked_at" in item:
        raise not_found("api_key", key_id)
    return item


def _key(key_id: str, secret: str) -> str:
    return f"{API_KEY_PREFIX}{key_id}_{secret}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
