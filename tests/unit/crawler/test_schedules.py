"""Expressions of schedules: their moments, and nonsense."""

from datetime import UTC, datetime

import pytest

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
    from chalicelib.crawler.schedules.schedules import next_moment

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
    from chalicelib.crawler.schedules.schedules import next_moment

    with pytest.raises(Problem) as refused:
        next_moment(expression, int(NOW.timestamp() * 1000))
    assert refused.value.status == 400
