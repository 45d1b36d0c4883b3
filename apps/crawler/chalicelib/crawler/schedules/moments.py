"""Moments of schedules: expressions in a time zone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.base.errors import invalid_request
from shared.base.schedule_expression import Cron, Rate, ScheduleError, parse

# Crawls of one schedule are at least this far apart; so many moments of a cron are looked at.
LEAST_GAP, FURTHEST = timedelta(hours=1), timedelta(days=5 * 366)
_LOOK_AHEAD = 50
# No dots and no leading slash: it names no other file.
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")


def next_moment(expression: str, after_ms: int, timezone: str = "UTC") -> int:
    """Return the next moment of an expression, in Unix ms.

    A cron expression is read by the zone's clock. A time that the clock skips in spring comes
    when it has skipped it; one that it shows twice in autumn counts once.

    Raises:
        Problem: 400 for an expression that cannot be read, never matches, or matches more
            often than once per `LEAST_GAP`, and for an unknown time zone.
    """
    zone = _zone(timezone)
    now = datetime.fromtimestamp(after_ms / 1000, UTC)
    try:
        schedule = parse(expression)
        first = schedule.after(now) if isinstance(schedule, Rate) else _after(schedule, now, zone)
        if first - now > FURTHEST:
            raise ScheduleError("its first moment is more than five years away")
        _check_gaps(schedule, first.astimezone(zone).replace(tzinfo=None))
    except (ScheduleError, OverflowError) as error:
        raise invalid_request(f"expression: {error}", expression=expression) from error
    return int(first.timestamp() * 1000)


def _zone(name: str) -> ZoneInfo:
    try:
        if _ZONE.fullmatch(name) is None:
            raise ZoneInfoNotFoundError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "timezone: not a name of the IANA database, such as Europe/Berlin"
        raise invalid_request(message, timezone=name) from error


def _after(schedule: Cron, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next moment of a cron expression by the zone's clock, in UTC."""
    local = now.astimezone(zone).replace(tzinfo=None)
    while True:
        local = schedule.after(local)
        # What the clock shows twice is meant the first time (fold 0).
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment > now:
            return moment


def _check_gaps(schedule: Rate | Cron, first: datetime) -> None:
    """Look at the first moments, by a clock that never changes."""
    moment = first
    for _ in range(_LOOK_AHEAD if isinstance(schedule, Cron) else 1):
        try:
            following = schedule.after(moment)
        except ScheduleError:
            # It matches once or a few times, and then never again.
            return
        if following - moment < LEAST_GAP:
            raise ScheduleError("crawls of a schedule are at least an hour apart")
        moment = following
