"""The event pump and the domain server against the real embedded AWS."""

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.domain import domains, load_app
from scripts.http_server import AppServer
from scripts.process import free_ports, spawn, stop, wait_until
from scripts.provision import ProvisionError, apply_template, enable_time_to_live
from scripts.pump import Pump, settle
from scripts.stack import embedded_aws

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("local_stack")]

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String}
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "rookery-${Stage}-sample-items"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "rookery-${Stage}-sample-work-dlq"}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "rookery-${Stage}-sample-work"
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
"""

APP = """
    from chalice import Chalice, Rate
    from chalicelib.sample import seen

    app = Chalice(app_name="sample")
    app.api.binary_types.append("multipart/form-data")

    @app.on_sqs_message(queue="rookery-dev-sample-work", batch_size=10)
    def on_work(event):
        records = event.to_dict()["Records"]
        seen.batches.append(records)
        return {"batchItemFailures": [
            {"itemIdentifier": one["messageId"]} for one in records if "bad" in one["body"]
        ]}

    @app.on_dynamodb_record(stream_arn="rookery-dev-sample-items", batch_size=10)
    def on_change(event):
        records = event.to_dict()["Records"]
        if seen.refuse and any(r["dynamodb"]["Keys"]["id"]["S"] in seen.refuse for r in records):
            raise RuntimeError("refused")
        seen.changes.extend(records)

    @app.on_dynamodb_record(stream_arn="rookery-dev-sample-items", name="filtered", batch_size=10)
    def on_filtered(event):
        seen.filtered.extend(event.to_dict()["Records"])

    @app.schedule(Rate(1, unit=Rate.HOURS))
    def hourly(event):
        seen.ticks.append(event.to_dict())

    @app.route("/1/things/{thing_id}", methods=["GET", "PUT"])
    def thing(thing_id):
        mine = app.current_request.headers["x-me"]
        seen.barrier()
        return {"id": thing_id, "me": app.current_request.headers["x-me"], "was": mine}

    @app.route("/2/media/upload", methods=["POST"], content_types=["multipart/form-data"])
    def upload():
        return {"size": len(app.current_request.raw_body)}
"""

MERGE = """
Resources:
  Filtered:
    Properties:
      Events:
        Stream:
          Properties:
            FilterCriteria:
              Filters:
                - Pattern: '{"dynamodb": {"NewImage": {"kind": {"S": ["tweet"]}}}}'
"""

SEEN = """
    import time
    batches, changes, filtered, ticks, refuse = [], [], [], [], set()
    def barrier():
        time.sleep(0.001)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: Any) -> Any:
    with embedded_aws(tmp_path_factory.mktemp("state"), keep=False) as running:
        yield running


@pytest.fixture(scope="module")
def aws(stack: Any) -> Any:
    """Makes clients for this file's own embedded AWS, not for the one in the environment."""
    clients = {}

    def client(service: Any) -> Any:
        if service not in clients:
            clients[service] = boto3.client(service, endpoint_url=stack.endpoint_url)
        return clients[service]

    return client


@pytest.fixture(scope="module")
def module(stack: Any, tmp_path_factory: Any) -> Any:
    apps = tmp_path_factory.mktemp("apps")
    home = apps / "sample"
    (home / "chalicelib" / "sample").mkdir(parents=True)
    (home / "app.py").write_text(textwrap.dedent(APP))
    (home / "merge.yaml").write_text(MERGE)
    (home / "chalicelib" / "sample" / "seen.py").write_text(textwrap.dedent(SEEN))
    template = home / "resources.yaml"
    template.write_text(TEMPLATE)
    there = {"stage": "dev", "endpoint_url": stack.endpoint_url}
    assert apply_template("sample", template, **there)
    assert not apply_template("sample", template, **there), "a second time changes nothing"
    assert enable_time_to_live(template, **there) == ["rookery-dev-sample-items"]
    yield load_app("sample", apps)
    sys.path.remove(str(home))


@pytest.fixture
def seen(module: Any, tmp_path: Any) -> Any:
    found = sys.modules["chalicelib.sample.seen"]
    for one in (found.batches, found.changes, found.filtered, found.ticks, found.refuse):
        one.clear()
    return found


@pytest.fixture
def make_pump(stack: Any, module: Any, seen: Any, tmp_path: Any) -> Any:
    pumps = []
    merge = Path(module.__file__).with_name("merge.yaml")

    def make(**options: Any) -> Any:
        defaults = {"retry_base": 0, "wait_seconds": 1, "max_tries": 2, "merge_file": merge}
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


