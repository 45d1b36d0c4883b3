"""Runs that ended and are extended; how long records are kept."""

from collections.abc import Callable
from typing import Any

import pytest
from chalicelib.crawler.control import control, removal, requeue
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import FRONTIER, RUNS, VISITED
from chalicelib.crawler.frontier import shards
from chalicelib.crawler.runs import accounting, allowances, runs

from shared.aws import sdk
from shared.base.clock import now_seconds
from shared.base.errors import Problem
from shared.base.process import process
from shared.http.quotas import Quotas
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, TestClock, check_sums

Make = Callable[[Pages], Crawl]
DAY = 24 * 3600
SITE = 100


def site(_: str) -> list[str]:
    return [f"/{n}" for n in range(SITE)]


def extend(crawl: Crawl, **limits: int) -> None:
    """Extend a run, and do what the table's stream sets in motion."""
    state = control.extend(crawl.run_id, "1", False, limits, allowances.USER)
    assert state == {"id": crawl.run_id, "status": "running"}
    assert requeue.requeue(crawl.frontiers, {"run": crawl.run_id}, None) is None


@pytest.mark.parametrize("order", ["depth-first", "breadth-first", "best-first"])
def test_a_finished_run_goes_on_where_it_stood(make_crawl: Make, order: str) -> None:
    crawl = make_crawl(site)
    crawl.start("http://e.example/", max_pages=40, order=order)
    assert crawl.finish()["reason"] == "max_pages"
    for most, reason in ((70, "max_pages"), (500, "completed")):
        extend(crawl, max_pages=most)
        found = crawl.finish()
        assert (found["status"], found["reason"]) == ("finished", reason)
        assert found["stats"]["fetched"] == min(most, SITE + 1) == len(set(crawl.log))
    assert len(crawl.log) == SITE + 1
    check_sums(crawl)


def test_a_stopped_run_goes_on_where_it_stood(make_crawl: Make) -> None:
    crawl = make_crawl(site)
    crawl.start("http://e.example/", max_bytes=20_000)
    assert crawl.finish()["reason"] == "max_bytes"
    assert 0 < len(crawl.log) < SITE
    extend(crawl, max_bytes=10**9)
    assert crawl.finish()["reason"] == "completed"
    assert len(crawl.log) == len(set(crawl.log)) == SITE + 1
    check_sums(crawl)


@pytest.mark.parametrize(
    ("limits", "at"), [({"max_pages": 40}, 36), ({"max_bytes": 20_000}, 8), ({"max_cost": 90}, 5)]
)
def test_workers_that_do_not_know_of_an_extension_cannot_undo_it(
    make_crawl: Make, limits: dict[str, int], at: int
) -> None:
    """A worker's copy of a run may be five seconds and a turn old."""
    crawl = make_crawl(site)
    crawl.start("http://e.example/", **limits)
    (name,) = limits

    def extend_elsewhere(_: str) -> None:
        if len(crawl.log) == at:
            values = {"more": 10**9, "one": 1}
            RUNS.update({"id": crawl.run_id}, f"SET #{name} = :more ADD #version :one", values)

    crawl.kill = extend_elsewhere
    found = crawl.finish(steps=400)
    assert (found["status"], found["reason"]) == ("finished", "completed")
    assert len(crawl.log) == len(set(crawl.log)) == SITE + 1


def test_a_run_of_which_nothing_is_left_ends_again(make_crawl: Make) -> None:
    crawl = make_crawl(site)
    crawl.start("http://e.example/", max_pages=200)
    crawl.finish()
    extend(crawl, max_pages=300)
    assert crawl.run["reason"] == "completed"
    assert len(crawl.log) == SITE + 1


def test_a_plain_run_that_was_stopped_goes_on(make_crawl: Make) -> None:
    crawl = make_crawl(site)
    crawl.start("http://e.example/", frontier="plain", order="breadth-first", max_pages=200)
    for _ in range(30):
        crawl.step()
    accounting.stop(crawl.run_id, "stopped_by_user")
    while crawl.step():
        pass
    assert len(crawl.log) == 30
    extend(crawl, max_pages=300)
    while crawl.step():
        pass
    assert len(crawl.log) == len(set(crawl.log)) == SITE + 1


