"""Write units of operations, request and workers together."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench import fixtures
from bench.meter import Meter, Spent
from shared.contracts import profiles
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration

CROWD = 60


@pytest.fixture(scope="module")
def meter(platform: Platform) -> Iterator[Meter]:
    platform.settle(60)
    with remembering(), Meter() as running:
        yield running


@pytest.fixture
def pair(platform: Platform) -> tuple[Person, Person]:
    pair = platform.register(), platform.register()
    platform.settle(60)
    return pair


def spent(platform: Platform, meter: Meter, act: Callable[[], object]) -> list[Spent]:
    """Calls of an act and of everything that follows from it."""
    platform.settle(60)
    meter.take()
    act()
    platform.settle(60)
    requests, worker = meter.take()
    return [call for request in requests for call in request.calls] + worker


def held_to(limit: float, calls: list[Spent], count: int = 1) -> None:
    wru = sum(call.wru for call in calls) / count
    assert 0 < wru <= limit, (wru, [str(call) for call in calls if call.wru])


def engage(person: Person, what: str, tweet_id: str) -> None:
    person.ok("POST", f"/2/users/{person.id}/{what}", {"tweet_id": tweet_id})


@pytest.mark.parametrize(("what", "limit"), [("likes", 9), ("retweets", 14)])
def test_an_engagement(
    platform: Platform, meter: Meter, pair: tuple[Person, Person], what: str, limit: int
) -> None:
    author, reader = pair
    tweet_id = author.tweet("Look at that")
    profiles.cards([author.id])
    held_to(limit, spent(platform, meter, lambda: engage(reader, what, tweet_id)))


def test_a_reply(platform: Platform, meter: Meter, pair: tuple[Person, Person]) -> None:
    author, reader = pair
    reply = {"in_reply_to_tweet_id": author.tweet("What do you think?")}
    # One unit counts the mail, for the recipient's limits.
    held_to(13, spent(platform, meter, lambda: reader.tweet("That it rains", reply=reply)))


def test_a_follow(platform: Platform, meter: Meter, pair: tuple[Person, Person]) -> None:
    author, reader = pair
    fixtures.full_suggestions()
    held_to(10, spent(platform, meter, lambda: reader.follow(author)))


@contextmanager
def gathered(platform: Platform, *names: str) -> Iterator[None]:
    """Keep readers of streams waiting until the block ends, as a window."""
    opened = threading.Event()
    sources = [s.source for p in platform.pumps for s in p.streams if s.source.name in names]
    assert len(sources) == len(names)
    kept = [source.handler for source in sources]

    def waiting(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def wait(event: Any, context: Any) -> Any:
            assert opened.wait(60)
            return handler(event, context)

        return wait

    for source in sources:
        source.handler = waiting(source.handler)
    try:
        yield
    finally:
        opened.set()
        for source, handler in zip(sources, kept, strict=True):
            source.handler = handler


def test_each_of_sixty_likes_of_one_tweet(platform: Platform, meter: Meter) -> None:
    author = platform.register()
    tweet_id = author.tweet("Everybody likes this")
    fans = [platform.register() for _ in range(CROWD)]

    def like() -> None:
        with gathered(platform, "follow_engagements", "follow_notifications"):
            for fan in fans:
                engage(fan, "likes", tweet_id)

    calls = spent(platform, meter, like)
    assert author.ok("GET", "/1/notifications/inbox")["meta"]["unread_count"] == CROWD
    fields = "tweet.fields=public_metrics"
    shown = author.ok("GET", f"/2/tweets/{tweet_id}?{fields}")["data"]["public_metrics"]
    assert shown["like_count"] == CROWD
    held_to(6, calls, CROWD)
