"""Codes per phone number and day, whoever asks for them.

The limits of accounts do not protect a number: many accounts could flood it, and use up the
month's spending.
"""

from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.core.models import IDEMPOTENCY

from shared.base.clock import now_seconds
from shared.base.errors import too_many_requests

PER_DAY = 5
_DAY_SECONDS = 86_400


def take(number: str) -> None:
    """Count a code to a number (1 WRU); the day is UTC's.

    Raises:
        Problem: 429: the number had its codes of the day.
    """
    day = now_seconds() // _DAY_SECONDS
    end = (day + 1) * _DAY_SECONDS
    if not IDEMPOTENCY.update(
        {"key": f"codes#{digest(number)}#{day}"},
        "SET #expires_at = :end ADD #sent :one",
        {"end": end, "one": 1, "most": PER_DAY},
        "attribute_not_exists(#sent) OR #sent < :most",
    ):
        raise too_many_requests(end, PER_DAY)
