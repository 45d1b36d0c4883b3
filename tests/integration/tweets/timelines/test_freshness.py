"""Freshness: from a POST to an active follower's home page."""

import pytest

from bench.fanout import freshness
from shared.base.clock import now_ms
from tests.integration.tweets.timelines.test_timelines import pushed
from tests.integration.tweets.tweets_support import reading_home
from tests.platform import Platform

pytestmark = pytest.mark.integration

TWEETS = 40
LIMIT_SECONDS = 5.0


def test_tweets_are_in_an_active_followers_home_within_seconds(
    platform: Platform, at_once: None
) -> None:
    """P99 is at most 5 s (some tenths on an idle machine)."""
    from chalicelib.tweets.heads import delivery_modes

    authors, reader = [platform.register() for _ in range(4)], platform.register()
    for author in authors:
        reader.follow(author)
    platform.settle()
    for author in authors[:2]:
        assert delivery_modes.switch(author.id, "pull")
    # Pages of this reader take pushed authors from what was pushed, and nothing else.
    reading_home([reader.id], filled_at=now_ms(), filled_floor=1)
    assert reader.home() == []
    platform.settle()
    # A machine that others use may be late by itself: what is slow is slow three times.
    found: list[float] = []
    while len(found) < 3 and min(found, default=LIMIT_SECONDS + 1) > LIMIT_SECONDS:
        found.append(freshness.p99(freshness.lags(reader, authors, TWEETS)))
    assert min(found) <= LIMIT_SECONDS, found
    platform.settle()
    # Both ways were measured: half of the tweets were pushed, the others never were.
    assert len(pushed(reader)) == len(found) * TWEETS / 2
