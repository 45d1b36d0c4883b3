"""Quiet hours and times of day in a recipient's time zone.

An interval of quiet hours begins and ends at moments, not at readings of a clock: on the day on
which clocks go back, 01:30 comes twice, and quiet hours that end then end at the second one. On
the day on which clocks go forward, a time that does not exist stands for the moment of the
change.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.notifications.core.time_zones import time_zone

TIME_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
# Quiet hours of nearly a day may touch those of the next day at a change of clocks.
_TOUCHING_DAYS = 3


@dataclass(frozen=True)
class QuietHours:
    """Time of each day in which nothing may disturb.

    Attributes:
        start / end: local ``HH:MM``; an end before the start is on the next day.
        zone: IANA name of the time zone.
    """

    start: str
    end: str
    zone: str

    def until(self, now: int) -> int | None:
        """Return the end (Unix ms) of the quiet hours of a moment, or ``None``.

        Args:
            now: Unix ms.
        """
        ends: int | None = None
        for _ in range(_TOUCHING_DAYS):
            found = self._end_at(now if ends is None else ends)
            if found is None:
                break
            ends = found
        return ends

    def _end_at(self, now: int) -> int | None:
        """End of the one interval that a moment is in."""
        zone = time_zone(self.zone)
        today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
        overnight = timedelta(days=1 if self.end <= self.start else 0)
        for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
            begins = moment(day, self.start, zone, last=False)
            ends = moment(day + overnight, self.end, zone, last=True)
            if begins <= now < ends:
                return ends
        return None


def moment(day: date, at: str, zone: ZoneInfo, *, last: bool) -> int:
    """Return the Unix ms of a local time.

    Args:
        at: ``HH:MM``.
        last: of a time that comes twice, take the second.
    """
    local = datetime.combine(day, time.fromisoformat(at), zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second < first:
        # There is no such time: both moments enclose the change.
        return _change(second, first, zone)
    return _ms(second if last else first)


def next_at(hour: int, zone: ZoneInfo, now: int) -> int:
    """Return the next moment after now at which it is a full hour of the day."""
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
    found = (
        moment(today + timedelta(days=days), f"{hour:02d}:00", zone, last=False)
        for days in (0, 1, 2)
    )
    return next(one for one in found if one > now)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> int:
    """Moment between two at which the offset of a zone changes."""
    low, high = _ms(before) // 1000, _ms(after) // 1000
    offset = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high * 1000


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000
