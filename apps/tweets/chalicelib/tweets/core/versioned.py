"""Updates of versioned items.

Each update raises ``version`` by one and sets ``updated_at``.
"""

from collections.abc import Mapping
from typing import Any

from shared.base.clock import now_ms


class StaleRead(Exception):
    """Refusal of a write because the item changed after it was read.

    A handler lets it pass, so that its message comes again.
    """


def next_version(changes: Mapping[str, Any], **tested: Any) -> tuple[str, dict[str, Any]]:
    """Return expression and values for `Table.update` and its action.

    Args:
        changes: attributes to set; those given as ``None`` are removed.
        tested: values that the update's condition names, under other names than attributes.
    """
    values = {"updated_at": now_ms(), **changes}
    removed = [f"#{name}" for name, value in values.items() if value is None]
    assigned = [f"#{name} = :{name}" for name, value in values.items() if value is not None]
    expression = f"SET {', '.join(assigned)} ADD #version :one"
    if removed:
        expression += f" REMOVE {', '.join(removed)}"
    return expression, {**values, **tested, "one": 1}
