"""Views: right in the mean, with few writes."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from scripts.base.domain import load_app
from scripts.wiring.declaration import load
from shared.base.process import process
from tests.faults import error, intercepted, throttled
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

load_app("tweets")
from chalicelib.tweets.engagement import views
from chalicelib.tweets.timelines.rebuild import RebuildLimits

METRICS = "tweet.fields=public_metrics,non_public_metrics"


def impressions(person: Person, tweet_id: str, kind: str = "public_metrics") -> int:
    found = person.ok("GET", f"/2/tweets/{tweet_id}?{METRICS}")["data"][kind]
    return int(found["impression_count"])


def test_others_views_are_counted_once(platform: Platform) -> None:
    author, reader = platform.register(), platform.register()
    tweet_id = author.tweet("seen")
    again = reader.ok("POST", f"/2/users/{reader.id}/retweets", {"tweet_id": tweet_id})["data"]
    assert impressions(author, tweet_id) == 0
    reader.ok("GET", f"/2/tweets/{tweet_id}?{METRICS}")
    platform.register().ok("GET", f"/2/tweets/{again['rest_id']}?{METRICS}")
    views.buffer().flush()
    platform.settle()
    assert impressions(author, tweet_id) == 2
    assert impressions(author, tweet_id, "non_public_metrics") == 2
    record = {"messageId": "one", "body": f'{{"{tweet_id}": 3}}'}
    for _ in range(2):
        views.count(record)
    assert impressions(author, tweet_id) == 5


def test_the_estimate_is_right_in_the_mean_and_writes_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: dict[str, int] = {}
    writes = 0

    def send(_domain: str, _queue: str, message: dict[str, Any]) -> None:
        nonlocal writes
        for tweet_id, amount in message.items():
            sent[tweet_id] = sent.get(tweet_id, 0) + amount
            writes += 1

    monkeypatch.setattr(views, "offer", send)
    monkeypatch.setattr(random, "random", random.Random(7).random)
    gathered = views.ViewBuffer()
    tweets, seen = [str(n) for n in range(100)], 1000
    for _ in range(seen):
        gathered.note({t: {"impressions": sent.get(t, 0)} for t in tweets})
        gathered.flush()
    assert 0.93 * seen < sum(sent.values()) / len(tweets) < 1.07 * seen
    assert writes / len(tweets) < 45


def test_pages_send_one_message_for_a_thousand_tweets(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(views, "offer", lambda *sent: calls.append(len(sent[2])))
    gathered = views.ViewBuffer()
    for page in range(40):
        gathered.note({str(50 * page + n): {} for n in range(50)})
    assert calls == [1000, 1000]


def test_a_page_is_there_when_its_queues_are_not(platform: Platform, at_once: None) -> None:
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    platform.settle()
    tweet_id = author.tweet("there")
    platform.settle()
    assert reader.home() == [tweet_id]
    # Every page sends its views, and asks for a rebuild.
    refused: list[int] = []

    def down(_: dict[str, Any]) -> dict[str, Any]:
        refused.append(1)
        return error("ServiceUnavailable")

    rebuilds = replace(process.limits(RebuildLimits), heads=0)
    with (
        process.limited(rebuilds, views.ViewLimits(max_seconds=0)),
        intercepted("sqs", "SendMessageBatch", down, best_effort=True),
    ):
        for number in (1, 2):
            # A refused rebuild is requested again by the next page.
            assert reader.home(f"?{METRICS}") == [tweet_id]
            assert len(refused) == 2 * number


def test_what_a_process_sends_is_counted_in_time() -> None:
    app = load_app("tweets").app
    (source,) = (one for one in app.event_sources if one.name == "count_views")
    # A page may go over it; an update takes some ten milliseconds.
    updates = source.batch_size * (views.ViewLimits().max_tweets + 100)
    assert 0.02 * updates < load("tweets").function("count_views").timeout


def test_views_of_a_tweet_whose_counters_are_contended(platform: Platform) -> None:
    author = platform.register()
    hot, hotter, other = (author.tweet(str(n)) for n in range(3))
    platform.settle()
    refused: list[str] = []

    def contended(params: dict[str, Any]) -> dict[str, Any] | None:
        if params["Key"].get("id", {}).get("S") != hotter:
            return None
        refused.append(hotter)
        return error("TransactionConflictException")

    record = {"messageId": "one", "body": json.dumps({hot: 3, hotter: 4, other: 5})}
    with (
        throttled("UpdateItem", 2, "TransactionConflictException") as met,
        intercepted("dynamodb", "UpdateItem", contended),
    ):
        views.count(record)
    assert len(met) == 2
    # Five attempts of the client have failed by then: more would not fit the function's time.
    assert refused == [hotter]
    assert [impressions(author, one) for one in (hot, hotter, other)] == [3, 0, 5]
