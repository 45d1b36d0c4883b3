"""Unread counts: the read side of notifications' ``counters`` table.

Owner: notifications, the only writer. Hash ``user_id``; ``unread`` is the number of unread
entries of the user's inbox. Users without an item have none.

Promise: the count is stored with the entry that it counts. A stage may lack the domain: readers
ask `deployed` first, and take a missing table for a stage without it.
"""

from collections.abc import Mapping
from typing import Any

from shared.aws.table import Table
from shared.base.config import settings

_OWNER = "notifications"
COUNTERS: Table[Any] = Table(settings().name(_OWNER, "counters"), "user_id")


def deployed() -> bool:
    """True if the installation has notifications."""
    return _OWNER in settings().domains


def key(user_id: str) -> dict[str, str]:
    """Return the key of a user's counter."""
    return {"user_id": user_id}


def unread(item: Mapping[str, Any] | None) -> int:
    """Return the number of unread entries in a counter."""
    return int(item.get("unread", 0)) if item else 0
