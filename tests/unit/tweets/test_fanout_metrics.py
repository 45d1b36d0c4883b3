"""The lag of fan-out, in CloudWatch's embedded metric format."""

import json
from typing import Any

import pytest

from scripts.base.domain import load_app
from shared.base.clock import now_ms
from shared.base.ids import first_id_at

load_app("tweets")

from chalicelib.tweets.timelines.fanout_metrics import consume_measured


def each(event: list[Any], handle: Any) -> list[bool]:
    done = []
    for record in event:
        try:
            handle(record)
            done.append(True)
        except ValueError:
            done.append(False)
    return done


def work(record: str) -> None:
    if record == "bad":
        raise ValueError(record)


def tweet(record: str) -> str | None:
    return None if record == "removal" else str(first_id_at(now_ms() - 7_000))


def test_one_line_a_batch_tells_how_late_each_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert consume_measured(each, ["one", "bad", "removal", "two"], work, tweet) == [
        True, False, True, True,
    ]  # fmt: skip
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    (told,) = line["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "rookery-dev"
    assert told["Dimensions"] == [["service"]]
    assert line["service"] == "tweets"
    # Neither what failed, and comes again, nor a removal.
    assert len(line["fanout_lag_ms"]) == 2
    assert all(7_000 <= lag < 60_000 for lag in line["fanout_lag_ms"])
    assert line["ranges"] == [2.0]


def test_a_batch_that_brought_nothing_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    consume_measured(each, ["removal", "bad"], work, tweet)
    assert capsys.readouterr().out == ""
