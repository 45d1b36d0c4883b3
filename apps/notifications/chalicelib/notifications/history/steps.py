"""Changes of deliveries, each a step of their timeline."""

from typing import Any

from chalicelib.notifications.core.models import LEDGER

from shared.aws.dynamo import Item
from shared.aws.table import Outcome

MOST = 20
_STEP = "#steps = list_append(if_not_exists(#steps, :none), :step)"
_ROOM = "(attribute_not_exists(#steps) OR size(#steps) < :most)"


def write(
    notification_id: str,
    target: str,
    sets: str,
    values: Item,
    condition: str,
    step: Item,
    more: str = "",
) -> Outcome:
    """Change a delivery and add a step to its timeline while that has room.

    Args:
        sets: what the update sets; ``more`` are its other clauses.
        values: with ``now`` (Unix ms), which is the step's moment.
    """
    everything: dict[str, Any] = {
        **values,
        "step": [{**step, "at": values["now"]}],
        "none": [],
        "most": MOST,
    }
    place = key(notification_id, target)
    written = LEDGER.update(
        place, f"SET {sets}, {_STEP} {more}", everything, f"({condition}) AND {_ROOM}"
    )
    if written or written.item is None or len(written.item.get("steps", ())) < MOST:
        return written
    return LEDGER.update(place, f"SET {sets} {more}", everything, condition)


def key(notification_id: str, target: str) -> Item:
    """Return the key of a delivery's item."""
    return {"notification_id": notification_id, "target": target}
