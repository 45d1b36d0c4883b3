"""Restart counts of the supervisor's processes, for healthz."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

_NAME = "restarts.json"


def write(state: Path, counts: dict[str, int]) -> None:
    """Note counts by process; a full disk is no reason not to start one."""
    with contextlib.suppress(OSError):
        draft = state / f"{_NAME}.tmp"
        draft.write_text(json.dumps(counts))
        draft.replace(state / _NAME)


def read(state: Path) -> dict[str, int]:
    """Return the counts of the running platform; empty when there were none."""
    try:
        found = json.loads((state / _NAME).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def forget(state: Path) -> None:
    """Begin at none."""
    (state / _NAME).unlink(missing_ok=True)
