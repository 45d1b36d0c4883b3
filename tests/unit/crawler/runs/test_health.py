"""Metrics of sweeps, and the alarms that watch them."""

import json
from typing import Any

import pytest
from chalicelib.crawler.runs import health

from scripts.deploy.alarms import CRAWL_ALARMS, crawl_alarms


def test_metrics_are_those_that_the_alarms_watch(capsys: pytest.CaptureFixture[str]) -> None:
    seen = health.Health(still=2, unswept=1)
    seen.add({"fetched": 30, "failed": 10})
    # Too few pages to be a sign.
    seen.add({"fetched": 0, "failed": health.LEAST_PAGES - 1})
    health.emit(seen)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    [directive] = told["_aws"]["CloudWatchMetrics"]
    assert (told["StandingStill"], told["Fetched"], told["Failed"]) == ([3], [30], [10])
    alarms = crawl_alarms({"SweepRuns": {"Type": "AWS::Serverless::Function"}})
    assert len(alarms) == CRAWL_ALARMS
    still = alarms["CrawlsStill"]["Properties"]
    good, bad, share = alarms["FetchesFail"]["Properties"]["Metrics"]
    watched: list[dict[str, Any]] = [still, *(one["MetricStat"]["Metric"] for one in (good, bad))]
    assert [one["MetricName"] for one in watched] == ["StandingStill", "Fetched", "Failed"]
    for one in watched:
        assert one["Namespace"] == directive["Namespace"]
        assert {pair["Name"] for pair in one["Dimensions"]} == set(directive["Dimensions"][0])
    assert share["Expression"] == "IF(failed + fetched >= 1000, failed / (failed + fetched), 0)"
    assert crawl_alarms({"SweepTimers": {"Type": "AWS::Serverless::Function"}}) == {}
