"""Quiet hours in time zones, and across both changes of clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("notifications")
from chalicelib.notifications.core.time_zones import UnknownTimeZone, time_zone
from chalicelib.notifications.planning import quiet_hours
from chalicelib.notifications.planning.quiet_hours import QuietHours

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "UTC"]
TIMES = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
# Within these years each zone changes its clocks several times, in both directions.
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(
    lambda at: int(at.replace(tzinfo=UTC).timestamp()) * 1000
)


def ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "start", "end", "now", "until"),
    [
        # Overnight, in the spring of 2027: an hour shorter.
        ("Europe/Berlin", "22:00", "07:00", "2027-03-27T22:30+01:00", "2027-03-28T07:00+02:00"),
        ("America/New_York", "22:00", "07:00", "2027-03-13T23:00-05:00", "2027-03-14T07:00-04:00"),
        ("Australia/Lord_Howe", "22:00", "07:00", "2027-10-02T23:00+10:30",
         "2027-10-03T07:00+11:00"),
        # In the autumn: an hour (on Lord Howe half an hour) longer.
        ("Europe/Berlin", "22:00", "07:00", "2027-10-30T22:30+02:00", "2027-10-31T07:00+01:00"),
        ("America/New_York", "22:00", "07:00", "2027-11-06T23:00-04:00", "2027-11-07T07:00-05:00"),
        ("Australia/Lord_Howe", "22:00", "07:00", "2027-04-03T23:00+11:00",
         "2027-04-04T07:00+10:30"),
        # An end that does not exist is the moment of the change.
        ("Europe/Berlin", "22:00", "02:30", "2027-03-28T01:30+01:00", "2027-03-28T03:00+02:00"),
        ("America/New_York", "22:00", "02:30", "2027-03-14T01:59-05:00", "2027-03-14T03:00-04:00"),
        ("Australia/Lord_Howe", "22:00", "02:15", "2027-10-03T01:59+10:30",
         "2027-10-03T02:30+11:00"),
        # An end that comes twice is the second one.
        ("Europe/Berlin", "22:00", "02:30", "2027-10-31T02:45+02:00", "2027-10-31T02:30+01:00"),
        ("America/New_York", "22:00", "01:30", "2027-11-07T01:45-04:00", "2027-11-07T01:30-05:00"),
        ("Australia/Lord_Howe", "22:00", "01:45", "2027-04-04T01:50+11:00",
         "2027-04-04T01:45+10:30"),
        # Within one day.
        ("Europe/Berlin", "12:00", "14:00", "2027-06-01T13:59:59+02:00", "2027-06-01T14:00+02:00"),
    ],
)  # fmt: skip
def test_they_end_at_the_local_time(zone, start, end, now, until):
    assert QuietHours(start, end, zone).until(ms(now)) == ms(until)


@pytest.mark.parametrize(
    ("start", "end", "now"),
    [
        ("22:00", "07:00", "2027-03-28T07:00+02:00"),
        ("22:00", "07:00", "2027-03-27T21:59:59+01:00"),
        ("12:00", "14:00", "2027-06-01T14:00+02:00"),
        # The second 02:30 has passed; the first began and ended within.
        ("22:00", "02:30", "2027-10-31T02:30+01:00"),
        # A beginning that does not exist is the moment of the change.
        ("02:30", "07:00", "2027-03-28T01:59:59+01:00"),
    ],
)
def test_outside_of_them_nothing_waits(start, end, now):
    assert QuietHours(start, end, "Europe/Berlin").until(ms(now)) is None


@given(TIMES, TIMES, st.sampled_from(ZONES), MOMENTS)
def test_what_waits_is_not_quiet_any_more_at_the_end(start, end, zone, now):
    quiet = QuietHours(start, end, zone)
    until = quiet.until(now)
    if until is None or start == end:
        return
    assert now < until <= now + 3 * 25 * 3_600_000
    # Only quiet hours of nearly a day may be without a gap at a change of clocks.
    if quiet.until(until) is not None:
        assert until - now > 60 * 3_600_000


@given(TIMES, TIMES, st.sampled_from(ZONES), MOMENTS)
def test_a_clock_in_plain_winter_agrees(start, end, zone, now):
    at = datetime.fromtimestamp(now / 1000, UTC).astimezone(time_zone(zone))
    around = {(at + timedelta(days=days)).utcoffset() for days in (-2, 2)}
    around |= {
        datetime.fromtimestamp(now / 1000 + days * 86_400, UTC)
        .astimezone(time_zone(zone))
        .utcoffset()
        for days in (-2, -1, 0, 1, 2)
    }
    if len(around) > 1 or start == end:
        return
    clock = at.strftime("%H:%M")
    inside = start <= clock < end if start < end else clock >= start or clock < end
    assert (QuietHours(start, end, zone).until(now) is not None) == inside


@given(st.integers(0, 23), st.sampled_from(ZONES), MOMENTS)
def test_the_next_hour_of_the_day_is_ahead_and_within_a_day(hour, zone, now):
    found = quiet_hours.next_at(hour, time_zone(zone), now)
    assert now < found <= now + 25 * 3_600_000
    local = datetime.fromtimestamp(found / 1000, UTC).astimezone(time_zone(zone))
    # An hour that is left out is the moment of the change, which is later on the clock.
    assert local.hour == hour or local.hour == hour + 1 or local.minute == 30


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Olympus", "europe/berlin", "../etc/passwd", "America", "localtime", "posixrules",
     "Europe/Berlin\n", "Europe/Berlin\0", "A" * 500, "/etc/localtime", "UTC+25", "Évry"],
)  # fmt: skip
def test_nonsense_is_no_time_zone(name):
    with pytest.raises(UnknownTimeZone):
        time_zone(name)
