"""The last day on which a user was there: recorded at most once a day."""

import threading

from chalicelib.users.core.models import User
from pynamodb.exceptions import UpdateError

from shared.base.clock import now_seconds
from shared.base.observability import logger

_MAX_KNOWN = 100_000

_lock = threading.Lock()
_known: set[tuple[int, str]] = set()


def today() -> int:
    """Days since 1970."""
    return now_seconds() // 86400


def record(user_id: str) -> None:
    """Note that the user is active today (no call when this process has noted it).

    The profile keeps its version: nobody is told. A failure is no reason to
    refuse what the user came for; the next request tries again.
    """
    day = today()
    with _lock:
        if (day, user_id) in _known:
            return
    earlier = User.active_day.does_not_exist() | (User.active_day < day)
    try:
        User(user_id).update(
            [User.active_day.set(day)], condition=(User.status == "active") & earlier
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            logger().warning("activity not recorded", user_id=user_id, error=str(error)[:200])
            return
    with _lock:
        if len(_known) >= _MAX_KNOWN or any(noted != day for noted, _ in list(_known)[:1]):
            _known.clear()
        _known.add((day, user_id))
