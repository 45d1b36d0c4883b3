"""Readers whom a worker remembers: cheap, and nobody misses a push."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from bench.meter import Meter
from scripts.base.domain import load_app
from scripts.checks.permissions import running
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.process import process
from tests.faults import intercepted
from tests.integration.tweets.timelines.test_fanout import created, entries, fake_followers
from tests.integration.tweets.tweets_support import reading_home
from tests.platform import Person, Platform
from tests.remembering import remembering

load_app("tweets")
from chalicelib.tweets.core.announcements import AnnouncementLimits, announce
from chalicelib.tweets.heads import delivery_modes, store
from chalicelib.tweets.timelines import delivery_review, push_targets, reader_state

pytestmark = pytest.mark.integration

FOLLOWERS, ACTIVE = 1000, 400


def test_dormant_followers_are_not_read_again_at_each_tweet(platform: Platform) -> None:
    """At most 0.1 read units per delivery, all of the fan-out included."""
    author = platform.register()
    followers = fake_followers(author, FOLLOWERS)
    # Half of the others were there long ago, half never.
    reading_home(followers[ACTIVE : FOLLOWERS * 7 // 10], day=1)
    left = [{"user_id": one, "position": 2**63} for one in followers[FOLLOWERS * 7 // 10 :]]
    dynamo.batch_write("rookery-dev-tweets-timelines", deletes=left)
    tweets = [author.tweet(f"{number}") for number in range(2)]
    platform.settle(60)
    push_targets.forget()
    with remembering(), Meter() as meter:
        cold, warm = (delivered(platform, meter, author, one) for one in tweets)
    assert (cold["wru"], warm["wru"]) == (ACTIVE, ACTIVE)
    assert cold["rru"] > FOLLOWERS / 2
    assert warm["rru"] / ACTIVE <= 0.1, warm
    assert len(entries(followers[0])) == 2 and not entries(followers[-1])


def delivered(platform: Platform, meter: Meter, author: Person, tweet: str) -> dict[str, float]:
    """Plan a tweet and deliver its ranges here; return the units."""
    module = platform.modules["tweets"]
    sent: list[str] = []

    def noted(params: dict[str, Any]) -> dict[str, Any]:
        sent.extend(one["MessageBody"] for one in params["Entries"])
        return {"Successful": []}

    with intercepted("sqs", "SendMessageBatch", noted), meter.request() as cost:
        module.plan_fanout({"Records": [created(author, tweet)]}, None)
        for body in sent:
            module.deliver_fanout({"Records": [{"messageId": "m", "body": body}]}, None)
    return {"wru": cost.wru, "rru": cost.rru}


def away(platform: Platform) -> tuple[Person, Callable[[], str]]:
    """Return a dormant follower known to the worker, and how to tweet."""
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    reading_home([reader.id], day=1)
    platform.settle()

    def tweet() -> str:
        tweet_id = author.tweet(f"{random.random()}")
        platform.settle()
        return tweet_id

    tweet()
    assert pushed(reader) == []
    return reader, tweet


def pushed(reader: Person) -> list[str]:
    return [str(entry["position"]) for entry in entries(reader.id)]


def test_a_reader_who_returns_is_pushed_to_again(platform: Platform, at_once: None) -> None:
    reader, tweet = away(platform)
    reader.home()
    assert [tweet(), tweet()] == pushed(reader)
    # Here and elsewhere: the state is as it is, and the announcement was made once.
    reader.home()
    assert tweet() in pushed(reader)


def test_a_state_read_before_its_write_was_visible_is_read_again(
    platform: Platform, at_once: None
) -> None:
    reader, _ = away(platform)
    push_targets.forget()
    with process.limited(AnnouncementLimits(lead_ms=60_000, refresh_ms=0)):
        announce("readers", reader.id, now_ms())
        # A replica that lags: the worker knows of the announcement, and remembers the old state.
        assert push_targets.among([reader.id]) == []
        reading_home([reader.id])
        assert push_targets.among([reader.id]) == [reader.id]


def test_more_changes_than_a_worker_reads_make_it_forget_all(
    platform: Platform, at_once: None
) -> None:
    reader, tweet = away(platform)
    with process.limited(AnnouncementLimits(lead_ms=0, refresh_ms=0, page=2, pages=2)):
        reader.home()
        for number in range(10):
            announce("readers", str(number), now_ms())
        assert tweet() in pushed(reader)


def test_an_active_reader_stays_one_without_any_announcement(
    platform: Platform, at_once: None
) -> None:
    reader, today = platform.register(), reader_state.today()
    reading_home([reader.id], day=today - 7)
    assert push_targets.among([reader.id]) == [reader.id]
    # The next day: dormant by what the worker remembers, but not by the state.
    reading_home([reader.id], day=today)
    with process.clock.ahead(86_400):
        assert push_targets.among([reader.id]) == [reader.id]


def test_an_author_may_be_pushed_to_frequent_readers_only(
    platform: Platform, at_once: None
) -> None:
    author, often, seldom = (platform.register() for _ in range(3))
    for reader in (often, seldom):
        reader.follow(author)
    yesterday = reader_state.today() - 1
    reading_home([often.id], yesterday, mean_reads=9_000, reads=90, reads_day=yesterday)
    reading_home([seldom.id], yesterday, mean_reads=300, reads_day=yesterday)
    platform.settle()
    for reader in (often, seldom):
        assert reader.home() == []
    for _ in range(3):
        author.tweet("more than seldom readers are worth")
    platform.settle()
    # Ten heads cost what one entry costs: 3 tweets per day are pushed to 90 pages, pulled by 3.
    with running("tweets", "keep_timelines"):
        delivery_review.review(store.read(author.id), 2)
    assert store.read(author.id).mode == "frequent"
    tweet_id = author.tweet("for some of you")
    platform.settle()
    assert tweet_id in pushed(often) and tweet_id not in pushed(seldom)
    assert often.home() == seldom.home()
    assert seldom.home()[0] == tweet_id
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    platform.settle()
    assert tweet_id not in pushed(often)
    delivery_modes.switch(author.id, "push")
    again = author.tweet("for all of you")
    platform.settle()
    assert again in pushed(often) and again in pushed(seldom)
