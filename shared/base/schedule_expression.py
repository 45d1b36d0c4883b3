"""EventBridge schedule expressions, ``rate(…)`` and ``cron(…)``, in UTC."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
# EventBridge counts days of the week from Sunday = 1.
_DAYS = {name: n for n, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}


class ScheduleError(ValueError):
    """An expression that this module cannot read."""


def _field(text: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    values: set[int] = set()
    for part in text.upper().split(","):
        body, _, step = part.partition("/")
        first, _, last = body.partition("-")
        try:
            if body in {"*", "?"}:
                start, end = low, high
            else:
                start = (names or {}).get(first) or int(first)
                end = ((names or {}).get(last) or int(last)) if last else start
                # ``5/10`` counts from 5 to the end.
                end = high if step and not last else end
            found = range(start, end + 1, int(step or 1))
        except ValueError as error:
            raise ScheduleError(f"cannot read {text!r} in a cron expression") from error
        if not found or found[0] < low or found[-1] > high or (step and int(step) < 1):
            raise ScheduleError(f"{part!r} is not within {low} and {high} in a cron expression")
        values.update(found)
    return frozenset(values)


@dataclass(frozen=True)
class Rate:
    """Every so many seconds, the first time one interval after the start."""

    seconds: int

    def after(self, moment: datetime) -> datetime:
        """The next time to run."""
        return moment + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Cron:
    """Whenever minute, hour, day, month and year match."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    def _on(self, day: datetime) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 + 1 in self.weekdays
        )

    def after(self, moment: datetime) -> datetime:
        """The next time to run.

        Raises:
            ScheduleError: there is none within five years.
        """
        at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = at + timedelta(days=5 * 366)
        while at < end:
            if not self._on(at):
                at = at.replace(hour=0, minute=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at += timedelta(minutes=1)
            else:
                return at
        raise ScheduleError("the cron expression never matches")


def parse(expression: str) -> Rate | Cron:
    """A schedule from its expression.

    Raises:
        ScheduleError: neither a rate nor a cron expression that is known here.
    """
    rate = re.fullmatch(r"rate\(([0-9]{1,6}) (minute|hour|day)s?\)", expression.strip())
    if rate:
        if int(rate[1]) < 1:
            raise ScheduleError("a rate is at least 1")
        return Rate(int(rate[1]) * _UNITS[rate[2]])
    cron = re.fullmatch(r"cron\((.+)\)", expression.strip())
    fields = cron[1].split() if cron else []
    if len(fields) != 6:
        raise ScheduleError(f"cannot read the schedule {expression!r}")
    return Cron(
        minutes=_field(fields[0], 0, 59),
        hours=_field(fields[1], 0, 23),
        days=_field(fields[2], 1, 31),
        months=_field(fields[3], 1, 12, _MONTHS),
        weekdays=_field(fields[4], 1, 7, _DAYS),
        years=_field(fields[5], 1970, 2199),
    )


def now() -> datetime:
    """The present in UTC."""
    return datetime.now(UTC)
