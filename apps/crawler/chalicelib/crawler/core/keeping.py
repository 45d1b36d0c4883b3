"""Kinds of files that a run keeps beside its pages' rows."""

from collections.abc import Mapping
from typing import Any

WARC, GRAPH = "warc", "graph"
# A run keeps its links unless it says otherwise; bodies on request.
DEFAULT_KINDS = (GRAPH,)


def kinds_of(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds that a run's options ask for.

    Args:
        options: as `runs.options_of` returns them; ``store`` is optional.
    """
    stored = options.get("store")
    return DEFAULT_KINDS if stored is None else tuple(stored)