def test_stopping_waits_for_the_batch_in_hand(
    put: Any, make_pump: Any, seen: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("scripts.pump.DRAIN_SECONDS", 0.01)
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
        stopping = threads.submit(pump.stop)
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


def request(server: Any, method: Any, path: Any, body: Any = None, headers: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, dict(answer.getheaders()), content
    finally:
        connection.close()


@pytest.fixture
def server(module: Any) -> Any:
    running = AppServer(module.app, 0).start()
    yield running
    running.shutdown()
    running.server_close()


def test_unknown_paths_and_methods_are_problems(server: Any) -> None:
    status, headers, content = request(server, "GET", "/1/nothing", headers={"Authorization": "x"})
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(content)["type"] == "https://api.x.com/2/problems/resource-not-found"
    status, headers, content = request(server, "DELETE", "/1/things/1")
    assert (status, headers["allow"]) == (405, "GET, OPTIONS, PUT")
    assert json.loads(content)["status"] == 405


def test_preflight_head_and_cors(server: Any) -> None:
    status, headers, content = request(server, "OPTIONS", "/1/things/1")
    assert (status, content) == (204, b"")
    assert headers["access-control-allow-methods"] == "GET, OPTIONS, PUT"
    assert "idempotency-key" in headers["access-control-allow-headers"]
    status, headers, content = request(server, "HEAD", "/1/things/1", headers={"x-me": "a"})
    assert (status, content) == (200, b"")
    assert int(headers["content-length"]) > 0
    assert headers["access-control-allow-origin"] == "*"
    assert "x-rate-limit-remaining" in headers["access-control-expose-headers"]


def test_body_limits_and_binary_types(server: Any) -> None:
    large = b"x" * (1024 * 1024 + 1)
    status, _, content = request(server, "PUT", "/1/things/1", large)
    assert (status, json.loads(content)["status"]) == (413, 413)
    kind = {"content-type": "multipart/form-data; boundary=abc"}
    status, _, content = request(server, "POST", "/2/media/upload", large + b"\xff", kind)
    assert (status, json.loads(content)) == (200, {"size": len(large) + 1})


def test_two_users_never_share_a_request(server: Any) -> None:
    def ask(n: Any) -> Any:
        headers = {"x-me": f"user-{n % 7}"}
        status, _, content = request(server, "GET", f"/1/things/{n}", headers=headers)
        answer = json.loads(content)
        return (status, answer["id"], answer["me"]) == (200, str(n), f"user-{n % 7}")

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(300)))


@pytest.fixture
def run_platform(tmp_path: Any) -> Any:
    """Starts `make run`'s program on a free port; nothing of it outlives the test."""
    started: list[Any] = []
    state = tmp_path / "state"

    def start(port: Any = None) -> Any:
        port = port or free_ports(1)[0]
        environment = {**os.environ, "PORT": str(port), "ROOKERY_STATE": str(state)}
        log = tmp_path / f"run-{len(started)}.log"
        with log.open("wb") as out:
            process = spawn(
                [sys.executable, "-m", "scripts.local"],
                env={**environment, "ROOKERY_SEED": "0", "PYTHONUNBUFFERED": "1"},
                log=out,
            )
        started.append(process)
        return process, port, log

    yield start
    stop(started, 30)


def healthy(port: Any) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return json.load(answer)["status"] == "ok"
    except (OSError, ValueError):
        return False


def children(pid: Any) -> Any:
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(one) for one in listed.stdout.split()]


def alive(pid: Any) -> Any:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not domains(), reason="no domain has an app")
def test_the_platform_runs_once_stops_cleanly_and_leaves_no_orphans(
    run_platform: Any, tmp_path: Any
) -> None:
    first, port, log = run_platform()
    assert wait_until(lambda: healthy(port), 90, process=first), log.read_text()
    second, _, complaint = run_platform()
    assert second.wait(30) == 1
    assert "already runs" in complaint.read_text()
    first.terminate()
    assert first.wait(40) == 0
    assert "had to kill" not in log.read_text()
    flags = [json.loads(one.read_text())["dirty"] for one in (tmp_path / "state").glob("check*/*")]
    assert flags
    assert not any(flags)

    again, port, log = run_platform(port)
    assert wait_until(lambda: healthy(port), 90, process=again), log.read_text()
    offspring = children(again.pid)
    assert len(offspring) >= 3
    again.kill()
    again.wait()
    assert wait_until(lambda: not any(map(alive, offspring)), 40)


def test_a_taken_port_is_named(run_platform: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process, _, log = run_platform(port)
        assert process.wait(30) == 1
    assert f"port {port} is in use" in log.read_text()
    assert children(process.pid) == []
