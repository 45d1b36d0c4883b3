"""Graph items of a local state from before their table existed.

Blocks were part of both users' pairs then. Without graph items readers would not know of them,
so the items are built from the pairs before any domain starts. A file in the state directory
says that this is still to be done, so that a start that dies does not forget it.
"""

import os
from pathlib import Path
from typing import Any


def look_for_old_pairs(state: Path, dynamodb: Any) -> None:
    """Note that graph items are to be built, if their table is missing.

    There must be pairs. To be called before the table is created.
    """
    stage = os.environ.get("STAGE", "dev")
    pages = dynamodb.get_paginator("list_tables").paginate()
    tables = {name for page in pages for name in page["TableNames"]}
    old, new = (f"rookery-{stage}-users-{name}" for name in ("follows", "graph"))
    if old in tables and new not in tables:
        _mark(state).touch()


def are_to_be_built(state: Path) -> bool:
    """Return true if graph items are to be built from the pairs."""
    return _mark(state).exists()


def were_built(state: Path) -> None:
    """Note that graph items have been built."""
    _mark(state).unlink(missing_ok=True)


def _mark(state: Path) -> Path:
    return state / "graph-items-missing"
