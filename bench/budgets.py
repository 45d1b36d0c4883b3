"""Compare measured costs with `bench/budgets.json`.

A results file has five parts with budgets: ``operations`` (``enforced`` and ``timed``
limits), ``whole``, ``scaling`` (by curve and size), ``selective_1m``, ``crawl`` and
``delivery``.
"""

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
    "wru_per_page": "write units per page",
    "rru_per_page": "read units per page",
    "dollars_per_million": "dollars per million pages",
    "refetched": "pages fetched again",
    "missed": "pages of a finite site that were not fetched",
    "cpu_of_scrapy": "of Scrapy's CPU per page fetched",
    "distinct_cpu_of_scrapy": "of Scrapy's CPU per distinct page",
    "wru_spread": "more write units per page at one size than at another",
    "units_spread": "more units per page at one size than at another",
    "of_ideal": "times the ideal seconds",
    "memory_mb": "MB of memory",
    "sqs": "requests of SQS",
    "dollars": "dollars per million",
}
# Part of the results to the limits of its members.
_KINDS = {
    "operations": ("enforced", "timed"),
    "whole": ("whole",),
    "scaling": ("scaling", "scaling_timed"),
    "selective_1m": ("selective",),
    "crawl": ("crawl",),
    "delivery": ("delivery", "delivery_timed"),
}
Numbers = Mapping[str, Any]


def limits(kind: str = "enforced") -> dict[str, dict[str, float]]:
    """Return limits by operation.

    Tests enforce those that are the same on every machine, the bench all.

    Args:
        kind: ``enforced``, ``whole``, ``scaling`` and ``delivery`` are the same on every
            machine, ``timed`` and those that end so need an idle one. Members of the two of
            scaling are named ``<curve>/<size>``.
    """
    found: dict[str, Any] = json.loads(BUDGETS.read_text())[kind]
    if not kind.startswith("scaling"):
        return found
    return {
        f"{curve}/{size}": limit for curve, sizes in found.items() for size, limit in sizes.items()
    }


def exceeded(operations: Mapping[str, Numbers], kind: str = "enforced") -> list[str]:
    """Return one line for each limit that a measured operation is above.

    Args:
        operations: numbers by operation, or by ``<curve>/<size>`` for scaling.
    """
    return [
        f"{name}: {numbers[unit]:g} {_WORDS[unit]}, the budget is {limit:g}"
        for name, allowed in limits(kind).items()
        if (numbers := operations.get(name))
        for unit, limit in allowed.items()
        if numbers.get(unit) is not None and numbers[unit] > limit + _ROUNDING
    ]


def flat(scaling: Mapping[str, Mapping[str, Numbers]]) -> dict[str, Numbers]:
    """Return the numbers of all curves by ``<curve>/<size>``."""
    return {f"{curve}/{size}": one for curve, ones in scaling.items() for size, one in ones.items()}


def judge(results: Mapping[str, Any]) -> list[str]:
    """Return one line for each limit that results are above, in all parts."""
    return [
        line
        for part, kinds in _KINDS.items()
        for kind in kinds
        for line in exceeded(_members(results, part), kind)
    ]


def missing(results: Mapping[str, Any]) -> list[str]:
    """Return the members that have a budget and no figure."""
    return [
        f"{part}: {name} ({unit})"
        for part, kinds in _KINDS.items()
        for kind in kinds
        for name, allowed in limits(kind).items()
        for unit in allowed
        if _members(results, part).get(name, {}).get(unit) is None
    ]


def _members(results: Mapping[str, Any], part: str) -> Mapping[str, Numbers]:
    found = results.get(part) or {}
    if part == "selective_1m":
        return {part: found}
    return flat(found) if part == "scaling" else found
