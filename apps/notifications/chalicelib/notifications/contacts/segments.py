"""Segments: conditions on recipients, kept under a name.

The conditions are of `accepting.segments`; a notification keeps those it was accepted with.
"""

import json
from typing import Any

from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.sql import Engine

from shared.base.clock import now_ms
from shared.base.errors import conflict
from shared.base.process import process

# Of one owner; the list is one statement.
MOST = 200
NAME_PATTERN = "^[a-z0-9][a-z0-9_.-]{0,63}$"

_FIND = "SELECT conditions FROM segments WHERE owner = :owner AND name = :name"
_LIST = """
SELECT name, conditions, updated_at FROM segments WHERE owner = :owner ORDER BY name LIMIT :most
"""
_PUT = """
INSERT INTO segments (owner, name, conditions, updated_at)
VALUES (:owner, :name, :conditions, :now)
ON CONFLICT (owner, name) DO UPDATE SET
    conditions = excluded.conditions,
    updated_at = excluded.updated_at
"""
_REMOVE = "DELETE FROM segments WHERE owner = :owner AND name = :name RETURNING name"

Conditions = dict[str, Any]


class Segments:
    """Segments behind an engine."""

    def __init__(self, engine: Engine) -> None:
        self._run = engine.run

    def find(self, owner: str, name: str) -> Conditions | None:
        """Return a segment's conditions, or ``None``."""
        rows = self._run(_FIND, {"owner": owner, "name": name})
        return _conditions(rows[0][0]) if rows else None

    def of(self, owner: str) -> list[tuple[str, Conditions, int]]:
        """Return an owner's segments: name, conditions and time (Unix ms)."""
        rows = self._run(_LIST, {"owner": owner, "most": MOST})
        return [(str(name), _conditions(text), int(at)) for name, text, at in rows]

    def put(self, owner: str, name: str, conditions: Conditions) -> None:
        """Make or replace a segment.

        Raises:
            Problem: 409: the owner has too many.
        """
        if self.find(owner, name) is None and len(self.of(owner)) >= MOST:
            raise conflict(f"There may be {MOST} segments.")
        text = json.dumps(conditions, ensure_ascii=False)
        self._run(_PUT, {"owner": owner, "name": name, "conditions": text, "now": now_ms()})

    def remove(self, owner: str, name: str) -> bool:
        """Remove a segment; False if there is none."""
        return bool(self._run(_REMOVE, {"owner": owner, "name": name}))


@process.lazy
def store() -> Segments:
    """Return the process's segments, in the database of its contacts."""
    return Segments(directory.database())


def _conditions(text: str) -> Conditions:
    found: Conditions = json.loads(text)
    return found
