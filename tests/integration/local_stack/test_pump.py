"""The event pump on real streams and queues."""

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.base.cfn_yaml import load_template
from scripts.base.process import wait_until
from scripts.deploy.provision import ProvisionError, apply_template, complete_tables
from scripts.emulator.stack import embedded_aws
from scripts.pump.pump import Pump, settle

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def stack(tmp_path_factory: Any, module: Any) -> Any:
    """An embedded AWS of this file's own, with the sample domain's resources."""
    template = Path(module.__file__).with_name("resources.yaml")
    with embedded_aws(tmp_path_factory.mktemp("state"), keep=False) as running:
        there: Any = {"stage": "dev", "endpoint_url": running.endpoint_url}
        assert apply_template("sample", template, **there)
        assert not apply_template("sample", template, **there), "a second time changes nothing"
        assert complete_tables(load_template(template), **there) == ["rookery-dev-sample-items"]
        yield running


@pytest.fixture(scope="module")
def aws(stack: Any) -> Any:
    """Make clients of this file's own embedded AWS."""
    clients = {}

    def client(service: Any) -> Any:
        if service not in clients:
            clients[service] = boto3.client(service, endpoint_url=stack.endpoint_url)
        return clients[service]

    return client


@pytest.fixture
def make_pump(stack: Any, module: Any, seen: Any, tmp_path: Any) -> Any:
    pumps = []
    merge = load_template(Path(module.__file__).with_name("merge.yaml"))

    def make(**options: Any) -> Any:
        defaults = {"retry_base": 0, "wait_seconds": 1, "max_tries": 2, "merge": merge}
        where = (tmp_path, stack.endpoint_url)
        pump = Pump(module.app, module, "sample", *where, **{**defaults, **options})
        pumps.append(pump)
        return pump

    # The embedded stream keeps the records of earlier tests: begin behind them.
    with make():
        settle(pumps, 20)
    for one in (seen.batches, seen.changes, seen.filtered):
        one.clear()
    yield make
    for pump in pumps:
        pump.stop(drain=False)


@pytest.fixture
def put(aws: Any) -> Any:
    def write(key: Any, **attributes: Any) -> None:
        item = {"id": {"S": key}, **attributes}
        aws("dynamodb").put_item(TableName="rookery-dev-sample-items", Item=item)

    return write


def ids(records: Any) -> Any:
    return [one["dynamodb"]["Keys"]["id"]["S"] for one in records]


def test_a_template_that_fails_names_its_resource(stack: Any, tmp_path: Any) -> None:
    broken = tmp_path / "resources.yaml"
    broken.write_text(
        "Resources:\n  Bad:\n    Type: AWS::SNS::Subscription\n"
        "    Properties: {Protocol: sqs, TopicArn: !ImportValue nobody-exports-this}\n"
    )
    with pytest.raises(ProvisionError, match="rookery-dev-broken-resources"):
        apply_template("broken", broken, stage="dev", endpoint_url=stack.endpoint_url)


def test_queue_batches_partial_failures_and_dead_letters(
    aws: Any, make_pump: Any, seen: Any
) -> None:
    sqs = aws("sqs")
    work, dead_letters = (
        sqs.get_queue_url(QueueName=f"rookery-dev-sample-{name}")["QueueUrl"]
        for name in ("work", "work-dlq")
    )
    with make_pump() as pump:
        attributes = {
            "type": {"DataType": "String", "StringValue": "tweet.created"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        }
        sqs.send_message_batch(
            QueueUrl=work,
            Entries=[
                {"Id": str(n), "MessageBody": body, "MessageAttributes": attributes}
                for n, body in enumerate(["one", "bad", "two"])
            ],
        )
        settle([pump], 30)
    first = {one["body"]: one for batch in seen.batches for one in reversed(batch)}
    assert set(first) == {"one", "bad", "two"}
    record = first["one"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":rookery-dev-sample-work")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["type"]["stringValue"] == "tweet.created"
    assert base64.b64decode(record["messageAttributes"]["raw"]["binaryValue"]) == b"\x00\xff"
    bodies = [one["body"] for batch in seen.batches for one in batch]
    assert (bodies.count("one"), bodies.count("two"), bodies.count("bad")) == (1, 1, 3)
    dead = sqs.receive_message(QueueUrl=dead_letters, WaitTimeSeconds=2)
    assert [one["Body"] for one in dead["Messages"]] == ["bad"]


def test_streams_reach_every_handler_and_filters_apply(put: Any, make_pump: Any, seen: Any) -> None:
    with make_pump() as pump:
        put("a", kind={"S": "tweet"}, blob={"B": b"\x01"})
        put("b", kind={"S": "like"})
        settle([pump], 20)
    assert ids(seen.changes) == ["a", "b"]
    assert ids(seen.filtered) == ["a"]
    record = seen.changes[0]
    assert record["eventName"] == "INSERT"
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
    assert record["dynamodb"]["NewImage"]["blob"] == {"B": base64.b64encode(b"\x01").decode()}
    assert record["eventSourceARN"].startswith("arn:aws:dynamodb:")
    assert json.dumps(record)


def test_a_restart_continues_at_the_checkpoint(put: Any, make_pump: Any, seen: Any) -> None:
    with make_pump() as pump:
        put("c")
        settle([pump], 20)
    put("d")
    with make_pump() as pump:
        settle([pump], 20)
    assert ids(seen.changes) == ["c", "d"]
    assert not pump.checkpoints.dirty


def test_a_sole_writer_is_settled_without_asking_streams(
    stack: Any, put: Any, make_pump: Any, seen: Any
) -> None:
    # Nobody else would look for a minute: only the hint of the write itself can wake it.
    with make_pump(idle_seconds=60, sole_writer=True, ask_depths=stack.queue_depths) as pump:
        settle([pump], 20)
        for n in range(5):
            put(f"hint-{n}")
            settle([pump], 20)
            assert ids(seen.changes) == [f"hint-{one}" for one in range(n + 1)]


def test_depths_of_all_queues_are_told_at_once(stack: Any, aws: Any, make_pump: Any) -> None:
    sqs, queue = aws("sqs"), "rookery-dev-sample-work"
    assert stack.queue_depths()[queue] == 0
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    assert stack.queue_depths()[queue] == 1
    [taken] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert stack.queue_depths()[queue] == 1, "in flight counts"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=taken["ReceiptHandle"])
    assert stack.queue_depths()[queue] == 0


