"""Logins of the demo community, from the state directory."""

from __future__ import annotations

import json
from pathlib import Path


def logins(state: Path) -> list[tuple[str, str, str]]:
    """Return names, passwords and roles of the demo accounts, if any."""
    try:
        found = json.loads((state / "demo.json").read_text())["logins"]
        return [
            (str(one["username"]), str(one["password"]), str(one.get("role", "user")))
            for one in found
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []
