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
from shared.base.errors import Problem, conflict, not_found
from shared.base.process import Cache, process

# Of one owner; the list is one Query.
MAX_TEMPLATES = 200
MAX_VERSIONS = 1_000
_IN_USE = "attribute_not_exists(#archived_at)"


@dataclass(frozen=True)
class Head:
    """Entry of the list of templates.

    Attributes:
        version: the published one, ``None`` before the first.
        draft_at / published_at / archived_at: Unix ms; ``None`` if there is none.
    """

    name: str
    version: int | None
    draft_at: int | None
    published_at: int | None
    archived_at: int | None = None

    @classmethod
    def of(cls, item: Item) -> "Head":
        """Return the head in a stored item."""
        times = (item.get(name) for name in ("draft_at", "published_at", "archived_at"))
        return cls(item["entry"].partition("#")[2], item.get("version"), *times)


_heads: Cache[tuple[str, str], Head] = process.cache(5_000, seconds=10)
# Versions never change.
_versions: Cache[tuple[str, str, int], Document] = process.cache(500)


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
        Problem: 409: the template is archived, or the owner has too many.
    """
    now = now_ms()
    key = _key(owner_id, f"head#{name}")
    if TEMPLATES.get(key) is None and len(heads(owner_id)) >= MAX_TEMPLATES:
        raise conflict(f"There may be {MAX_TEMPLATES} templates, archived ones included.")
    draft = {**_key(owner_id, f"draft#{name}"), "document": _json(document), "updated_at": now}
    try:
        dynamo.transact(
            [
                TEMPLATES.put_action(draft),
                TEMPLATES.update_action(key, "SET #draft_at = :now", {"now": now}, _IN_USE),
            ],
            conflict_attempts=dynamo.CONFLICT_ATTEMPTS,
        )
    except dynamo.TransactionCanceled as canceled:
        archived = head(owner_id, name).archived_at is not None
        raise _archived() if archived else _changed() from canceled
    return head(owner_id, name)


def publish(owner_id: str, name: str) -> Head:
    """Make the draft the next version, which is then used.

    Calls: 2 GetItem, 1 transaction.

    Raises:
        Problem: 404: there is no such template; 409: it is archived, has no draft or too many
            versions, or was published by another request.
    """
    found = head(owner_id, name)
    if found.archived_at is not None:
        raise _archived()
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
    unchanged = f"{_IN_USE} AND #draft_at = :draft_at AND " + (
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
        raise _changed() from canceled
    _heads.pop((owner_id, name))
    return Head(name, version, None, now)


def archive(owner_id: str, name: str) -> None:
    """Take a template out of use; may be repeated.

    Its versions stay for what was accepted with them. A template that was never published is
    deleted. Calls: 1 GetItem, 1 transaction.

    Raises:
        Problem: 404: there is no such template; 409: others kept changing it.
    """
    found = head(owner_id, name)
    key = _key(owner_id, f"head#{name}")
    if found.version is None:
        change = TEMPLATES.delete_action(key, "attribute_not_exists(#version)")
    else:
        change = TEMPLATES.update_action(
            key,
            "SET #archived_at = if_not_exists(#archived_at, :now) REMOVE #draft_at",
            {"now": now_ms()},
            "attribute_exists(#version)",
        )
    try:
        dynamo.transact(
            [change, TEMPLATES.delete_action(_key(owner_id, f"draft#{name}"))],
            conflict_attempts=dynamo.CONFLICT_ATTEMPTS,
        )
    except dynamo.TransactionCanceled as canceled:
        raise _changed() from canceled
    _heads.pop((owner_id, name))


def restore(owner_id: str, name: str) -> Head:
    """Take an archived template into use again; may be repeated (1 update).

    Raises:
        Problem: 404: there is no such template.
    """
    key = _key(owner_id, f"head#{name}")
    changed = TEMPLATES.update(
        key, "REMOVE #archived_at", condition="attribute_exists(#version)", returning="ALL_NEW"
    )
    _heads.pop((owner_id, name))
    if not changed or changed.item is None:
        return head(owner_id, name)
    return Head.of(changed.item)


def versions(owner_id: str, name: str, before: int | None, limit: int) -> list[tuple[int, int]]:
    """Return a template's versions: number, Unix ms; newest first (1 Query).

    Args:
        before: exclusive upper bound; ``None`` for the first page.
    """
    last = _entry(name, MAX_VERSIONS if before is None else before - 1)
    found = TEMPLATES.page(
        "#owner_id = :owner AND #entry BETWEEN :first AND :last",
        {"owner": owner_id, "first": _entry(name, 1), "last": last},
        consistent=True,
        descending=True,
        limit=limit,
    )
    return [(int(one["entry"].rpartition("#")[2]), one["updated_at"]) for one in found.items]


def draft(owner_id: str, name: str) -> Document | None:
    """Return a template's draft, ``None`` if it has none."""
    item = TEMPLATES.get(_key(owner_id, f"draft#{name}"), consistent=True)
    return None if item is None else _document(item)


def published(owner_id: str, name: str) -> Head | None:
    """Return the head of a published template, perhaps archived.

    It is at most ten seconds old.
    """
    cached = _heads.get((owner_id, name))
    if cached is not None:
        return cached
    item = TEMPLATES.get(_key(owner_id, f"head#{name}"), consistent=True)
    if item is None or item.get("version") is None:
        return None
    return _heads.put((owner_id, name), Head.of(item))


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


def _archived() -> Problem:
    return conflict("The template is archived; restore it first.")


def _changed() -> Problem:
    return conflict("The template was changed by another request; try again.")


def _entry(name: str, number: int) -> str:
    return f"version#{name}#{number:06d}"


def _key(owner_id: str, entry: str) -> Item:
    return {"owner_id": owner_id, "entry": entry}


def _json(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _document(item: Mapping[str, Any]) -> Document:
    found: Document = json.loads(item["document"])
    return found
