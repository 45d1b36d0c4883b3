"""Throttles and weekly budgets of a recipient's channels.

One item per recipient and channel counts by hour and by day, and remembers what it counted
(`shared.aws.seen_ring`), so that a repeated stream batch counts once. Only notifications that a
limit applies to are counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.notifications.core import names
from chalicelib.notifications.core.planning_models import THROTTLES
from chalicelib.notifications.planning import categories
from chalicelib.notifications.planning.settings import Preferences

from shared.aws.counting import Contended
from shared.aws.dynamo import Item
from shared.aws.seen_ring import STREAM_SECONDS, Ring, digest
from shared.base.backoff import pause

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_WEEK_DAYS = 7
_KEPT_SECONDS = 8 * 86_400
_ATTEMPTS = 8


@dataclass(frozen=True)
class Limits:
    """Notifications per hour and per week; ``None`` is no limit."""

    per_hour: int | None = None
    per_week: int | None = None


# The platform's own social notifications; what people or callers send has no limit but the
# recipient's.
_SOCIAL_LIMITS = {
    "email": Limits(12, 100),
    "sms": Limits(2, 10),
    "ios": Limits(30, 500),
    "android": Limits(30, 500),
    "webpush": Limits(30, 500),
}


def limits(preferences: Preferences, category: str, channel: str) -> Limits | None:
    """Return the limits of a recipient's channel, ``None`` if there are none."""
    if category in categories.ESSENTIAL or category == categories.DIGEST:
        return None
    if channel in categories.SILENT:
        return None
    social = category in categories.SOCIAL_CATEGORIES
    usual = _SOCIAL_LIMITS.get(channel, Limits()) if social else Limits()
    # Text messages cost money: there a person's own limit is no more than the platform's.
    capped = channel == names.SMS
    per_hour = _limit(preferences.per_hour, usual.per_hour, capped=capped)
    per_week = _limit(preferences.per_week, usual.per_week, capped=capped)
    return None if per_hour is None and per_week is None else Limits(per_hour, per_week)


def _limit(own: int | None, usual: int | None, *, capped: bool) -> int | None:
    if own is None or usual is None:
        return usual if own is None else own
    return min(own, usual) if capped else own


@dataclass(frozen=True)
class Usage:
    """Notifications of one channel that were counted, by Unix hour and day."""

    hours: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, item: Item | None) -> "Usage":
        """Return the usage in a stored item."""
        return cls((item or {}).get("hours", {}), (item or {}).get("days", {}))

    def exceeds(self, limit: Limits, now: int) -> bool:
        """True if one more would pass a limit.

        The hour is the clock's; the week is today and the six days before.
        """
        today = now // _DAY_MS
        week = sum(n for day, n in self.days.items() if today - _WEEK_DAYS < int(day) <= today)
        hour = self.hours.get(str(now // _HOUR_MS), 0)
        over_hour = limit.per_hour is not None and hour >= limit.per_hour
        return over_hour or (limit.per_week is not None and week >= limit.per_week)

    def with_one(self, now: int) -> "Usage":
        """Return the usage with one more, without hours and days of old."""
        hour, day = str(now // _HOUR_MS), str(now // _DAY_MS)
        kept = {one: n for one, n in self.days.items() if int(one) > int(day) - _WEEK_DAYS}
        return Usage({hour: self.hours.get(hour, 0) + 1}, {**kept, day: kept.get(day, 0) + 1})


def usage(recipient_id: str, channel: str, notification_id: str) -> Usage:
    """Return a recipient's usage of a channel (1 GetItem).

    Of a notification that was counted before it is empty: that one passes again.
    """
    item = THROTTLES.get(_key(recipient_id, channel))
    return Usage() if digest(notification_id) in Ring.of(item) else Usage.of(item)


def take(recipient_id: str, channel: str, notification_id: str, limit: Limits, now: int) -> bool:
    """Count a notification; false if it would pass a limit.

    One that was counted before passes again. Calls: 1 consistent GetItem and 1 conditional
    PutItem, more while others count.

    Raises:
        Contended: others kept counting; the batch must come again.
    """
    key, own = _key(recipient_id, channel), digest(notification_id)
    for attempt in range(_ATTEMPTS):
        item = THROTTLES.get(key, consistent=True)
        ring, used = Ring.of(item), Usage.of(item)
        if own in ring:
            return True
        seen = ring.with_digests([own], STREAM_SECONDS)
        # A full ring is a limit too: so many in a day.
        if seen is None or used.exceeds(limit, now):
            return False
        condition, values = ring.unchanged(marks=False)
        more = used.with_one(now)
        counted = {
            **key, "seen": seen, "hours": dict(more.hours), "days": dict(more.days),
            "expires_at": now // 1000 + _KEPT_SECONDS,
        }  # fmt: skip
        if THROTTLES.put(counted, condition, values):
            return True
        pause(attempt)
    raise Contended(f"{recipient_id} {channel}")


def remove(recipient_id: str, until: int) -> None:
    """Delete counts of up to a moment (Unix ms): for erasures."""
    found = THROTTLES.page("#recipient_id = :id", {"id": recipient_id}).items
    last = until // 1000 + _KEPT_SECONDS
    over = [item["channel"] for item in found if item["expires_at"] <= last]
    THROTTLES.batch_write(deletes=[_key(recipient_id, channel) for channel in over])


def _key(recipient_id: str, channel: str) -> Item:
    return {"recipient_id": recipient_id, "channel": channel}
