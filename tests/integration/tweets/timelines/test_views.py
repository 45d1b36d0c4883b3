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
    # Twenty pages made a thousand tweets, and may cost two counters each.
    assert calls == [40, 40]


def test_a_page_of_fresh_tweets_costs_two_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, int]] = []
    monkeypatch.setattr(views, "offer", lambda *message: sent.append(message[2]))
    monkeypatch.setattr(random, "random", random.Random(11).random)
    gathered = views.ViewBuffer()
    tweets = [str(n) for n in range(20)]
    totals = dict.fromkeys(tweets, 0)
    pages = 2000
    for _ in range(pages):
        gathered.note({tweet_id: {} for tweet_id in tweets})
        gathered.flush()
    for message in sent:
        for tweet_id, amount in message.items():
            totals[tweet_id] += amount
    assert max(len(message) for message in sent) == views.WRITES_PER_PAGE
    # Each tweet is sent as 10 by one page in ten: right on average, and sqrt(9 / pages) off.
    assert {amount for message in sent for amount in message.values()} == {10}
    for total in totals.values():
        assert abs(total / pages - 1) < 4 * (9 / pages) ** 0.5


@pytest.mark.parametrize("readers", [10, 25])
def test_readers_of_the_same_minute_are_counted_exactly(
    monkeypatch: pytest.MonkeyPatch, readers: int
) -> None:
    sent: list[dict[str, int]] = []
    monkeypatch.setattr(views, "offer", lambda *message: sent.append(message[2]))
    # Every fresh tweet is noted, whatever the number.
    monkeypatch.setattr(random, "random", lambda: 0.5)
    gathered = views.ViewBuffer()
    tweets = [str(n) for n in range(20)]
    for _ in range(readers):
        gathered.note({tweet_id: {} for tweet_id in tweets})
    gathered.flush()
    assert sent == [dict.fromkeys(tweets, readers)]


def test_the_sample_is_right_on_average_for_uneven_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "random", random.Random(5).random)
    noted = {str(n): 1 + n * n for n in range(40)}
    runs, totals = 4000, dict.fromkeys(noted, 0)
    for _ in range(runs):
        sampled = views.sample(noted, 20)
        assert len(sampled) in (19, 20, 21)
        for tweet_id, amount in sampled.items():
            totals[tweet_id] += amount
    means = {tweet_id: total / runs for tweet_id, total in totals.items()}
    # Large counts are exact, and all of them right on average.
    assert means["39"] == noted["39"]
    assert sum(means.values()) == pytest.approx(sum(noted.values()), rel=0.01)
    for tweet_id, count in noted.items():
        assert means[tweet_id] == pytest.approx(
            count, rel=0.1, abs=6 * (2000 * count / runs) ** 0.5
        )


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