def test_what_cannot_go_on_says_so(make_crawl: Make, clock: TestClock) -> None:
    plain = make_crawl(lambda url: [])
    plain.start("http://e.example/", frontier="plain", order="breadth-first")
    plain.step()
    accounting.finish(plain.run_id, {"fetched": 1})
    bare, old = make_crawl(site), make_crawl(site)
    bare.start("http://e.example/", max_pages=2, keep_days=0)
    bare.finish()
    old.start("http://e.example/", max_pages=2)
    old.finish()
    clock.sleep(limits.RUN_MS / 1000)
    for crawl in (plain, bare, old):
        with pytest.raises(Problem) as refused:
            control.extend(crawl.run_id, "1", False, {"max_pages": 500}, allowances.USER)
        assert refused.value.status == 409


def test_all_open_runs_count_for_the_quota(make_crawl: Make) -> None:
    crawl, rested = make_crawl(site), make_crawl(site)
    crawl.start("http://e.example/", max_pages=2)
    crawl.finish()
    one = allowances.Allowance(open_runs=1, pages=500, schedules=1)
    allowances.check("1", 1, one)
    rested.start("http://e.example/")
    assert runs.change_status(rested.run_id, "running", "paused")
    # Many newer ones, which have ended, do not hide it.
    ended = RUNS.get({"id": crawl.run_id}) or {}
    newer = int(ended["created_at"]) + 1
    RUNS.batch_write({**ended, "id": f"r{n}", "created_at": newer + n} for n in range(101))
    with pytest.raises(Problem) as refused:
        allowances.check("1", 1, one)
    assert refused.value.status == 429
    with pytest.raises(Problem) as refused:
        control.extend(crawl.run_id, "1", False, {"max_pages": 5}, one)
    assert refused.value.status == 429
    control.extend(rested.run_id, "1", False, {"max_seconds": 500}, one)
    accounting.stop(rested.run_id, "stopped_by_user")
    extend(crawl, max_pages=5)
    assert crawl.finish()["stats"]["fetched"] == 5
    used_up = Quotas(crawls=0)
    with process.limited(used_up), pytest.raises(Problem) as refused:
        control.extend(crawl.run_id, "1", False, {"max_pages": 6}, one)
    assert refused.value.status == 429


def test_records_are_removed_at_the_end_if_the_run_says_so(make_crawl: Make) -> None:
    crawl = make_crawl(site)
    crawl.start("http://e.example/", max_pages=40, keep_days=0)
    job: dict[str, Any] = {"run": crawl.run_id}
    assert removal.forget(job, None) is None
    crawl.finish()
    assert len(list(shards.all_records(crawl.run_id))) == 40
    position = removal.forget(job, None)
    while position is not None:
        position = removal.forget(job, position)
    assert not list(shards.all_records(crawl.run_id))
    left = sdk.client("dynamodb").scan(TableName=FRONTIER.name)["Items"]
    assert not [item for item in left if crawl.run_id in item["part"]["S"]]
    assert crawl.run["stats"]["fetched"] == 40


@pytest.mark.parametrize(
    ("frontier", "days", "kept"),
    [("hosts", None, 30), ("hosts", 3, 3), ("hosts", 90, 90), ("plain", 90, 90), ("plain", 1, 8)],
)
def test_records_are_kept_as_long_as_the_run_says(
    make_crawl: Make, frontier: str, days: int | None, kept: int
) -> None:
    crawl = make_crawl(lambda url: ["/a"])
    order = "depth-first" if frontier == "hosts" else "breadth-first"
    crawl.start("http://e.example/", frontier=frontier, order=order, keep_days=days)
    while crawl.step():
        pass
    items = sdk.client("dynamodb").scan(TableName=VISITED.name)["Items"]
    assert {int(item["expires_at"]["N"]) - now_seconds() for item in items} == {kept * DAY}
