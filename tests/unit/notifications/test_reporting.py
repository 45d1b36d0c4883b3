"""Log, numbers and metrics of delivery attempts."""

import json

import pytest
from chalicelib.notifications.core.caused_ids import fresh_id
from chalicelib.notifications.core.message import PermanentFailure
from chalicelib.notifications.delivery.reporting import reported
from chalicelib.notifications.history import attempts, statistics

from scripts.deploy.alarms import channel_alarms
from shared.base.clock import now_ms
from shared.base.process import process


@pytest.fixture(autouse=True)
def nothing_noted():
    process.reset()
    yield
    process.reset()


def test_an_attempt_is_noted_with_its_outcome_and_nothing_personal():
    about = fresh_id(now_ms() - 5000)
    attempts.note(about, "email", "provider-id", 12.34)
    attempts.note(about, "email", PermanentFailure("bounced"), 1.0)
    attempts.note(about, "email", TimeoutError("ada@example.org"), 1.0)
    sent, failed, retried = (one.line() for one in attempts.take())
    assert sent.pop("age_ms") >= 5000
    assert sent.pop("at").endswith("Z")
    assert sent == {"channel": "email", "notification_id": about, "outcome": "sent", "ms": 12.3}
    assert (failed["outcome"], failed["reason"]) == ("failed", "bounced")
    assert (retried["outcome"], retried["reason"]) == ("retried", "TimeoutError")
    assert "example.org" not in json.dumps([failed, retried])
    assert attempts.take() == []


def test_a_missing_archive_delays_nothing_and_the_log_has_the_lines(monkeypatch, caplog):
    # Nothing listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    process.restart()
    about = fresh_id(now_ms())
    with process.limited(statistics.StatisticsLimits(seconds=float("inf"))):
        worker = reported("inbox", lambda messages: {1: KeyError("x")})
        assert set(worker([{"notification_id": about}, {"notification_id": about}])) == {1}
    logged = [one for one in caplog.records if one.message == "delivery attempt not archived"]
    assert [(one.channel, one.outcome) for one in logged] == [
        ("inbox", "sent"),
        ("inbox", "retried"),
    ]
    monkeypatch.undo()
    process.restart()


@pytest.mark.parametrize("kind", [statistics.ACCEPTED, statistics.DELIVERED])
def test_counts_are_metrics_too(capsys, monkeypatch, kind):
    for local in ("1", ""):
        monkeypatch.setenv("ROOKERY_LOCAL", local)
        process.restart()
        statistics.tell("email", kind, 3)
        printed = capsys.readouterr().out
        assert bool(printed) is not bool(local)
    told = json.loads(printed)
    assert (told["channel"], told[kind.title()]) == ("email", [3])
    monkeypatch.undo()
    process.restart()


def test_metrics_are_those_that_the_alarms_watch(capsys, monkeypatch):
    about = fresh_id(now_ms() - 100)
    attempts.note(about, "email", "id")
    attempts.note(about, "email", PermanentFailure("bounced"))
    statistics.emit("email", attempts.take())
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    [directive] = told["_aws"]["CloudWatchMetrics"]
    deliver = {"DeliverEmail": {"Type": "AWS::Serverless::Function"}}
    failed, slow = channel_alarms(deliver).values()
    watched = failed["Properties"]["Metrics"][1]["MetricStat"]["Metric"]
    assert watched["Namespace"] == directive["Namespace"] == slow["Properties"]["Namespace"]
    names = {
        one["MetricName"] if "MetricName" in one else one["Name"] for one in directive["Metrics"]
    }
    assert {"Sent", "Failed", "Latency", "Retried"} == names
    assert {one["Name"] for one in watched["Dimensions"]} == set(directive["Dimensions"][0])
    assert (told["channel"], told["Sent"], told["Failed"]) == ("email", [1], [1])
    assert told["Latency"][0] >= 100
    assert watched["MetricName"] == "Failed" and slow["Properties"]["MetricName"] == "Latency"
