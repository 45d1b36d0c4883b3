"""Archived logs are found by time, group, text and member."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from scripts.base.cfn_yaml import load_template
from scripts.base.process import ROOT
from scripts.deploy.account import Account
from scripts.ops import query_logs
from scripts.ops.query_logs import messages, search

START = datetime(2026, 11, 25, 9, 50, tzinfo=UTC)
NUMBER = "123456789012"


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def message(group: str, *events: tuple[int, object]) -> str:
    return json.dumps(
        {
            "messageType": "DATA_MESSAGE",
            "owner": NUMBER,
            "logGroup": group,
            "logStream": "s",
            "logEvents": [
                {"id": str(n), "timestamp": int(at(minutes).timestamp() * 1000),
                 "message": text if isinstance(text, str) else json.dumps(text)}
                for n, (minutes, text) in enumerate(events)
            ],
        }
    )  # fmt: skip


CONTROL = json.dumps({"messageType": "CONTROL_MESSAGE", "logEvents": [], "logGroup": ""})


@pytest.fixture
def account():
    with mock_aws():
        session = boto3.session.Session(region_name="us-east-1")
        s3 = session.client("s3")
        s3.create_bucket(Bucket=f"rookery-dev-logs-{NUMBER}-us-east-1")
        # One behind the other without a delimiter, as Firehose leaves them.
        first = message("/aws/lambda/users", (0, "START"), (5, {"level": "ERROR", "run_id": "7"}))
        late = message("/aws/lambda/crawler", (8, {"level": "INFO", "run_id": "7"}))
        for key, text in (("09/a", CONTROL + first), ("10/b", late), ("14/c", first)):
            body = gzip.compress(text.encode())
            s3.put_object(
                Bucket=f"rookery-dev-logs-{NUMBER}-us-east-1",
                Key=f"logs/2026/11/25/{key}.gz",
                Body=body,
            )
        yield Account(session, NUMBER, "us-east-1", emulated=True)


def found(account: Account, until: int = 60, **wanted: object) -> list[str]:
    return [text for _, _, text in search(account, "dev", START, at(until), **wanted)]  # type: ignore[arg-type]


def test_lines_are_found_by_time_group_text_and_member(account: Account) -> None:
    error, info = '{"level": "ERROR", "run_id": "7"}', '{"level": "INFO", "run_id": "7"}'
    assert found(account) == ["START", error, info]
    # What was logged at the end of an hour may lie in the next one.
    assert found(account, until=9) == ["START", error, info]
    assert found(account, until=4) == ["START"]
    assert found(account, group="crawler") == [info]
    assert found(account, match="ERROR") == [error]
    assert found(account, fields=[("run_id", "7"), ("level", "INFO")]) == [info]
    assert found(account, fields=[("level", "WARNING")]) == []


def test_the_command_prints_lines(account: Account, monkeypatch, capsys) -> None:
    monkeypatch.setattr(query_logs, "connect", lambda: account)
    arguments = ["query_logs", "--since", "2026-11-25T09:50", "--until", "2026-11-25T11:00"]
    monkeypatch.setattr("sys.argv", [*arguments, "--match", "START"])
    assert query_logs.main() == 0
    assert capsys.readouterr().out == "2026-11-25T09:50:00Z /aws/lambda/users START\n"
    monkeypatch.setattr("sys.argv", [*arguments, "--stage", "prod"])
    assert query_logs.main() == 1
    assert "bucket does not exist" in capsys.readouterr().err


def test_objects_are_read_document_by_document() -> None:
    text = f"{CONTROL}\n{message('a', (0, 'x'))}{message('b', (0, 'y'))}\n"
    groups = [one["logGroup"] for one in messages(gzip.compress(text.encode()))]
    assert groups == ["a", "b"]


def test_the_archive_is_written_where_it_is_searched_and_ends_one_day() -> None:
    resources = load_template(ROOT / "infra" / "logs.yaml")["Resources"]
    bucket = resources["LogsBucket"]["Properties"]
    assert bucket["BucketName"] == {
        "Fn::Sub": "rookery-${Stage}-logs-${AWS::AccountId}-${AWS::Region}"
    }
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] and rule["Transitions"]
    target = resources["LogsStream"]["Properties"]["ExtendedS3DestinationConfiguration"]
    assert target["Prefix"] == "logs/!{timestamp:yyyy/MM/dd/HH}/"
    assert target["CompressionFormat"] == "GZIP"
    [step] = target["ProcessingConfiguration"]["Processors"]
    assert step["Type"] == "Decompression"


def attempt(minutes: int, channel: str, outcome: str) -> str:
    moment = at(minutes).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return json.dumps({"at": moment, "channel": channel, "outcome": outcome})


def test_delivery_attempts_are_found_by_day_channel_and_outcome(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    s3, bucket = account.client("s3"), f"rookery-dev-attempts-{NUMBER}-us-east-1"
    s3.create_bucket(Bucket=bucket)
    sent, failed = attempt(1, "email", "sent"), attempt(2, "email", "failed")
    pushed, tomorrow = attempt(3, "ios", "sent"), attempt(20 * 60, "email", "failed")
    objects = {
        "2026/11/25/email/a.gz": gzip.compress(f"{sent}\n{failed}\n".encode()),
        # As the embedded AWS stores it.
        "2026/11/25/ios/b": f"{pushed}\n".encode(),
        "2026/11/26/email/c.gz": gzip.compress(f"{tomorrow}\n".encode()),
    }
    for key, body in objects.items():
        s3.put_object(Bucket=bucket, Key=f"attempts/{key}", Body=body)

    def tried(until: int = 48 * 60, **wanted: object) -> list[str]:
        lines = query_logs.attempts(account, "dev", START, at(until), **wanted)  # type: ignore[arg-type]
        return [text for _, _, text in lines]

    assert tried() == [sent, failed, pushed, tomorrow]
    assert tried(until=60) == [sent, failed, pushed]
    assert tried(channel="ios") == [pushed]
    assert tried(channel="email", fields=[("outcome", "failed")]) == [failed, tomorrow]
    monkeypatch.setattr(query_logs, "connect", lambda: account)
    command = "query_logs --attempts --channel ios --since 2026-11-25 --until 2026-11-26"
    monkeypatch.setattr("sys.argv", command.split())
    assert query_logs.main() == 0
    assert capsys.readouterr().out == f"2026-11-25T09:53:00Z ios {pushed}\n"


def test_attempts_are_written_where_they_are_searched() -> None:
    path = ROOT / "apps" / "notifications" / "resources.yaml"
    resources = load_template(path)["Resources"]
    target = resources["AttemptsStream"]["Properties"]["ExtendedS3DestinationConfiguration"]
    assert target["Prefix"].startswith("attempts/!{timestamp:yyyy/MM/dd}/!{partitionKeyFromQuery:")
    assert target["DynamicPartitioningConfiguration"] == {"Enabled": True}
    [rule] = resources["AttemptsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"]
