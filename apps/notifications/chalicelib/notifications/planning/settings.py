"""Settings of a recipient, their meaning and their changes.

Everything here is pure; `preferences` stores and caches it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.notifications.core.content import SOCIAL
from chalicelib.notifications.core.time_zones import UnknownTimeZone, time_zone
from chalicelib.notifications.planning import categories, quiet_hours
from chalicelib.notifications.planning.quiet_hours import QuietHours

from shared.base.errors import invalid_request

# Of a person's own categories; with them an item stays below 4 KB.
MAX_CATEGORIES = 40
HOURLY, DAILY, NEVER = "hourly", "daily", "none"
DIGEST_CHANNEL = "email"
# Of a recipient who has none.
DEFAULT_ZONE = "UTC"
_DEFAULT_HOUR = 8
_HOUR_MS = 3_600_000

Matrix = Mapping[str, Mapping[str, bool]]
Stored = Mapping[str, Any]


@dataclass(frozen=True)
class Preferences:
    """Preferences of one recipient.

    Without arguments they are those of people who set nothing.

    Attributes:
        quiet: quiet hours, if any.
        matrix: what was set, by category and channel.
        unsubscribed: ``<category>/<channel>`` turned off by a link in a mail.
        digest: ``hourly`` or ``daily``, ``None`` for single mails.
        digest_hour: local hour of a daily digest.
        zone: time zone of the digest's hour.
        per_hour / per_week: notifications of a channel that may disturb; ``None`` leaves it to
            the platform.
    """

    quiet: QuietHours | None = None
    matrix: Matrix = field(default_factory=dict)
    unsubscribed: frozenset[str] = frozenset()
    digest: str | None = None
    digest_hour: int = _DEFAULT_HOUR
    zone: str = DEFAULT_ZONE
    per_hour: int | None = None
    per_week: int | None = None

    @classmethod
    def of(cls, stored: Stored, home: str | None = None) -> "Preferences":
        """Return the preferences in a stored item; of an empty one, the defaults.

        Args:
            home: the recipient's time zone, for quiet hours and digests without one.
        """
        home = home or DEFAULT_ZONE
        quiet, digest = stored.get("quiet_hours"), stored.get("digest") or {}
        limits = stored.get("throttle") or {}
        quiet_zone = (quiet or {}).get("time_zone") or home
        frequency = digest.get("frequency", NEVER)
        return cls(
            quiet=QuietHours(quiet["from"], quiet["to"], quiet_zone) if quiet else None,
            matrix=stored.get("categories") or {},
            unsubscribed=frozenset(stored.get("unsubscribed") or ()),
            digest=None if frequency == NEVER else frequency,
            digest_hour=digest.get("hour", _DEFAULT_HOUR),
            zone=digest.get("time_zone") or quiet_zone,
            per_hour=limits.get("per_hour"),
            per_week=limits.get("per_week"),
        )

    def allows(self, category: str, channel: str) -> bool:
        """True if notifications of a category may use a channel."""
        if category in categories.ESSENTIAL:
            return True
        for name in (category, categories.parent_of(category)):
            told = self.matrix.get(name, {}).get(channel) if name else None
            if told is not None:
                return told
        return categories.is_on_by_default(category, channel)

    def refusal(self, category: str, channel: str) -> str:
        """Return the ledger's word for a channel that is off."""
        names = {f"{one}/{channel}" for one in (category, categories.parent_of(category))}
        return "unsubscribed" if names & self.unsubscribed else "opted_out"

    def digest_at(self, now: int) -> int | None:
        """Return the moment (Unix ms) of the next digest, if any.

        A digest that would fall into quiet hours comes at their end.
        """
        if self.digest is None:
            return None
        if self.digest == HOURLY:
            due = (now // _HOUR_MS + 1) * _HOUR_MS
        else:
            due = quiet_hours.next_at(self.digest_hour, time_zone(self.zone), now)
        after = self.quiet.until(due) if self.quiet else None
        return due if after is None else after


def needs_home(stored: Stored) -> bool:
    """True if quiet hours or a digest go by the recipient's own time zone."""
    timed = (stored.get("quiet_hours"), stored.get("digest"))
    return any(one and "time_zone" not in one for one in timed)


def merged(stored: Stored, change: Stored, home: str | None = None) -> dict[str, Any]:
    """Return what a change makes of stored preferences.

    Members that the change does not have stay. ``None`` takes quiet hours, digest or throttle
    back. A setting of all social notifications replaces those of their kinds for that channel.

    Args:
        home: the recipient's own time zone; with one, quiet hours need not name theirs.

    Raises:
        Problem: 400: quiet hours without a part, of no length, or in an unknown time zone; too
            many categories.
    """
    made = dict(stored)
    for name in ("quiet_hours", "digest", "throttle"):
        if name in change:
            told = change[name]
            made[name] = None if told is None else {**(stored.get(name) or {}), **told}
    if "categories" in change:
        made["categories"] = _merged_matrix(stored.get("categories") or {}, change["categories"])
        touched = {
            f"{name}/{channel}" for name, row in change["categories"].items() for channel in row
        }
        made["unsubscribed"] = sorted(set(stored.get("unsubscribed") or ()) - touched)
    _check(made, home)
    return {name: value for name, value in made.items() if value not in (None, {}, [])}


def without(stored: Stored, category: str, channel: str) -> dict[str, Any]:
    """Return stored preferences without a category in a channel."""
    made = merged(stored, {"categories": {category: {channel: False}}})
    made["unsubscribed"] = sorted({*made.get("unsubscribed", ()), f"{category}/{channel}"})
    return made


def shown(stored: Stored, home: str | None = None) -> dict[str, Any]:
    """Return preferences as the API shows them, with the whole matrix.

    Args:
        home: as of `Preferences.of`.
    """
    preferences = Preferences.of(stored, home)
    quiet = stored.get("quiet_hours")
    names = dict.fromkeys((*categories.SHOWN, *preferences.matrix))
    matrix = {
        name: {channel: preferences.allows(name, channel) for channel in categories.CHANNELS}
        for name in names
    }
    return {
        "quiet_hours": {"time_zone": home or DEFAULT_ZONE, **quiet} if quiet else None,
        "categories": matrix,
        "digest": {
            "frequency": preferences.digest or NEVER,
            "hour": preferences.digest_hour,
            "time_zone": preferences.zone,
        },
        "throttle": {"per_hour": preferences.per_hour, "per_week": preferences.per_week},
    }


def _merged_matrix(stored: Matrix, change: Matrix) -> dict[str, dict[str, bool]]:
    made = {name: dict(row) for name, row in stored.items()}
    for channel in change.get(SOCIAL, {}):
        for kind in categories.SOCIAL_CATEGORIES:
            made.get(kind, {}).pop(channel, None)
    for name, row in change.items():
        made[name] = {**made.get(name, {}), **row}
    return {name: row for name, row in made.items() if row}


def _check(made: Stored, home: str | None) -> None:
    own = set(made.get("categories") or {}) - {*categories.SHOWN, SOCIAL}
    if len(own) > MAX_CATEGORIES:
        raise invalid_request(f"There may be {MAX_CATEGORIES} categories of your own.")
    quiet = made.get("quiet_hours")
    if quiet is not None:
        needed = ("from", "to") if home else ("from", "to", "time_zone")
        if missing := [name for name in needed if name not in quiet]:
            raise invalid_request(f"quiet_hours: required: {', '.join(missing)}")
        if quiet["from"] == quiet["to"]:
            raise invalid_request("quiet_hours: `from` and `to` must differ.", to=quiet["to"])
    for name in ("quiet_hours", "digest"):
        zone = (made.get(name) or {}).get("time_zone")
        if zone is not None:
            _check_zone(name, zone)


def _check_zone(member: str, zone: str) -> None:
    try:
        time_zone(zone)
    except UnknownTimeZone as error:
        raise invalid_request(
            f"{member}.time_zone: no such time zone; use an IANA name such as Europe/Berlin.",
            time_zone=zone,
        ) from error
