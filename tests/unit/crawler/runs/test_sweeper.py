"""Sweeps when there is more to look after than time."""

from collections.abc import Iterator
from typing import Any

import pytest
from chalicelib.crawler.core.models import COUNTERS
from chalicelib.crawler.runs import sweeper

from shared.base.process import process
from tests.faults import intercepted
from tests.unit.crawler.hosts.hosts_support import Crawl, TestClock


def test_every_run_has_its_turn(make_crawl: Any, clock: TestClock) -> None:
    crawls: list[Crawl] = [make_crawl(lambda url: []) for _ in range(4)]
    for crawl in crawls:
        crawl.start("http://e.example/")
    looked_at = [sweeper.key(crawl.run_id) for crawl in crawls]
    with intercepted("dynamodb", "BatchGetItem", lambda _: clock.sleep(300)):
        sweeper.sweep(crawls[0].frontiers)
        assert len(COUNTERS.get_many(looked_at)) == 1
        # The first of a random order each time: all but certain after so many sweeps.
        for _ in range(100):
            sweeper.sweep(crawls[0].frontiers)
            if len(COUNTERS.get_many(looked_at)) == 4:
                break
    assert len(COUNTERS.get_many(looked_at)) == 4


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of a deployed stage."""
    monkeypatch.setenv("ROOKERY_LOCAL", "0")
    process.restart()
    yield
    monkeypatch.undo()
    process.restart()


@pytest.mark.usefixtures("deployed")
def test_runs_without_a_turn_are_counted(make_crawl: Any, clock: TestClock, capsys: Any) -> None:
    for _ in range(3):
        make_crawl(lambda url: []).start("http://e.example/")
    frontiers = make_crawl(lambda url: []).frontiers
    with intercepted("dynamodb", "BatchGetItem", lambda _: clock.sleep(300)):
        sweeper.sweep(frontiers)
    assert '"StandingStill":[2.0]' in capsys.readouterr().out.replace(" ", "")
