"""Decisions per channel, and the limits of channels."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("notifications")
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.planning import throttles
from chalicelib.notifications.planning.categories import CHANNELS
from chalicelib.notifications.planning.plan import Decision, plan
from chalicelib.notifications.planning.settings import Preferences
from chalicelib.notifications.planning.throttles import Limits, Usage

HOUR = 3_600_000
NIGHT = 1_811_798_100_000  # 2027-05-31, 23:15 in Berlin
DAWN = NIGHT + 7 * HOUR + 45 * 60_000
QUIET = {"from": "22:00", "to": "07:00", "time_zone": "Europe/Berlin"}
MENTION = Content("0" * 32, "1", "mention", SOCIAL, CHANNELS, NIGHT, actor_id="2", tweet_id="3")
MESSAGE = replace(MENTION, type="message", category="offers")
SEND = Decision("send")


def decide(content, channel, used=None, now=NIGHT, **stored):
    return plan(content, channel, now, Preferences.of(stored), used)


def test_without_preferences_everything_goes_at_once():
    assert {channel: decide(MESSAGE, channel) for channel in CHANNELS} == dict.fromkeys(
        CHANNELS, SEND
    )


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("category", ["security", "otp"])
def test_essential_notifications_wait_for_nothing(category, channel):
    content = replace(MESSAGE, category=category)
    full = Usage({str(NIGHT // HOUR): 999}, {str(NIGHT // HOUR // 24): 999})
    stored = {
        "quiet_hours": QUIET,
        "digest": {"frequency": "daily"},
        "throttle": {"per_hour": 1, "per_week": 1},
        "categories": {category: {channel: False}},
    }
    assert decide(content, channel, full, **stored) == SEND


@pytest.mark.parametrize("channel", CHANNELS)
def test_at_night_only_what_is_silent_arrives(channel):
    found = decide(MESSAGE, channel, quiet_hours=QUIET)
    silent = channel in ("inbox", "webhook")
    assert found == (SEND if silent else Decision("defer", DAWN, "quiet_hours"))
    assert decide(MESSAGE, channel, now=DAWN, quiet_hours=QUIET) == SEND


def test_what_is_off_is_suppressed_with_its_reason():
    off = {"categories": {"mentions": {"email": False}}}
    assert decide(MENTION, "email", **off) == Decision("suppress", reason="opted_out")
    left = {**off, "unsubscribed": ["mentions/email"]}
    assert decide(MENTION, "email", **left) == Decision("suppress", reason="unsubscribed")
    assert decide(replace(MENTION, type="like"), "email") == Decision(
        "suppress", reason="opted_out"
    )


def test_mails_come_in_digests_and_digests_at_once():
    daily = {"digest": {"frequency": "daily", "hour": 9}}
    due = Preferences.of(daily).digest_at(NIGHT)
    assert decide(MENTION, "email", **daily) == Decision("digest", due)
    assert decide(MENTION, "webpush", **daily) == SEND
    digest = replace(MENTION, type="digest", category="digest")
    assert decide(digest, "email", **daily) == SEND


def test_what_would_expire_while_it_waits_is_not_sent():
    late = decide(replace(MESSAGE, expires_at=DAWN), "ios", quiet_hours=QUIET)
    assert late == Decision("suppress", reason="expired")
    in_time = decide(replace(MESSAGE, expires_at=DAWN + 1), "ios", quiet_hours=QUIET)
    assert in_time.action == "defer"


def test_limits_are_the_platforms_for_social_and_the_persons_for_all():
    usual = Preferences()
    assert throttles.limits(usual, "mentions", "email") == Limits(12, 100)
    assert throttles.limits(usual, "offers", "email") is None
    assert throttles.limits(usual, "mentions", "inbox") is None
    own = Preferences.of({"throttle": {"per_week": 3}})
    assert throttles.limits(own, "offers", "sms") == Limits(None, 3)
    # A text message costs money.
    many = Preferences(per_hour=1000, per_week=1)
    assert throttles.limits(many, "likes", "sms") == Limits(2, 1)
    assert throttles.limits(many, "likes", "email") == Limits(1000, 1)
    assert throttles.limits(own, "mentions", "email") == Limits(12, 3)
    assert throttles.limits(own, "security", "email") is None


@given(st.lists(st.integers(0, 20 * 24 * 60), max_size=60), st.integers(1, 5), st.integers(1, 20))
def test_no_hour_and_no_week_has_more_than_its_limit(minutes, per_hour, per_week):
    limit, used = Limits(per_hour, per_week), Usage()
    passed: list[int] = []
    for now in (NIGHT + minute * 60_000 for minute in sorted(minutes)):
        week = [at for at in passed if now // HOUR // 24 - at // HOUR // 24 < 7]
        hour = [at for at in passed if at // HOUR == now // HOUR]
        full = len(hour) >= per_hour or len(week) >= per_week
        assert used.exceeds(limit, now) == full
        if not full:
            used, passed = used.with_one(now), [*passed, now]
    assert len(used.hours) <= 1 and len(used.days) <= 7


def test_a_full_channel_suppresses():
    full = Usage({str(NIGHT // HOUR): 12}, {})
    assert decide(MENTION, "email", full) == Decision("suppress", reason="throttled")
    assert decide(MENTION, "email", full, now=NIGHT + HOUR) == SEND


def test_a_week_is_today_and_the_six_days_before():
    used, limit = Usage().with_one(NIGHT), Limits(None, 1)
    assert used.exceeds(limit, NIGHT + 6 * 24 * HOUR)
    assert not used.exceeds(limit, NIGHT + 7 * 24 * HOUR)
