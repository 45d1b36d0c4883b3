"""Due times of handlers, settled events, additions to the emulator."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from scripts.emulator import queues
from scripts.emulator.durable.requests import kind
from scripts.emulator.queues import EMULATOR_LOOK_SECONDS, QueueApp
from scripts.emulator.runlock import RunLock, RunningError, running_pid
from scripts.pump.pump import settle
from scripts.pump.support import Activity
from shared.base.schedule_expression import ScheduleError, parse


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

        app = QueueApp(answer, lambda: float("inf"), 600)
        poll = asyncio.create_task(app.pause(EMULATOR_LOOK_SECONDS))
        await turns()
        headers = [(b"x-amz-target", target.encode())]
        scope = {"type": "http", "method": method, "path": "/", "headers": headers}
        await app(scope, answer, answer)  # type: ignore[arg-type]
        await turns()
        ended = poll.done()
        poll.cancel()
        return ended

    assert asyncio.run(request()) is wakes


@pytest.mark.parametrize(
    ("asked", "due", "waits"),
    [
        (0.1, 0.02, 0.02),
        (0.1, -1.0, 0.01),
        (0.1, 30.0, queues.LOOK_SECONDS),
        (0.03, 30.0, 0.03),  # a poll's last moment
    ],
)
def test_a_long_poll_looks_when_a_message_is_due(
    monkeypatch: pytest.MonkeyPatch, asked: float, due: float, waits: float
) -> None:
    waited: list[float] = []

    async def wait_for(awaitable: Any, seconds: float) -> None:
        awaitable.close()
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "wait_for", wait_for)
    asyncio.run(QueueApp(cast("Any", None), lambda: due).pause(asked))
    assert waited == [waits]


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
def test_only_writes_wait_for_their_notes(method: Any, target: Any, writes: Any) -> None:
    found = kind(target.rpartition(".")[2], method, "dynamodb", "/")
    assert (found != "read") is writes
