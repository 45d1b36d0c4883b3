"""Fan-out when queues duplicate, reorder and fail: each follower has each tweet exactly once."""

import json
import random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared import aws, dynamo
from tests.integration.tweets_support import reading_home
from tests.platform import Person, Platform

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
    answer = aws.client("dynamodb").query(
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
    total = aws.client("dynamodb").scan(
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


def test_throttled_writes_are_retried_until_accepted(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = platform.register()
    followers = fake_followers(author, 60)
    tweet_id = author.tweet("through throttling")
    platform.settle()
    dynamo.batch_write(
        TIMELINES, deletes=[{"user_id": f, "position": int(tweet_id)} for f in followers]
    )
    client = aws.client("dynamodb")
    real = client.batch_write_item
    calls = {"throttled": 0}

    def sometimes(RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        calls["throttled"] += 1
        if calls["throttled"] % 2:
            half = {table: rows[: len(rows) // 2] for table, rows in RequestItems.items()}
            rest = {table: rows[len(rows) // 2 :] for table, rows in RequestItems.items()}
            answer: dict[str, Any] = real(RequestItems=half) if any(half.values()) else {}
            return {**answer, "UnprocessedItems": rest}
        return dict(real(RequestItems=RequestItems))

    monkeypatch.setattr(client, "batch_write_item", sometimes)
    platform.modules["tweets"].plan_fanout({"Records": [created(author, tweet_id)]}, None)
    monkeypatch.undo()
    assert all(len(entries(follower)) == 1 for follower in followers)


def test_a_worker_killed_in_mid_range_finishes_on_redelivery(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = platform.register()
    followers = fake_followers(author, 80)
    tweet_id = author.tweet("survivor")
    platform.settle()
    dynamo.batch_write(
        TIMELINES, deletes=[{"user_id": f, "position": int(tweet_id)} for f in followers]
    )
    client = aws.client("dynamodb")
    real = client.batch_write_item
    seen = {"calls": 0}

    def dies(**arguments: Any) -> dict[str, Any]:
        seen["calls"] += 1
        if seen["calls"] == 2:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "BatchWriteItem")
        return dict(real(**arguments))

    monkeypatch.setattr(client, "batch_write_item", dies)
    plan = platform.modules["tweets"].plan_fanout
    first = plan({"Records": [created(author, tweet_id)]}, None)
    assert len(first["batchItemFailures"]) == 1
    assert plan({"Records": [created(author, tweet_id)]}, None) == {"batchItemFailures": []}
    assert all(len(entries(follower)) == 1 for follower in followers)


def test_without_partial_batches_successes_are_deleted_and_the_batch_fails(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = platform.register()
    tweet_id = author.tweet("both paths are safe")
    monkeypatch.delenv("SQS_PARTIAL_BATCH")
    deleted: list[str] = []
    monkeypatch.setattr(
        aws.client("sqs"),
        "delete_message_batch",
        lambda **arguments: deleted.extend(e["ReceiptHandle"] for e in arguments["Entries"]),
    )
    arn = {"eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:rookery-dev-tweets-fanout"}
    good = {**created(author, tweet_id), "receiptHandle": "good", **arn}
    bad = {"messageId": "bad", "body": "{", "receiptHandle": "bad", **arn}
    with pytest.raises(Exception, match="1 of 2"):
        platform.modules["tweets"].plan_fanout({"Records": [good, bad]}, None)
    assert deleted == ["good"]
