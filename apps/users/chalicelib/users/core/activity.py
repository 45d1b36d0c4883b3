"""Last day on which a user was active, written at most once per day."""

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.users.core.models import USERS

from shared.base.clock import now_seconds
from shared.base.observability import logger
from shared.base.process import Cache, process

# Day that this process knows to be recorded, by user id.
_recorded: Cache[str, int] = process.cache(100_000)

_ACTIVE_AND_EARLIER = (
    "#status = :active AND (attribute_not_exists(#active_day) OR #active_day < :active_day)"
)


def today() -> int:
    """Days since 1970."""
    return now_seconds() // 86400


def record(user_id: str) -> None:
    """Record that the user is active today (one call per process and day).

    The profile keeps its version, so no event follows. A failure must not fail
    the user's request; the next request tries again.
    """
    day = today()
    if _recorded.get(user_id) == day:
        return
    values = {"active_day": day, "active": "active"}
    try:
        USERS.update({"id": user_id}, "SET #active_day = :active_day", values, _ACTIVE_AND_EARLIER)
    except (ClientError, BotoCoreError) as error:
        logger().warning("activity not recorded", user_id=user_id, error=str(error)[:200])
        return
    _recorded.put(user_id, day)
