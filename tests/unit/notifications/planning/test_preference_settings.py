"""Preferences: defaults, merging, refusals, and the moment of digests."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("notifications")
from chalicelib.notifications.core.content import CRAWL, MESSAGE, SECURITY, SOCIAL
from chalicelib.notifications.planning import categories, settings
from chalicelib.notifications.planning.categories import CHANNELS, SOCIAL_CATEGORIES
from chalicelib.notifications.planning.settings import Preferences, merged, shown, without

from shared.base.errors import Problem

QUIET = {"from": "22:00", "to": "07:00", "time_zone": "Europe/Berlin"}
NAMES = st.sampled_from([*SOCIAL_CATEGORIES, SOCIAL, MESSAGE, CRAWL, "offers"])
MATRICES = st.dictionaries(
    NAMES, st.dictionaries(st.sampled_from(CHANNELS), st.booleans(), max_size=3), max_size=4
)


def ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_nobody_gets_a_mail_for_each_like():
    usual = Preferences()
    on = {(one, channel) for one in categories.SHOWN for channel in CHANNELS
          if usual.allows(one, channel)}  # fmt: skip
    assert {one for one, channel in on if channel == "email"} == {
        "mentions", "follow_requests", "message", "crawl", "digest",
    }  # fmt: skip
    assert {one for one, channel in on if channel == "inbox"} == set(categories.SHOWN)
    assert not {("likes", "webpush"), ("retweets", "ios"), ("likes", "sms")} & on
    assert {("mentions", "webpush"), ("posts", "android"), ("message", "sms")} <= on
    assert usual.allows("offers", "email"), "a caller's category"


def test_security_and_one_time_passwords_cannot_be_off():
    off = Preferences.of({"categories": {SECURITY: {"email": False}, "otp": {"sms": False}}})
    assert off.allows(SECURITY, "email") and off.allows("otp", "sms")


@given(MATRICES, MATRICES)
def test_a_change_keeps_what_it_does_not_name(first, second):
    before = merged({}, {"categories": first, "quiet_hours": QUIET})
    after = merged(before, {"categories": second})
    assert after["quiet_hours"] == QUIET
    old, new = Preferences.of(before), Preferences.of(after)
    for category in (*SOCIAL_CATEGORIES, MESSAGE, CRAWL, "offers"):
        for channel in CHANNELS:
            told = second.get(category, {}).get(channel)
            if told is None and category in SOCIAL_CATEGORIES:
                told = second.get(SOCIAL, {}).get(channel)
            expected = old.allows(category, channel) if told is None else told
            assert new.allows(category, channel) == expected


@given(MATRICES)
def test_what_is_shown_may_be_sent_back(matrix):
    stored = merged({}, {"categories": matrix, "quiet_hours": QUIET})
    again = merged(stored, {"categories": shown(stored)["categories"]})
    assert shown(again)["categories"] == shown(stored)["categories"]


def test_all_social_notifications_can_be_set_at_once():
    likes = merged({}, {"categories": {"likes": {"email": True}, "mentions": {"inbox": False}}})
    off = Preferences.of(merged(likes, {"categories": {SOCIAL: {"email": False}}}))
    assert not any(off.allows(one, "email") for one in SOCIAL_CATEGORIES)
    assert not off.allows("mentions", "inbox"), "another channel stays"
    on = Preferences.of(merged({}, {"categories": {SOCIAL: {"email": True}}}))
    assert all(on.allows(one, "email") for one in SOCIAL_CATEGORIES)


def test_an_unsubscription_says_so_until_it_is_taken_back():
    left = without({}, "mentions", "email")
    own = Preferences.of(left)
    assert not own.allows("mentions", "email") and own.allows("mentions", "inbox")
    assert own.refusal("mentions", "email") == "unsubscribed"
    assert without(left, "mentions", "email") == left
    back = merged(left, {"categories": {"mentions": {"email": True}}})
    assert Preferences.of(back).allows("mentions", "email")
    off = Preferences.of(merged(back, {"categories": {"mentions": {"email": False}}}))
    assert off.refusal("mentions", "email") == "opted_out"


def test_quiet_hours_merge_and_go():
    stored = merged({}, {"quiet_hours": QUIET})
    later = merged(stored, {"quiet_hours": {"to": "08:00"}})
    assert later["quiet_hours"] == {**QUIET, "to": "08:00"}
    assert merged(later, {"quiet_hours": None}) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"quiet_hours": {"from": "22:00"}},
        {"quiet_hours": {**QUIET, "to": "22:00"}},
        {"quiet_hours": {**QUIET, "time_zone": "Mars/Olympus"}},
        {"quiet_hours": {**QUIET, "time_zone": "../../etc/passwd"}},
        {"digest": {"frequency": "daily", "time_zone": "Nowhere"}},
        {"categories": {f"own_{number}": {"email": False} for number in range(41)}},
    ],
)
def test_nonsense_is_refused(change):
    with pytest.raises(Problem) as refused:
        merged({}, change)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        ({"frequency": "hourly"}, "2027-06-01T12:00:00+00:00", "2027-06-01T13:00+00:00"),
        ({"frequency": "hourly"}, "2027-06-01T12:59:59+00:00", "2027-06-01T13:00+00:00"),
        # Quiet hours (of Berlin) from 20:00 to 05:00 UTC.
        ({"frequency": "hourly"}, "2027-06-01T19:30:00+00:00", "2027-06-02T05:00+00:00"),
        ({"frequency": "daily", "hour": 18}, "2027-06-01T12:00+00:00", "2027-06-01T16:00+00:00"),
        ({"frequency": "daily", "hour": 18}, "2027-06-01T16:00+00:00", "2027-06-02T16:00+00:00"),
        ({"frequency": "daily", "hour": 18, "time_zone": "America/New_York"},
         "2027-06-01T12:00+00:00", "2027-06-02T05:00+00:00"),
        ({"frequency": "daily"}, "2027-03-27T12:00+00:00", "2027-03-28T06:00+00:00"),
    ],
)  # fmt: skip
def test_a_digest_comes_at_its_hour_and_not_in_quiet_hours(digest, now, due):
    own = Preferences.of({"digest": digest, "quiet_hours": QUIET})
    assert own.digest_at(ms(now)) == ms(due)


def test_single_mails_are_the_default():
    assert Preferences().digest_at(0) is None
    assert Preferences.of({"digest": {"frequency": "none"}}).digest_at(0) is None
    assert settings.shown({})["digest"] == {"frequency": "none", "hour": 8, "time_zone": "UTC"}


def test_quiet_hours_and_digests_go_by_the_recipients_own_zone_unless_they_name_one():
    quiet = {"from": "22:00", "to": "07:00"}
    with pytest.raises(Problem):
        merged({}, {"quiet_hours": quiet})
    stored = merged({}, {"quiet_hours": quiet, "digest": {"frequency": "daily"}}, "Asia/Tokyo")
    assert settings.needs_home(stored)
    own = Preferences.of(stored, "Asia/Tokyo")
    assert (own.quiet.zone, own.zone) == ("Asia/Tokyo", "Asia/Tokyo")
    assert own.digest_at(ms("2027-06-01T00:00+00:00")) == ms("2027-06-02T08:00+09:00")
    assert shown(stored, "Asia/Tokyo")["quiet_hours"] == {**quiet, "time_zone": "Asia/Tokyo"}
    assert Preferences.of(stored).quiet.zone == "UTC", "the contact has none any more"
    named = merged(stored, {"quiet_hours": QUIET, "digest": {"time_zone": "Europe/Paris"}})
    assert not settings.needs_home(named)
    own = Preferences.of(named, "Asia/Tokyo")
    assert (own.quiet.zone, own.zone) == ("Europe/Berlin", "Europe/Paris")
