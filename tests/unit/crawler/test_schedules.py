"""Schedules: moments of their expressions, nonsense, and what is due."""

from datetime import UTC, datetime

import pytest

from shared.base.clock import now_ms
from shared.base.errors import Problem

NOW = datetime(2026, 1, 2, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        ("rate(1 hour)", "2026-01-02T13:30"),
        ("rate(7 days)", "2026-01-09T12:30"),
        ("cron(0 6 ? * MON-FRI *)", "2026-01-05T06:00"),
        ("cron(0 0 1 * ? 2026)", "2026-02-01T00:00"),
        ("cron(15 3 29 2 ? *)", "2028-02-29T03:15"),
    ],
)
def test_the_next_moment(expression, moment):
    from chalicelib.crawler.schedules.moments import next_moment

    found = next_moment(expression, int(NOW.timestamp() * 1000))
    assert datetime.fromtimestamp(found / 1000, UTC).isoformat()[:16] == moment


@pytest.mark.parametrize(
    "expression",
    [
        *("", "daily", "rate(0 days)", "rate(5 minutes)", "rate(-1 days)", "rate(1 week)"),
        *("cron(0 6 * * *)", "cron(60 6 * * ? *)", "cron(0 24 * * ? *)", "cron(0 6 32 * ? *)"),
        *("cron(0 6 ? 13 * *)", "cron(0 6 ? * 8 *)", "cron(0/0 6 * * ? *)", "cron(5-1 6 * * ? *)"),
        *(
            "cron(0 6 30 2 ? *)",
            "cron(0 6 * * ? 1999)",
            "cron(* * * * ? *)",
            "cron(0/30 6 * * ? *)",
        ),
        *(
            "cron(0,1 6 * * ? *)",
            "cron(a 6 * * ? *)",
            "at(2030-01-01T00:00:00)",
            "rate(9999999 days)",
        ),
        *("cron(0 6 * * ? *) x", "cron(-5 6 * * ? *)", "rate(999999 days)", "cron(0 6 L * ? *)"),
    ],
)
def test_nonsense_is_refused(expression):
    from chalicelib.crawler.schedules.moments import next_moment

    with pytest.raises(Problem) as refused:
        next_moment(expression, int(NOW.timestamp() * 1000))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("zone", "expression", "now", "moment"),
    [
        ("Europe/Berlin", "cron(0 6 * * ? *)", "2026-01-02T04:59", "2026-01-02T05:00"),
        ("Europe/Berlin", "cron(0 6 * * ? *)", "2026-07-02T04:00", "2026-07-03T04:00"),
        ("Asia/Kolkata", "cron(0 6 ? * MON *)", "2026-01-02T12:30", "2026-01-05T00:30"),
        # The clock goes from 2:00 to 3:00 on 29 March, and from 3:00 to 2:00 on 25 October.
        ("Europe/Berlin", "cron(30 2 * * ? *)", "2026-03-28T12:00", "2026-03-29T01:30"),
        ("Europe/Berlin", "cron(30 2 * * ? *)", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("Europe/Berlin", "cron(30 2 * * ? *)", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("Europe/Berlin", "cron(30 2 * * ? *)", "2026-10-25T01:10", "2026-10-26T01:30"),
        ("Europe/Berlin", "cron(0 * * * ? *)", "2026-03-29T00:30", "2026-03-29T01:00"),
        ("America/Argentina/Buenos_Aires", "rate(1 day)", "2026-01-02T00:00", "2026-01-03T00:00"),
    ],
)
def test_expressions_follow_the_clock_of_their_zone(zone, expression, now, moment):
    from chalicelib.crawler.schedules.moments import next_moment

    before = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = next_moment(expression, int(before.timestamp() * 1000), zone)
    assert datetime.fromtimestamp(found / 1000, UTC).isoformat()[:16] == moment


@pytest.mark.parametrize(
    "zone",
    ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "", "Europe", "posixrules/..", "x" * 60],
)
def test_unknown_zones_are_refused(zone):
    from chalicelib.crawler.schedules.moments import next_moment

    with pytest.raises(Problem) as refused:
        next_moment("rate(1 day)", 0, zone)
    assert refused.value.errors
    assert refused.value.errors[0]["message"].startswith("timezone: ")


CRAWL = {"expression": "rate(1 hour)", "crawl": {"url": "http://example.com/"}}


def test_a_schedule_has_the_quotas_of_its_owner(clock, monkeypatch):
    from chalicelib.crawler.runs import allowances
    from chalicelib.crawler.schedules import schedules

    monkeypatch.setattr(allowances, "USER", allowances.Allowance(0, 100, 9))
    schedules.create("1", CRAWL, allowances.USER)
    schedules.create("2", CRAWL, allowances.STAFF)
    clock.sleep(3601)
    assert schedules.fire_due() == 2
    (of_user,), (of_staff,) = (schedules.list_schedules(owner) for owner in "12")
    assert "quota" in of_user["last_error"]
    assert of_staff["last_run_id"]


def test_schedules_that_fail_keep_no_others_waiting(clock, monkeypatch):
    from chalicelib.crawler.core.models import SCHEDULES
    from chalicelib.crawler.runs import allowances
    from chalicelib.crawler.schedules import schedules

    monkeypatch.setattr(schedules, "_BATCH", 2)
    made = schedules.create("1", CRAWL, allowances.USER)
    item = SCHEDULES.get({"owner_id": "1", "id": made["id"]})
    for number in range(5):
        broken = {"id": f"broken{number}", "crawl": "{", "next_at": item["next_at"] - 1}
        SCHEDULES.put({**item, **broken})
    clock.sleep(3601)
    assert schedules.fire_due() == 1
    shown = {one["id"]: one for one in map(dict, SCHEDULES.query("#owner_id = :o", {"o": "1"}))}
    assert shown.pop(made["id"])["last_run_id"]
    # They are tried again for an hour, and then wait for their next moment.
    assert {one.get("last_error") for one in shown.values()} == {None}
    clock.sleep(3601)
    schedules.fire_due()
    left = [one for one in SCHEDULES.query("#owner_id = :o", {"o": "1"}) if one["id"] in shown]
    assert {one["last_error"] for one in left} == {"the crawl could not be started"}
    assert min(one["next_at"] for one in left) > now_ms()
