"""Holds what was measured against `bench/budgets.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BUDGETS = Path(__file__).parent / "budgets.json"
# Sums of halves and thirds: not a unit's worth of difference.
_ROUNDING = 1e-6
_WORDS = {
    "calls": "AWS calls",
    "wru": "write units",
    "rru": "read units",
    "cpu_ms": "CPU ms",
    "steps": "function calls of our own",
}

Numbers = Mapping[str, Any]


def limits(kind: str = "enforced") -> dict[str, dict[str, float]]:
    """Limits by operation; tests hold the ``enforced`` ones, the bench all.

    Args:
        kind: ``enforced`` ones are the same on every machine, ``timed`` ones want an idle one.
    """
    found: dict[str, dict[str, float]] = json.loads(BUDGETS.read_text())[kind]
    return found


def exceeded(operations: Mapping[str, Numbers], kind: str = "enforced") -> list[str]:
    """One line for each limit that a measured operation is above."""
    return [
        f"{name}: {numbers[unit]:g} {_WORDS[unit]}, the budget is {limit:g}"
        for name, allowed in limits(kind).items()
        if (numbers := operations.get(name))
        for unit, limit in allowed.items()
        if numbers.get(unit) is not None and numbers[unit] > limit + _ROUNDING
    ]
