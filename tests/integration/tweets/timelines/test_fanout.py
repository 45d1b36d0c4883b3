"""Fan-out exactly once, though queues duplicate, reorder and fail."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.base.domain import load_app
from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from shared.base.process import process
from tests.faults import THROTTLED, Killed, error, intercepted, throttled, unprocessed
from tests.integration.tweets.tweets_support import reading_home
from tests.platform import Person, Platform

load_app("tweets")
from chalicelib.tweets.timelines import fanout
from chalicelib.tweets.timelines.fanout import FanoutLimits

pytestmark = pytest.mark.integration

TIMELINES = "rookery-dev-tweets-timelines"
STATE = 2**63


def fake_followers(author: Person, count: int) -> list[str]:
    """Entries of the followers index, written straight into the table.

    Without ``following`` they announce nothing: thousands of follow mails are another test.
    """
    first = random.randrange(10**18, 9 * 10**18)
    ids = [str(first + n) for n in range(count)]
    dynamo.batch_write(
        "rookery-dev-users-follows",
        puts=[
            {
                "user_id": follower, "target_id": author.id, "followed_id": author.id,
                "version": 1, "updated_at": 1,
            }
            for follower in ids
        ],
    )  # fmt: skip
    reading_home(ids)
    return ids


def entries(user_id: str) -> list[dict[str, Any]]:
    answer = sdk.client("dynamodb").query(
        TableName=TIMELINES,
        KeyConditionExpression="user_id = :u",
        ExpressionAttributeValues={":u": {"S": user_id}},
    )
    items = [dynamo.decode_item(item) for item in answer["Items"]]
    return [item for item in items if item["position"] < STATE]


def created(author: Person, tweet_id: str, kind: str = "tweet.created") -> dict[str, Any]:
    event = {
        "id": f"{kind}:{tweet_id}:1", "type": kind, "version": 1, "subject": tweet_id,
        "time": "2026-01-01T00:00:00.000Z", "source": "tweets",
        "data": {"tweet_id": tweet_id, "author_id": author.id, "kind": "tweet"},
    }  # fmt: skip
    return {"messageId": f"m-{random.random()}", "body": json.dumps(event)}


def test_ranges_cover_every_follower_once(platform: Platform) -> None:
    author = platform.register()
    followers = fake_followers(author, 2300)
    tweet_id = author.tweet("to many")
    platform.settle(60)
    for follower in [*random.sample(followers, 40), followers[0], followers[999], followers[1000]]:
        assert [entry["position"] for entry in entries(follower)].count(int(tweet_id)) == 1
    total = sdk.client("dynamodb").scan(
        TableName=TIMELINES,
        FilterExpression="#p = :p",
        ExpressionAttributeNames={"#p": "position"},
        ExpressionAttributeValues={":p": {"N": tweet_id}},
        Select="COUNT",
    )
    assert total["Count"] == 2300


def test_duplicated_messages_deliver_once_and_late_creation_delivers_nothing(
    platform: Platform,
) -> None:
    author = platform.register()
    followers = fake_followers(author, 30)
    kept, gone = author.tweet("kept"), author.tweet("gone")
    author.ok("DELETE", f"/2/tweets/{gone}")
    platform.settle()
    plan = platform.modules["tweets"].plan_fanout
    records = [created(author, kept), created(author, kept), created(author, gone)]
    assert plan({"Records": records}, None) == {"batchItemFailures": []}
    for follower in followers:
        assert [entry["position"] for entry in entries(follower)] == [int(kept)]


def test_a_poisoned_record_fails_alone(platform: Platform) -> None:
    author = platform.register()
    tweet_id = author.tweet("fine")
    bad = {"messageId": "bad", "body": '{"type": "tweet.created"}'}
    answer = platform.modules["tweets"].plan_fanout(
        {"Records": [created(author, tweet_id), bad]}, None
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def undelivered(platform: Platform, count: int) -> tuple[dict[str, Any], list[str]]:
    """Return the record of a tweet whose entries are gone, and its followers."""
    author = platform.register()
    followers = fake_followers(author, count)
    tweet_id = author.tweet("once more")
    platform.settle()
    keys = [{"user_id": follower, "position": int(tweet_id)} for follower in followers]
    dynamo.batch_write(TIMELINES, deletes=keys)
    return created(author, tweet_id), followers


def test_throttled_writes_are_retried_until_accepted(platform: Platform) -> None:
    record, followers = undelivered(platform, 60)
    plan = platform.modules["tweets"].plan_fanout
    with throttled("BatchWriteItem", 1) as refused, unprocessed() as given_back:
        assert plan({"Records": [record]}, None) == {"batchItemFailures": []}
    assert len(refused) == 1 and sum(given_back) > 20
    assert all(len(entries(follower)) == 1 for follower in followers)


def test_throttling_that_lasts_brings_the_message_back(platform: Platform) -> None:
    record, followers = undelivered(platform, 60)
    plan = platform.modules["tweets"].plan_fanout
    calls: list[int] = []

    def refuse(_: dict[str, Any]) -> dict[str, Any] | None:
        calls.append(1)
        return None if len(calls) == 1 else error(THROTTLED)

    with intercepted("dynamodb", "BatchWriteItem", refuse):
        failed = plan({"Records": [record]}, None)
    assert failed == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert plan({"Records": [record]}, None) == {"batchItemFailures": []}
    assert all(len(entries(follower)) == 1 for follower in followers)


def test_a_worker_killed_in_mid_range_finishes_on_redelivery(platform: Platform) -> None:
    record, followers = undelivered(platform, 80)
    plan = platform.modules["tweets"].plan_fanout
    calls: list[int] = []

    def die(_: dict[str, Any]) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Killed

    with intercepted("dynamodb", "BatchWriteItem", die):
        first = plan({"Records": [record]}, None)
    assert len(first["batchItemFailures"]) == 1
    assert plan({"Records": [record]}, None) == {"batchItemFailures": []}
    assert all(len(entries(follower)) == 1 for follower in followers)


@pytest.fixture
def small_ranges() -> Iterator[None]:
    """Cut deliveries into ranges of twenty; up to ten are inline."""
    with process.limited(FanoutLimits(range_size=20, inline_size=10)):
        yield


def test_ranges_in_any_order_twice_and_by_workers_that_die(
    platform: Platform, small_ranges: None
) -> None:
    """Each follower has the tweet once and the deleted one never.

    Whatever SQS may do, all at once.
    """
    author, chance = platform.register(), random.Random(5)
    followers = fake_followers(author, 90)
    queued: list[str] = []

    def hold(params: dict[str, Any]) -> dict[str, Any] | None:
        if not params["QueueUrl"].endswith("fanout-ranges"):
            return None
        queued.extend(entry["MessageBody"] for entry in params["Entries"])
        return {"Successful": []}

    with intercepted("sqs", "SendMessageBatch", hold):
        kept, gone = author.tweet("kept"), author.tweet("gone")
        platform.settle()
        author.ok("DELETE", f"/2/tweets/{gone}")
        platform.settle()
    # Two deliveries and a removal; the removal's ranges come before, between and after.
    assert len(set(queued)) == 3 * 5
    waiting, calls = queued * 2, [0]
    chance.shuffle(waiting)

    def die(_: dict[str, Any]) -> None:
        calls[0] += 1
        if calls[0] % 3 == 0:
            raise Killed

    deliver = platform.modules["tweets"].deliver_fanout
    with intercepted("dynamodb", "BatchWriteItem", die):
        while waiting:
            body = waiting.pop(0)
            record = {"messageId": "m", "body": body}
            if deliver({"Records": [record]}, None)["batchItemFailures"]:
                waiting.append(body)
    assert calls[0] > 30
    for follower in followers:
        assert [entry["position"] for entry in entries(follower)] == [int(kept)]


def test_without_partial_batches_successes_are_deleted_and_the_batch_fails(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = platform.register()
    tweet_id = author.tweet("both paths are safe")
    monkeypatch.delenv("SQS_PARTIAL_BATCH")
    deleted: list[str] = []

    def note(params: dict[str, Any]) -> dict[str, Any] | None:
        handles = [entry["ReceiptHandle"] for entry in params["Entries"]]
        if handles != ["good"]:
            return None
        deleted.extend(handles)
        return {"Successful": []}

    arn = {"eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:rookery-dev-tweets-fanout"}
    good = {**created(author, tweet_id), "receiptHandle": "good", **arn}
    bad = {"messageId": "bad", "body": "{", "receiptHandle": "bad", **arn}
    with (
        intercepted("sqs", "DeleteMessageBatch", note),
        pytest.raises(Exception, match="1 of 2"),
    ):
        platform.modules["tweets"].plan_fanout({"Records": [good, bad]}, None)
    assert deleted == ["good"]


def test_what_has_expired_is_not_removed(platform: Platform) -> None:
    author = platform.register()
    fake_followers(author, 3)
    written: list[str] = []
    for days, calls in ((29, 1), (31, 0)):
        tweet_id = str(first_id_at(now_ms() - days * 86_400_000))
        gone = {"Records": [created(author, tweet_id, "tweet.deleted")]}
        written.clear()
        with intercepted("dynamodb", "BatchWriteItem", lambda p: written.extend(p["RequestItems"])):
            assert platform.modules["tweets"].plan_fanout(gone, None) == {"batchItemFailures": []}
        assert written.count(TIMELINES) == calls


def test_who_comes_into_a_range_pushes_nobody_out(platform: Platform) -> None:
    author = platform.register()
    tweet_id = author.tweet("a range that grows")
    platform.settle()
    followers = fake_followers(author, 5)
    message = {"tweet_id": tweet_id, "author_id": author.id, "kind": "tweet", "remove": False}
    message |= {"retweeted_tweet_id": None, "after": None, "until": followers[-1]}
    # When it was cut, two of these did not follow yet.
    with process.limited(FanoutLimits(range_size=3)):
        fanout.deliver_range(message)
    assert all(map(entries, followers))
