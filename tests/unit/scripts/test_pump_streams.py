"""Rules of the event pump for streams, without AWS."""

import json
import threading
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from scripts.pump.checkpoints import Checkpoints
from scripts.pump.event_filter import (
    RecordFilter,
)
from scripts.pump.records import FailedRecords, sequence_of, to_record
from scripts.pump.shards import ShardReader, StreamGoneError
from scripts.pump.streams import StreamSource
from scripts.pump.support import Activity, Source

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1"


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


def test_checkpoints_survive(tmp_path: Any) -> None:
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
