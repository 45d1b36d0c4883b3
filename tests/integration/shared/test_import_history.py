"""Imported items are history: counted, but not announced to anybody."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from tests.integration.shared.test_import import load
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.integration

START = first_id_at(now_ms() - 400 * 86_400_000)
# Begins the names of that domain's tables.
OF_NOTIFICATIONS = "rookery-dev-notifications-"


def ids(scale: int, first: int = 700_000, start: int = START) -> tuple[list[str], list[str]]:
    """Ids of people and tweets: 10 and 40 per unit of the scale."""
    people = [str(first + number) for number in range(10 * scale)]
    return people, [str(start + (number << 24)) for number in range(40 * scale)]


PEOPLE, TWEETS = ids(1)


def rows(
    scale: int = 1, name: str = "past", first: int = 700_000, start: int = START
) -> list[dict[str, Any]]:
    """10 users, 20 follows, 40 tweets, 10 retweets, 20 likes per unit."""
    people, tweets = ids(scale, first, start)
    size = len(people)
    found: list[dict[str, Any]] = [
        {"type": "user", "id": one, "username": f"{name}{n}", "password": PASSWORD}
        for n, one in enumerate(people)
    ]
    for n in range(20 * scale):
        pair = {"user_id": people[n % size], "target_id": people[(n + 1 + n // size) % size]}
        found.append({"type": "follow", **pair})
    for n, one in enumerate(tweets):
        row = {"type": "tweet", "id": one, "author_id": people[n % size]}
        answered = {"in_reply_to_tweet_id": tweets[n - 1]} if n % 5 == 4 else {}
        found.append({**row, "text": f"Number {n} for @{name}{(n + 3) % size}", **answered})
    for n in range(10 * scale):
        again = str(start + ((len(tweets) + 10 + n) << 24))
        row = {"type": "retweet", "id": again, "user_id": people[n], "tweet_id": tweets[n + 1]}
        found.append(row)
    for n in range(20 * scale):
        liked = tweets[(n * 7 + 1) % len(tweets)]
        found.append({"type": "like", "user_id": people[n % size], "tweet_id": liked})
    return found


@contextmanager
def all_calls() -> Iterator[Counter[str]]:
    """AWS operations of all threads but this one: those of handlers."""
    seen: Counter[str] = Counter()
    own = threading.get_ident()

    def note(model: Any, params: dict[str, Any], **_: Any) -> None:
        if threading.get_ident() != own:
            seen[model.name] += 1
            seen[OF_NOTIFICATIONS] += OF_NOTIFICATIONS.encode() in (params["body"] or b"")

    clients = [sdk.client(service) for service in ("dynamodb", "sns", "sqs")]
    for client in clients:
        client.meta.events.register("before-call", note)
    try:
        yield seen
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", note)


@pytest.fixture(scope="module")
def imported(platform: Platform) -> tuple[Platform, Counter[str]]:
    with all_calls() as seen:
        assert load(rows()) == (0, 100)
        platform.settle()
    return platform, seen


def token(platform: Platform, name: str) -> str:
    answer = platform.call("POST", "/1/sessions", {"login": name, "password": PASSWORD})
    made: str = answer.json()["data"]["access_token"]
    return made


def test_nobody_is_notified_and_everything_is_counted(
    imported: tuple[Platform, Counter[str]],
) -> None:
    platform, _ = imported
    for name in ("past1", "past4"):
        own = token(platform, name)
        inbox = platform.call("GET", "/1/notifications/inbox", token=own).json()
        assert not inbox.get("data"), name
        assert not platform.mails(f"{name}@example.com")
    me = platform.call(
        "GET", "/2/users/me?user.fields=public_metrics", token=token(platform, "past1")
    ).json()["data"]
    assert me["public_metrics"]["followers_count"] == 2
    assert me["public_metrics"]["tweet_count"] == 5
    home = platform.call(
        "GET",
        f"/2/users/{PEOPLE[1]}/timelines/reverse_chronological?max_results=100",
        token=token(platform, "past1"),
    ).json()["data"]
    followed = {TWEETS[n] for n in range(40) if n % 10 in (2, 3)}
    assert followed <= {one["id"] for one in home}, "months old, and still in timelines"
    liked = platform.call(
        "GET", f"/2/tweets/{TWEETS[1]}?tweet.fields=public_metrics", token=token(platform, "past1")
    ).json()["data"]
    assert liked["public_metrics"]["retweet_count"] == 1
    assert liked["public_metrics"]["like_count"] == 1


def test_what_follows_an_import_notifies_as_ever(
    imported: tuple[Platform, Counter[str]],
) -> None:
    platform, _ = imported
    liker = platform.register()
    liker.ok("POST", f"/2/users/{liker.id}/likes", {"tweet_id": TWEETS[2]})
    # The imported like ends and begins again, now in earnest.
    again, tweet = token(platform, "past0"), TWEETS[1]
    platform.call("DELETE", f"/2/users/{PEOPLE[0]}/likes/{tweet}", token=again)
    platform.settle()
    platform.call("POST", f"/2/users/{PEOPLE[0]}/likes", {"tweet_id": tweet}, token=again)
    platform.settle()
    for author, kind in (("past2", "like"), ("past1", "like")):
        inbox = platform.call("GET", "/1/notifications/inbox", token=token(platform, author))
        assert kind in [one["type"] for one in inbox.json()["data"]], author


def test_an_import_asks_nothing_of_notifications(
    imported: tuple[Platform, Counter[str]],
) -> None:
    _, seen = imported
    assert seen.pop(OF_NOTIFICATIONS) == 0, seen
    # 296 to 560 for a hundred rows, as more or fewer records share a batch; 917 with
    # notifications.
    assert seen.total() <= 850, seen


@pytest.mark.skipif(os.environ.get("SCALE") != "full", reason="minutes: SCALE=full")
@pytest.mark.timeout(900)
def test_ten_thousand_rows_take_three_minutes(platform: Platform) -> None:
    started = time.monotonic()
    # Of another day than the hundred rows above.
    many = rows(100, "bygone", first=800_000, start=START - (86_400_000 << 22))
    assert load(many) == (0, 10_000)
    platform.settle(600)
    took = time.monotonic() - started
    print(f"10,000 rows written and settled in {took:.0f} s", flush=True)
    assert took <= 180
    path = "/2/users/by/username/bygone7?user.fields=public_metrics"
    found = platform.call("GET", path, token=token(platform, "bygone1")).json()["data"]
    assert found["public_metrics"]["tweet_count"] == 5
    assert found["public_metrics"]["followers_count"] == 2
