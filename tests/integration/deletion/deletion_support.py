"""Ends of tweets and accounts, and lost or late messages about them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shared.base.process import process
from tests.integration.tweets.tweets_support import forget_cached_tweets
from tests.integration.users.moderation.test_moderation import WHY
from tests.platform import PASSWORD, Person, Platform

End = Callable[[Platform, Person, Person, str], None]
Handler = Callable[[Any, Any], Any]


def engage(person: Person, what: str, tweet_id: str) -> None:
    person.ok("POST", f"/2/users/{person.id}/{what}", {"tweet_id": tweet_id})


def told(person: Person) -> tuple[int, list[str]]:
    """Unread count, and types of the entries about tweets."""
    body = person.ok("GET", "/1/notifications/inbox")
    return body["meta"]["unread_count"], [one["type"] for one in body.get("data", [])]


def unread(person: Person) -> int:
    """Stored unread count, which no page has read."""
    from chalicelib.notifications.inbox import entries

    return entries.counter(person.id)[0]


def metrics(person: Person) -> dict[str, int]:
    shown: dict[str, int] = person.ok("GET", "/2/users/me?user.fields=public_metrics")["data"][
        "public_metrics"
    ]
    return shown


def delete(platform: Platform, person: Person, tweet_id: str) -> None:
    assert person.call("DELETE", f"/2/tweets/{tweet_id}").status == 200
    platform.settle(60)
    forget_cached_tweets()


@contextmanager
def lost(platform: Platform, *names: str) -> Iterator[None]:
    """Lose what handlers of streams and queues get until the block ends."""
    read = [one.source for pump in platform.pumps for one in pump.streams]
    read += [one.source for pump in platform.pumps for one in pump.queues]
    sources = [source for source in read if source.name in names]
    assert len(sources) == len(names)
    kept = [source.handler for source in sources]
    for source in sources:
        source.handler = lambda event, context: None
    try:
        yield
        platform.settle(60)
    finally:
        for source, handler in zip(sources, kept, strict=True):
            source.handler = handler


@contextmanager
def held(platform: Platform, name: str) -> Iterator[None]:
    """Keep a queue's handler waiting until the block ends."""
    opened = threading.Event()
    (source,) = [
        one.source for pump in platform.pumps for one in pump.queues if one.source.name == name
    ]
    handler = source.handler

    def wait(event: Any, context: Any) -> Any:
        assert opened.wait(60)
        return handler(event, context)

    source.handler = wait
    try:
        yield
    finally:
        opened.set()
        source.handler = handler


def close_polls(platform: Platform) -> None:
    tweets = next(pump for pump in platform.pumps if pump.domain == "tweets")
    with process.clock.ahead(301):
        tweets.fire("ring_timers")
        platform.settle(60)


def by_author(platform: Platform, author: Person, moderator: Person, tweet_id: str) -> None:
    delete(platform, author, tweet_id)


def by_moderator(platform: Platform, author: Person, moderator: Person, tweet_id: str) -> None:
    moderator.ok("POST", f"/1/admin/tweets/{tweet_id}/remove", {"category": "spam", **WHY})
    platform.settle(60)


def by_erasure(platform: Platform, author: Person, moderator: Person, tweet_id: str) -> None:
    from chalicelib.users.leaving import departures

    with process.limited(departures.DepartureLimits(grace_ms=-1000)):
        author.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
        users = next(pump for pump in platform.pumps if pump.domain == "users")
        assert users.fire("remove_accounts") >= 1
        platform.settle(60)
