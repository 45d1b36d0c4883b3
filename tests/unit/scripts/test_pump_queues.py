"""Rules of the event pump for queues, without AWS."""

from types import SimpleNamespace
from typing import Any

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.pump.event_filter import (
    RecordFilter,
    UnsupportedPatternError,
    filters_for,
    matches,
)
from scripts.pump.sqs import QueueSource
from scripts.pump.support import Activity, Source, describe_error, failed_items


@pytest.mark.parametrize(
    ("pattern", "record", "expected"),
    [
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": ["x"]}, {"a": "z"}, False),
        ({"a": ["x"]}, {}, False),
        ({"a": [1]}, {"a": True}, False),
        ({"a": {"b": ["x"]}}, {"a": {"b": "x", "c": 1}}, True),
        ({"a": {"b": ["x"]}}, {"a": "x"}, False),
        ({"a": [{"prefix": "tw"}]}, {"a": "tweet"}, True),
        ({"a": [{"prefix": "tw"}]}, {"a": "like"}, False),
        ({"a": [{"suffix": "et"}]}, {"a": "tweet"}, True),
        ({"a": [{"anything-but": ["x"]}]}, {"a": "y"}, True),
        ({"a": [{"anything-but": "x"}]}, {"a": "x"}, False),
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "xy"}, False),
        ({"a": [{"anything-but": ["x"]}]}, {}, False),
        ({"a": [{"exists": True}]}, {"a": None}, True),
        ({"a": [{"exists": False}]}, {}, True),
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": ["x"]}, {"a": ["y", "x"]}, True),
        ({"$or": [{"a": ["x"]}, {"b": ["x"]}]}, {"b": "x"}, True),
        ({"a": ["x"], "b": ["y"]}, {"a": "x", "b": "z"}, False),
        ({"a": [None]}, {"a": None}, True),
    ],
)
def test_patterns(pattern: Any, record: Any, expected: Any) -> None:
    assert matches(pattern, record) is expected


def test_an_unknown_operator_is_an_error() -> None:
    with pytest.raises(UnsupportedPatternError):
        matches({"a": [{"cidr": "10.0.0.0/8"}]}, {"a": "x"})


def test_queue_filters_see_the_parsed_body() -> None:
    only = RecordFilter([{"body": {"type": ["tweet.created"]}}])
    assert only.queue({"body": '{"type": "tweet.created"}'})
    assert not only.queue({"body": "not json"})
    assert RecordFilter([]).queue({"body": "x"})


def test_filters_are_found_in_a_merge_file(tmp_path: Any) -> None:
    merge = tmp_path / "merge.yaml"
    merge.write_text(
        """
Resources:
  OnTweetChange:
    Properties:
      Events:
        Source: {Properties: {FilterCriteria: {Filters: [{Pattern: '{"eventName": ["INSERT"]}'}]}}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref OnLike
      FilterCriteria: {Filters: [{Pattern: '{"eventName": ["REMOVE"]}'}]}
"""
    )
    find = filters_for(load_template(merge))
    assert find("on_tweet_change").stream({"eventName": "INSERT"})
    assert not find("on_tweet_change").stream({"eventName": "MODIFY"})
    assert not find("on_like").stream({"eventName": "INSERT"})
    assert find("other").stream({"eventName": "MODIFY"})
    assert filters_for({})("other").stream({})


class FakeSqs:
    def __init__(self) -> None:
        self.deleted: list[Any] = []
        self.postponed: list[Any] = []

    def delete_message_batch(self, QueueUrl: Any, Entries: Any) -> None:  # noqa: N803
        assert len(Entries) <= 10
        self.deleted += [one["ReceiptHandle"] for one in Entries]

    def change_message_visibility_batch(self, QueueUrl: Any, Entries: Any) -> None:  # noqa: N803
        assert len(Entries) <= 10
        self.postponed += [(one["ReceiptHandle"], one["VisibilityTimeout"]) for one in Entries]


def message(name: Any, tries: Any = 1) -> Any:
    return {
        "MessageId": name,
        "ReceiptHandle": f"r-{name}",
        "Body": name,
        "MD5OfBody": "0",
        "Attributes": {"ApproximateReceiveCount": str(tries)},
        "MessageAttributes": {"type": {"DataType": "String", "StringValue": "t"}},
    }