def test_stopping_drains_what_was_written_before(put: Any, make_pump: Any, seen: Any) -> None:
    pump = make_pump(idle_seconds=5).start()
    for n in range(40):
        put(f"drain-{n}")
    assert pump.stop(drain=True)
    assert ids(seen.changes) == [f"drain-{n}" for n in range(40)]


def test_stopping_waits_for_the_batch_in_hand(put: Any, make_pump: Any, seen: Any) -> None:
    pump, reached, go = make_pump(), threading.Event(), threading.Event()
    stream = pump.streams[0]
    handler = stream.source.handler

    def held(event: Any, context: Any) -> Any:
        reached.set()
        assert go.wait(20)
        return handler(event, context)

    stream.source.handler = held
    pump.start()
    put("held")
    assert reached.wait(20)
    with ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(pump.stop, drain_seconds=0.01)
        assert wait_until(stream._stop.is_set, 20)
        assert not stopping.done()
        go.set()
        stopping.result(20)
    assert ids(seen.changes) == ["held"]


def test_a_poisoned_record_is_put_aside_and_the_rest_flows(
    put: Any, make_pump: Any, seen: Any, tmp_path: Any
) -> None:
    seen.refuse.add("poison")
    for key in ("before", "poison", "after"):
        put(key)
    with make_pump() as pump:
        settle([pump], 30)
    assert ids(seen.changes) == ["before", "after"]
    kept = [json.loads(line) for line in (tmp_path / "failed" / "sample.jsonl").open()]
    assert [one["record"]["dynamodb"]["Keys"]["id"]["S"] for one in kept] == ["poison"]


def forget_positions(file: Any) -> None:
    data = json.loads(file.read_text())
    for shards in data["done"].values():
        shards.update(dict.fromkeys(shards, "0" * 21))
    file.write_text(json.dumps(data))


def test_a_batch_that_broke_off_comes_again_with_the_same_borders(
    put: Any, make_pump: Any, seen: Any, monkeypatch: Any
) -> None:
    pump = make_pump()
    for n in range(3):
        put(f"first-{n}")
    # The handler succeeds, then the process dies before the position is on disk.
    monkeypatch.setattr(pump.checkpoints, "advance", lambda *_: None)
    with pump:
        settle([pump], 20)
    pump.checkpoints.mark(dirty=True)
    assert ids(seen.changes) == ["first-0", "first-1", "first-2"]
    seen.changes.clear()
    sizes = []
    put("second")
    again = make_pump()
    deliver = again.streams[0].deliver

    def watched(batch: Any, done: Any) -> Any:
        sizes.append(len(batch))
        return deliver(batch, done)

    monkeypatch.setattr(again.streams[0], "deliver", watched)
    with again:
        settle([again], 20)
    assert sizes == [3, 1]
    assert ids(seen.changes) == ["first-0", "first-1", "first-2", "second"]


def test_an_unclean_end_is_swept_up(put: Any, make_pump: Any, seen: Any, tmp_path: Any) -> None:
    with make_pump() as pump:
        settle([pump], 20)
        now = int(time.time() * 1000)
    put("fresh", updated_at={"N": str(now)}, kind={"S": "tweet"})
    put("stale", updated_at={"N": str(now - 3_600_000)})
    put("undated")
    with make_pump() as pump:
        settle([pump], 20)
    seen.changes.clear()
    seen.filtered.clear()
    # As after kill -9 of this process alone: the stream still has everything.
    pump.checkpoints.mark(dirty=True)
    with make_pump() as pump:
        settle([pump], 20)
    assert seen.changes == []
    # As after a restart of the embedded AWS: the stream does not know our position.
    pump.checkpoints.mark(dirty=True)
    forget_positions(tmp_path / "checkpoints" / "sample.json")
    with make_pump() as pump:
        settle([pump], 20)
    swept, filtered = (
        [one for one in records if one["eventID"].startswith("sweep-")]
        for records in (seen.changes, seen.filtered)
    )
    assert ids(swept) == ["fresh"]
    assert swept[0]["eventName"] == "MODIFY"
    assert swept[0]["dynamodb"]["NewImage"]["updated_at"] == {"N": str(now)}
    assert ids(filtered) == ["fresh"]


def test_schedules_can_be_fired(make_pump: Any, seen: Any) -> None:
    make_pump().fire("hourly")
    assert seen.ticks[0]["source"] == "aws.events"
