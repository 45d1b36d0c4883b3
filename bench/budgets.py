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
}

Numbers = Mapping[str, Any]


def limits() -> dict[str, dict[str, float]]:
    """Limits by operation; the bench and the tests fail above them."""
    found: dict[str, dict[str, float]] = json.loads(BUDGETS.read_text())["enforced"]
    return found


def exceeded(operations: Mapping[str, Numbers]) -> list[str]:
    """One line for each limit that a measured operation is above."""
    return [
        f"{name}: {numbers[unit]:g} {_WORDS[unit]}, the budget is {limit:g}"
        for name, allowed in limits().items()
        if (numbers := operations.get(name))
        for unit, limit in allowed.items()
        if numbers.get(unit) is not None and numbers[unit] > limit + _ROUNDING
    ]