def queue_source(handler: Any, **options: Any) -> Any:
    sqs = FakeSqs()
    clients: Any = SimpleNamespace(sqs=sqs)
    mapping = Source("on_message", "f", handler)
    source = QueueSource(mapping, "q", clients, Activity(), **options)
    source.arn, source.region, source.visibility = "arn:aws:sqs:us-east-1:0:q", "us-east-1", 30
    return source, sqs


def names(event: Any) -> Any:
    return [one["messageId"] for one in event["Records"]]


def test_a_batch_that_succeeds_is_deleted() -> None:
    seen = []
    source, sqs = queue_source(lambda event, context: seen.append((event, context)))
    source.process([message("a"), message("b")])
    assert sqs.deleted == ["r-a", "r-b"]
    assert sqs.postponed == []
    event, context = seen[0]
    assert names(event) == ["a", "b"]
    assert event["Records"][0]["messageAttributes"]["type"]["dataType"] == "String"
    assert 0 < context.get_remaining_time_in_millis() <= 60_000
    assert context.function_name == "f"


def test_partial_failures_keep_only_what_failed() -> None:
    source, sqs = queue_source(lambda *_: {"batchItemFailures": [{"itemIdentifier": "b"}]})
    source.process([message("a"), message("b"), message("c")])
    assert sqs.deleted == ["r-a", "r-c"]
    assert sqs.postponed == [("r-b", 1)]


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{}]},
    ],
)
def test_an_answer_that_lambda_cannot_read_fails_the_batch(answer: Any) -> None:
    source, sqs = queue_source(lambda *_: answer)
    source.process([message("a"), message("b")])
    assert sqs.deleted == []
    assert len(sqs.postponed) == 2


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, "done"])
def test_other_answers_are_success(answer: Any) -> None:
    source, sqs = queue_source(lambda *_: answer)
    source.process([message("a")])
    assert sqs.deleted == ["r-a"]


def test_an_exception_leaves_the_batch_with_growing_delays() -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("someone@example.com")

    source, sqs = queue_source(fail)
    source.process([message("a", 1), message("b", 3), message("c", 9)])
    assert sqs.deleted == []
    assert sorted(sqs.postponed) == [("r-a", 1), ("r-b", 4), ("r-c", 30)]


def test_filtered_messages_are_deleted_unseen() -> None:
    seen = []
    source, sqs = queue_source(
        lambda event, _: seen.extend(names(event)), record_filter=RecordFilter([{"body": ["b"]}])
    )
    source.process([message("a"), message("b")])
    assert seen == ["b"]
    assert sqs.deleted == ["r-a", "r-b"]


def test_large_batches_are_deleted_ten_at_a_time() -> None:
    source, sqs = queue_source(lambda *_: None)
    source.process([message(str(n)) for n in range(25)])
    assert len(sqs.deleted) == 25


def test_large_batches_are_received_by_several_calls() -> None:
    source, _ = queue_source(lambda *_: None, batch_size=50)
    waiting, asked = [message(str(n)) for n in range(75)], []

    def receive_message(**request: Any) -> Any:
        asked.append((request["MaxNumberOfMessages"], request["WaitTimeSeconds"]))
        found = [waiting.pop(0) for _ in range(min(len(waiting), request["MaxNumberOfMessages"]))]
        return {"Messages": found}

    source.clients.sqs.receive_message = receive_message
    assert len(source._receive(50, 20)) == 50
    assert asked == [(10, 20), (10, 0), (10, 0), (10, 0), (10, 0)]
    assert len(source._receive(50, 20)) == 25
    assert source._receive(50, 20) == []


def test_a_fifo_queue_has_one_worker() -> None:
    nothing: Any = None
    source = QueueSource(Source("h", "f", print), "q.fifo", nothing, Activity(), concurrency=5)
    assert source.concurrency == 1


def test_failures_are_described_without_their_text() -> None:
    try:
        raise ValueError("someone@example.com")
    except ValueError as error:
        text = describe_error(error)
    assert "ValueError" in text
    assert "example.com" not in text
    assert failed_items({"batchItemFailures": [{"itemIdentifier": 7}]}) is None
