"""The event pump's rules, without AWS: what is retried, skipped, put aside, forgotten."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from scripts.checkpoints import Checkpoints
from scripts.embedded_aws import is_write
from scripts.embedded_queues import QueueApp
from scripts.event_filter import (
    RecordFilter,
    UnsupportedPatternError,
    filters_for,
    matches,
)
from scripts.pump import settle
from scripts.pump_records import FailedRecords, sequence_of, to_record
from scripts.pump_shards import ShardReader, StreamGoneError
from scripts.pump_sqs import QueueSource
from scripts.pump_streams import StreamSource
from scripts.pump_support import Activity, Source, describe_error, failed_items
from scripts.runlock import RunLock, RunningError, running_pid
from scripts.schedule import ScheduleError, parse

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1"


# --- filters ---------------------------------------------------------------


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
    find = filters_for(merge)
    assert find("on_tweet_change").stream({"eventName": "INSERT"})
    assert not find("on_tweet_change").stream({"eventName": "MODIFY"})
    assert not find("on_like").stream({"eventName": "INSERT"})
    assert find("other").stream({"eventName": "MODIFY"})
    assert filters_for(tmp_path / "none.yaml")("other").stream({})


# --- queues ----------------------------------------------------------------


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


# --- streams ---------------------------------------------------------------


def change(number: Any) -> Any:
    return {
        "eventID": str(number),
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": f"{number:05d}",
            "Keys": {"id": {"S": str(number)}},
            "ApproximateCreationDateTime": datetime(2026, 1, 1, tzinfo=UTC),
        },
    }


@pytest.fixture
def stream_source(tmp_path: Any) -> Any:
    def make(handler: Any, **options: Any) -> Any:
        failed = FailedRecords(tmp_path / "failed.jsonl")
        checkpoints = Checkpoints(tmp_path / "checkpoints.json")
        defaults = {"retry_base": 0.0, "max_tries": 3}
        mapping, nothing = Source("on_change", "f", handler), cast("Any", None)
        options = {**defaults, **options}
        return StreamSource(mapping, "t", nothing, Activity(), checkpoints, failed, **options)

    return make


def run(source: Any, count: Any) -> Any:
    done = []
    records = [to_record(change(n), ARN) for n in range(count)]
    finished = source.deliver(records, lambda record: done.append(sequence_of(record)))
    return finished, done


def test_records_look_as_lambda_shows_them() -> None:
    record = to_record(
        {**change(1), "userIdentity": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}},
        ARN,
    )
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1767225600.0
    assert record["userIdentity"] == {"principalId": "dynamodb.amazonaws.com", "type": "Service"}
    assert record["eventSourceARN"] == ARN
    assert json.dumps(record)


def test_a_poisoned_record_is_found_by_halving(stream_source: Any, tmp_path: Any) -> None:
    handled = []

    def handler(event: Any, _: Any) -> None:
        numbers = [one["eventID"] for one in event["Records"]]
        if "5" in numbers:
            raise RuntimeError
        handled.extend(numbers)

    finished, done = run(stream_source(handler), 8)
    assert finished
    assert handled == ["0", "1", "2", "3", "4", "6", "7"]
    assert done[-1] == "00007"
    kept = [json.loads(line) for line in (tmp_path / "failed.jsonl").open()]
    assert [one["record"]["eventID"] for one in kept] == ["5"]
    assert (tmp_path / "failed.jsonl").stat().st_mode & 0o077 == 0


def test_the_first_reported_failure_is_where_it_starts_again(stream_source: Any) -> None:
    calls, failing = [], {"3", "6"}

    def handler(event: Any, _: Any) -> Any:
        numbers = [one["eventID"] for one in event["Records"]]
        calls.append(numbers)
        failures = [n for n in numbers if n in failing]
        failing.clear()
        return {"batchItemFailures": [{"itemIdentifier": f"{int(n):05d}"} for n in failures]}

    _, done = run(stream_source(handler), 8)
    assert calls == [[str(n) for n in range(8)], ["3", "4", "5", "6", "7"]]
    assert done == ["00002", "00007"]


def test_a_failure_that_passes_is_retried_as_the_same_batch(stream_source: Any) -> None:
    calls = []

    def handler(event: Any, _: Any) -> None:
        calls.append(len(event["Records"]))
        if len(calls) == 1:
            raise RuntimeError

    finished, done = run(stream_source(handler), 4)
    assert (finished, calls, done) == (True, [4, 4], ["00003"])


def test_filtered_records_count_as_done(stream_source: Any) -> None:
    seen: list[Any] = []
    source = stream_source(
        lambda event, _: seen.extend(one["eventID"] for one in event["Records"]),
        record_filter=RecordFilter([{"eventID": ["1"]}]),
    )
    assert run(source, 3) == (True, ["00002"])
    assert seen == ["1"]


def test_a_stop_leaves_a_failing_batch_for_the_next_run(stream_source: Any) -> None:
    source = stream_source(lambda *_: 1 / 0, retry_base=60.0)
    threading.Timer(0.05, source._stop.set).start()
    finished, done = run(source, 2)
    assert (finished, done) == (False, [])


class FakeStreams:
    """Two generations of shards; tells what was asked of it."""

    def __init__(self, shards: Any, errors: Any = ()) -> None:
        self.shards, self.errors = shards, list(errors)
        self.asked: list[Any] = []

    def describe_stream(self, StreamArn: Any) -> Any:  # noqa: N803
        listed = [
            {"ShardId": name, **({"ParentShardId": parent} if parent else {})}
            for name, (parent, _, _) in self.shards.items()
        ]
        return {"StreamDescription": {"Shards": listed}}

    def get_shard_iterator(self, **asked: Any) -> Any:
        shard, sequence = asked["ShardId"], asked.get("SequenceNumber")
        self.asked.append((shard, asked["ShardIteratorType"], sequence))
        if sequence == "gone":
            raise failure("TrimmedDataAccessException")
        return {"ShardIterator": f"{shard}:0"}

    def get_records(self, ShardIterator: Any, Limit: Any) -> Any:  # noqa: N803
        if self.errors:
            raise failure(self.errors.pop(0))
        name, _, position = ShardIterator.partition(":")
        _, records, closed = self.shards[name]
        start = int(position)
        page = records[start : start + Limit]
        answer = {"Records": page}
        if not (closed and start + len(page) >= len(records)):
            answer["NextShardIterator"] = f"{name}:{start + len(page)}"
        return answer


def failure(code: Any) -> Any:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")


def read_all(reader: Any, rounds: Any = 6) -> Any:
    return [
        (shard, one["eventID"])
        for _ in range(rounds)
        for shard, records in reader.read(2)
        for one in records
    ]


def test_child_shards_wait_for_their_parents() -> None:
    client = FakeStreams(
        {
            "child": ("parent", [change(3)], False),
            "parent": (None, [change(n) for n in range(3)], True),
            "orphan": ("expired", [change(9)], False),
        }
    )
    seen = read_all(ShardReader(client, ARN, lambda *_: None))
    assert [one for one in seen if one[0] != "orphan"] == [
        ("parent", "0"),
        ("parent", "1"),
        ("parent", "2"),
        ("child", "3"),
    ]
    assert ("orphan", "9") in seen


def test_a_checkpoint_is_resumed_and_a_lost_one_begins_at_the_oldest_record() -> None:
    client = FakeStreams({"s": (None, [change(1)], False)})
    read_all(ShardReader(client, ARN, lambda *_: "00000"), 1)
    assert client.asked == [("s", "AFTER_SEQUENCE_NUMBER", "00000")]
    client.asked.clear()
    reader = ShardReader(client, ARN, lambda *_: "gone")
    assert read_all(reader, 1) == [("s", "1")]
    assert [kind for _, kind, _ in client.asked] == ["AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON"]


@pytest.mark.parametrize(("position", "resumes"), [("00000", True), ("gone", False), (None, False)])
def test_it_knows_whether_records_were_lost(position: Any, resumes: Any) -> None:
    client = FakeStreams({"s": (None, [], False)})
    assert ShardReader(client, ARN, lambda *_: position).resumes() is resumes


@pytest.mark.parametrize("code", ["ExpiredIteratorException", "TrimmedDataAccessException"])
def test_a_lost_iterator_is_replaced(code: Any) -> None:
    client = FakeStreams({"s": (None, [change(1)], False)}, [code])
    assert read_all(ShardReader(client, ARN, lambda *_: None), 3) == [("s", "1")]


def test_a_stream_that_is_gone_says_so() -> None:
    client = FakeStreams({"s": (None, [], False)}, ["ResourceNotFoundException"])
    with pytest.raises(StreamGoneError):
        read_all(ShardReader(client, ARN, lambda *_: None), 1)


def test_checkpoints_survive_and_a_broken_file_means_dirty(tmp_path: Any) -> None:
    path = tmp_path / "deep" / "users.json"
    first = Checkpoints(path)
    assert not first.dirty
    first.mark(dirty=True)
    first.begin("h", ARN, "s", "7")
    first.advance("h", ARN, "s", "5", 1000)
    first.advance("h", ARN, "s", "6", 900)
    second = Checkpoints(path)
    assert second.dirty
    assert second.position("h", ARN, "s") == "6"
    assert second.begun("h", ARN, "s") == "7"
    assert second.published("h") == 1000
    assert second.position("other", ARN, "s") is None
    path.write_text("{")
    assert Checkpoints(path).dirty


# --- schedules -------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "now", "due"),
    [
        ("rate(5 minutes)", "2026-01-01T00:00:30", "2026-01-01T00:05:30"),
        ("rate(1 hour)", "2026-01-01T00:00:00", "2026-01-01T01:00:00"),
        ("cron(0 3 * * ? *)", "2026-01-01T03:00:00", "2026-01-02T03:00:00"),
        ("cron(0/15 * * * ? *)", "2026-01-01T00:16:10", "2026-01-01T00:30:00"),
        ("cron(30 8 ? * MON-FRI *)", "2026-01-02T09:00:00", "2026-01-05T08:30:00"),
        ("cron(0 0 1 JAN,JUL ? *)", "2026-01-02T00:00:00", "2026-07-01T00:00:00"),
        ("cron(0 0 29 2 ? *)", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
    ],
)
def test_schedules(expression: Any, now: Any, due: Any) -> None:
    assert parse(expression).after(datetime.fromisoformat(now)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    "expression", ["at(2026)", "cron(0 0 * *)", "cron(x 0 * * ? *)", "rate(5)"]
)
def test_unreadable_schedules(expression: Any) -> None:
    with pytest.raises(ScheduleError):
        parse(expression)


def test_a_schedule_that_never_comes() -> None:
    with pytest.raises(ScheduleError):
        parse("cron(0 0 1 1 ? 1999)").after(datetime(2026, 1, 1) + timedelta())


# --- waiting, locking, saving ----------------------------------------------


class FakePump:
    def __init__(self, domain: Any, answers: Any) -> None:
        self.domain, self.answers, self.activity = domain, answers, Activity()

    def busy_with(self, ignore: Any) -> Any:
        busy, ran = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.activity.finished += ran
        return busy


def test_settling_needs_one_round_in_which_nothing_happened_anywhere() -> None:
    # The second pump runs a handler after the first was found idle: look again.
    first: Any = FakePump("a", [([], 0), (["queue"], 0), ([], 0)])
    second: Any = FakePump("b", [([], 1), ([], 0), ([], 0)])
    settle([first, second], 5)
    assert len(first.answers) == 1


def test_settling_gives_up_and_says_why() -> None:
    with pytest.raises(TimeoutError, match="a: queue"):
        settle([cast("Any", FakePump("a", [(["queue"], 0)]))], 0.05)


@pytest.mark.parametrize(
    ("method", "target", "wakes"),
    [
        ("POST", "AmazonSQS.SendMessage", True),
        ("POST", "", True),  # SNS, whose topics fill queues
        ("PUT", "", True),  # S3, whose events do
        ("POST", "AmazonSQS.ReceiveMessage", False),
        ("POST", "DynamoDB_20120810.PutItem", False),
        ("GET", "", False),
    ],
)
def test_a_long_poll_ends_when_a_message_may_have_come(
    method: Any, target: Any, wakes: Any
) -> None:
    async def turns() -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def request() -> bool:
        async def answer(*_: Any) -> None:
            return None

        app = QueueApp(answer)
        poll = asyncio.create_task(app.pause(600))
        await turns()
        headers = [(b"x-amz-target", target.encode())]
        scope = {"type": "http", "method": method, "path": "/", "headers": headers}
        await app(scope, answer, answer)  # type: ignore[arg-type]
        await turns()
        ended = poll.done()
        poll.cancel()
        return ended

    assert asyncio.run(request()) is wakes


def test_one_platform_per_state_directory(tmp_path: Any) -> None:
    assert running_pid(tmp_path) is None
    with RunLock(tmp_path):
        assert running_pid(tmp_path) is not None
        with pytest.raises(RunningError, match="already runs"), RunLock(tmp_path):
            pass
    assert running_pid(tmp_path) is None
    with RunLock(tmp_path):
        pass


@pytest.mark.parametrize(
    ("method", "target", "writes"),
    [
        ("POST", "DynamoDB_20120810.PutItem", True),
        ("POST", "DynamoDB_20120810.Query", False),
        ("POST", "DynamoDBStreams_20120810.GetRecords", False),
        ("POST", "AmazonSQS.ReceiveMessage", False),
        ("POST", "AmazonSQS.DeleteMessageBatch", True),
        ("POST", "", True),
        ("PUT", "", True),
        ("GET", "", False),
    ],
)
def test_only_writes_make_the_next_snapshot_due(method: Any, target: Any, writes: Any) -> None:
    assert is_write(method, target) is writes
