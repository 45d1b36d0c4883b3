"""Stored templates: a head, a draft, versions that never change.

An owner is an API key, or the platform for its administrators.

Items of an owner, by ``entry``: ``head#<name>`` (number of the published version, times),
``draft#<name>`` and ``version#<name>#<number>`` (the document as JSON).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.notifications.core.planning_models import TEMPLATES
from chalicelib.notifications.templates.documents import Document

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.errors import conflict, not_found
from shared.base.process import Cache, process

# Of one owner; the list is one Query.
MAX_TEMPLATES = 200
MAX_VERSIONS = 1_000
_heads: Cache[tuple[str, str], int] = process.cache(5_000, seconds=10)
# Versions never change.
_versions: Cache[tuple[str, str, int], Document] = process.cache(500)


@dataclass(frozen=True)
class Head:
    """Entry of the list of templates.

    Attributes:
        version: the published one, ``None`` before the first.
        draft_at / published_at: Unix ms; ``None`` if there is none.
    """

    name: str
    version: int | None
    draft_at: int | None
    published_at: int | None

    @classmethod
    def of(cls, item: Item) -> "Head":
        """Return the head in a stored item."""
        name = item["entry"].partition("#")[2]
        return cls(name, item.get("version"), item.get("draft_at"), item.get("published_at"))


def heads(owner_id: str) -> list[Head]:
    """Return an owner's templates by name (1 Query)."""
    values = {"owner": owner_id, "head": "head#"}
    condition = "#owner_id = :owner AND begins_with(#entry, :head)"
    found = TEMPLATES.page(condition, values, consistent=True, limit=MAX_TEMPLATES)
    return [Head.of(item) for item in found.items]


def head(owner_id: str, name: str) -> Head:
    """Return a template's head.

    Raises:
        Problem: 404.
    """
    item = TEMPLATES.get(_key(owner_id, f"head#{name}"), consistent=True)
    if item is None:
        raise not_found("template", name, "name")
    return Head.of(item)


def put_draft(owner_id: str, name: str, document: Document) -> Head:
    """Store a draft in place of the one before (1 transaction).

    Raises:
        Problem: 409: the owner has too many templates.
    """
    now = now_ms()
    key = _key(owner_id, f"head#{name}")
    if TEMPLATES.get(key) is None and len(heads(owner_id)) >= MAX_TEMPLATES:
        raise conflict(f"There may be {MAX_TEMPLATES} templates.")
    draft = {**_key(owner_id, f"draft#{name}"), "document": _json(document), "updated_at": now}
    dynamo.transact(
        [
            TEMPLATES.put_action(draft),
            TEMPLATES.update_action(key, "SET #draft_at = :now", {"now": now}),
        ],
        conflict_attempts=dynamo.CONFLICT_ATTEMPTS,
    )
    return head(owner_id, name)


def publish(owner_id: str, name: str) -> Head:
    """Make the draft the next version, which is then used.

    Calls: 2 GetItem, 1 transaction.

    Raises:
        Problem: 404: there is no such template; 409: it has no draft, too many versions, or was
            published by another request.
    """
    found = head(owner_id, name)
    draft = TEMPLATES.get(_key(owner_id, f"draft#{name}"), consistent=True)
    if draft is None:
        raise conflict("The template has no draft to publish.")
    former = found.version or 0
    if former >= MAX_VERSIONS:
        raise conflict(f"There may be {MAX_VERSIONS} versions of a template.")
    version, now = former + 1, now_ms()
    stored = {
        **_key(owner_id, _entry(name, version)),
        "document": draft["document"],
        "updated_at": now,
    }
    unchanged = "#draft_at = :draft_at AND " + (
        "#version = :former" if former else "attribute_not_exists(#version)"
    )
    try:
        dynamo.transact(
            [
                TEMPLATES.insert_action(stored),
                TEMPLATES.update_action(
                    _key(owner_id, f"head#{name}"),
                    "SET #version = :version, #published_at = :now REMOVE #draft_at",
                    {
                        "version": version,
                        "now": now,
                        "former": former,
                        "draft_at": found.draft_at,
                    },
                    unchanged,
                ),
                TEMPLATES.delete_action(_key(owner_id, f"draft#{name}")),
            ],
            conflict_attempts=dynamo.CONFLICT_ATTEMPTS,
        )
    except dynamo.TransactionCanceled as canceled:
        raise conflict("The template was changed by another request; try again.") from canceled
    _heads.pop((owner_id, name))
    return Head(name, version, None, now)


def draft(owner_id: str, name: str) -> Document | None:
    """Return a template's draft, ``None`` if it has none."""
    item = TEMPLATES.get(_key(owner_id, f"draft#{name}"), consistent=True)
    return None if item is None else _document(item)


def published(owner_id: str, name: str) -> int | None:
    """Return the number of the published version; at most ten seconds old."""
    cached = _heads.get((owner_id, name))
    if cached is not None:
        return cached
    item = TEMPLATES.get(_key(owner_id, f"head#{name}"), consistent=True)
    version: int | None = (item or {}).get("version")
    return None if version is None else _heads.put((owner_id, name), version)


def version(owner_id: str, name: str, number: int) -> Document | None:
    """Return a version of a template, ``None`` if there is no such one."""
    key = (owner_id, name, number)
    found = _versions.get(key)
    if found is None:
        item = TEMPLATES.get(_key(owner_id, _entry(name, number)), consistent=True)
        if item is None:
            return None
        found = _versions.put(key, _document(item))
    return found


def _entry(name: str, number: int) -> str:
    return f"version#{name}#{number:06d}"


def _key(owner_id: str, entry: str) -> Item:
    return {"owner_id": owner_id, "entry": entry}


def _json(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _document(item: Mapping[str, Any]) -> Document:
    found: Document = json.loads(item["document"])
    return found
