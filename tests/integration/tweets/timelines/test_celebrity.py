"""Cost of a celebrity's tweet, the same for any number of followers.

An author's number of followers is data (the counter, the shards, the mode): pulled authors
are read from their heads, so the count holds without real followers.
"""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bench import fixtures
from bench.meter import Meter, Request
from shared.aws import sdk
from shared.base.process import process
from tests.faults import intercepted
from tests.integration.tweets.timelines.test_fanout import created, fake_followers
from tests.integration.tweets.tweets_support import forget_cached_tweets, reading_home
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration

KEY_READS = 3_000
READERS = 10_000
THREADS = 32
# A page takes 50 ms of a process: 10,000 pages a second are read by so many at a time.
PROCESSES = READERS * 0.05
# New environments of one function within ten seconds (Lambda's scaling rate).
LAMBDA_STARTS = 1_000


def celebrity(platform: Platform, followers: int, shards: int) -> Person:
    author = platform.register()
    fixtures.celebrate([author.id], followers)
    sdk.client("dynamodb").update_item(
        TableName="rookery-dev-users-users",
        Key={"id": {"S": author.id}},
        UpdateExpression="SET follower_shards = :n",
        ExpressionAttributeValues={":n": {"N": str(shards)}},
    )
    return author


def bill(calls: list[Any]) -> Counter[tuple[str, str, str]]:
    return Counter((one.handler, one.operation, one.target) for one in calls)


def cost_of_a_tweet(platform: Platform, meter: Meter, author: Person) -> tuple[Any, ...]:
    author.tweet("the first one builds the head")
    platform.settle(60)
    meter.take()
    author.tweet("a tweet to everybody")
    platform.settle(60)
    requests, workers = meter.take()
    calls = [*requests[-1].calls, *workers]
    units = sum(one.wru for one in calls), sum(one.rru for one in calls)
    return bill(calls), *units


def test_ten_thousand_and_a_million_followers_cost_the_same(platform: Platform) -> None:
    some, many = celebrity(platform, 10_000, 1), celebrity(platform, 1_000_000, 64)
    platform.settle(60)
    with remembering(), Meter() as meter:
        costs = [cost_of_a_tweet(platform, meter, author) for author in (some, many)]
    assert costs[0] == costs[1]
    calls, written, _ = costs[1]
    # Nobody's timeline is written and nobody's followers are read, whatever their number.
    fanout = {target for (handler, _, target) in calls if handler.endswith("_fanout")}
    assert not any("timelines" in target or "follows" in target for target in fanout)
    assert written <= 12


def planned(platform: Platform, meter: Meter, events: list[dict[str, Any]]) -> Request:
    """Plan a batch and deliver its ranges, counted as one request."""
    module = platform.modules["tweets"]
    sent: list[str] = []

    def noted(params: dict[str, Any]) -> dict[str, Any] | None:
        if not params["QueueUrl"].endswith("fanout-ranges"):
            return None
        sent.extend(one["MessageBody"] for one in params["Entries"])
        return {"Successful": []}

    with intercepted("sqs", "SendMessageBatch", noted), meter.request() as cost:
        assert module.plan_fanout({"Records": events}, None) == {"batchItemFailures": []}
        for body in sent:
            record = {"messageId": "m", "body": body}
            assert module.deliver_fanout({"Records": [record]}, None)["batchItemFailures"] == []
    cost.label = json.dumps([json.loads(body)["tweet_id"] for body in sent])
    return cost


def test_a_normal_author_does_not_wait_for_celebrities(platform: Platform) -> None:
    """Compare messages and calls that come before: at most twice as many."""
    normal, famous = platform.register(), celebrity(platform, 1_000_000, 64)
    followers = fake_followers(normal, 150)
    reading_home(followers)
    tweet_id = normal.tweet("to my followers")
    tweets = [famous.tweet(f"to the world, {number}") for number in range(9)]
    platform.settle(60)
    own, theirs = created(normal, tweet_id), [created(famous, one) for one in tweets]
    with remembering(), Meter() as meter:
        fixtures.cold()
        alone = planned(platform, meter, [own])
        fixtures.cold()
        together = planned(platform, meter, [*theirs, own])
    # Not one message of a celebrity's tweets stands before the ranges of the normal author.
    assert json.loads(alone.label) == json.loads(together.label) == [tweet_id]
    assert len(alone.calls) > 6
    assert len(together.calls) <= 2 * len(alone.calls)
    assert together.wru == alone.wru == len(followers)


def test_cold_readers_of_one_head_stay_within_the_key(platform: Platform) -> None:
    """10,000 readers at once in one process read it once."""
    from chalicelib.tweets.core.cache import CacheLimits
    from chalicelib.tweets.heads import store

    author = celebrity(platform, 1_000_000, 64)
    author.tweet("look at me")
    platform.settle(60)
    everybody = threading.Barrier(THREADS)

    def read(number: int) -> str:
        if number < THREADS:
            everybody.wait()
        return store.load([author.id])[author.id].mode

    with process.limited(CacheLimits(process_seconds=3600)), Meter() as meter:
        fixtures.cold()
        with ThreadPoolExecutor(THREADS, "cold-readers") as threads:
            assert set(threads.map(read, range(READERS))) == {"pull"}
        calls = [one for one in meter.take()[1] if one.handler == "cold-readers"]
    # Only now: an earlier reader would keep heads for an hour in all later tests.
    forget_cached_tweets()
    assert [(one.operation, one.target) for one in calls] == [("BatchGetItem", "tweets-heads")]
    # All at the same moment, each in a process that has just begun; without a cache it is over.
    assert PROCESSES * calls[0].rru <= KEY_READS < READERS * calls[0].rru
    # As many processes as Lambda begins in a second would do so too.
    assert LAMBDA_STARTS * calls[0].rru <= KEY_READS
