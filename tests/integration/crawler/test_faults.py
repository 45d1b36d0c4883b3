"""Plain crawls end with right sums despite lost messages, dead workers.

Crawls by hosts: `tests/unit/crawler/hosts/test_host_faults.py`.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scripts.base.domain import load_app
from scripts.checks.permissions import running
from shared.base.clock import now_ms
from tests.faults import Killed, intercepted
from tests.integration.crawler.crawler_support import (
    PAGES,
    Site,
    check_sums,
    crawl,
    finished,
    pages,
    start,
)
from tests.platform import Person, Platform

load_app("crawler")
from chalicelib.crawler.core.limits import STALE_MS
from chalicelib.crawler.core.models import COUNTERS
from chalicelib.crawler.frontier.plain import PlainFrontier
from chalicelib.crawler.runs import runs, sweeper

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


@contextmanager
def queueing(change: Callable[[list[str]], list[str]]) -> Iterator[list[str]]:
    """Let the app's frontier queue other pages than it would.

    Yields:
        the ids of the runs that it queued pages of, one per call.
    """
    frontier = load_app("crawler").frontier
    queue, calls = frontier.queue, []

    def changed(run_id: str, page_urls: Any) -> None:
        calls.append(run_id)
        queue(run_id, change(list(page_urls)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frontier, "queue", changed)
        yield calls


def test_duplicated_messages_change_nothing(platform: Platform, person: Person, site: Site) -> None:
    with queueing(lambda urls: urls * 3):
        run_id = start(person, site, frontier="plain")
        found = finished(platform, person, run_id)
    check_sums(found, pages(person, run_id))
    hits = site.fetched_paths()
    assert hits.pop("/down") == 3
    assert hits.pop("/flaky") == 2
    assert set(hits.values()) == {1}
    # Long after the end: nothing moves any more.
    PlainFrontier().queue(run_id, [site.url + "/", f"{site.url}/p/1"])
    platform.settle()
    assert crawl(person, run_id) == found
    assert site.hits["/"] == 1


@contextmanager
def faults(service: str, operation: str, every: int) -> Iterator[list[int]]:
    """Let every n-th call of an operation die, three times."""
    calls: list[int] = []
    lock = threading.Lock()

    def die(_: Any) -> None:
        with lock:
            calls.append(1)
            if len(calls) % every == 0 and len(calls) <= 3 * every:
                raise Killed

    with intercepted(service, operation, die):
        yield calls


@pytest.mark.parametrize(
    ("service", "operation", "every"),
    [
        ("sqs", "SendMessageBatch", 2),
        ("dynamodb", "PutItem", 7),
        ("dynamodb", "UpdateItem", 5),
    ],
)
def test_a_worker_that_dies_in_the_middle_loses_nothing(
    platform: Platform, person: Person, site: Site, service: str, operation: str, every: int
) -> None:
    run_id = start(person, site, frontier="plain")
    with faults(service, operation, every) as calls:
        found = finished(platform, person, run_id)
    assert len(calls) > every
    rows = pages(person, run_id)
    check_sums(found, rows)
    found_paths = {row["url"].removeprefix(site.url) for row in rows}
    assert {f"/p/{n}" for n in range(PAGES)} | {"/", "/after-mess", "/circle/b"} <= found_paths


def test_lost_messages_are_found_by_the_sweeper(
    platform: Platform, person: Person, site: Site
) -> None:
    with queueing(
        lambda urls: [url for url in urls if not url.endswith(("/p/5", "/p/6"))]
    ) as calls:
        run_id = start(person, site, frontier="plain")
        deadline = time.monotonic() + 60
        while crawl(person, run_id)["stats"]["queued"] != 2 or not calls:
            assert time.monotonic() < deadline, crawl(person, run_id)
            time.sleep(0.1)
        platform.settle()
    assert crawl(person, run_id)["status"] == "running"
    pump = next(pump for pump in platform.pumps if pump.domain == "crawler")
    pump.fire("sweep_runs")
    assert crawl(person, run_id)["status"] == "running"
    run = runs.find(run_id)
    assert run is not None
    with running("crawler", "sweep_runs"):
        sweeper.revive(run, PlainFrontier(), now_ms() + STALE_MS + 1000)
    found = finished(platform, person, run_id)
    check_sums(found, pages(person, run_id))
    assert (found["status"], site.hits["/p/5"]) == ("finished", 1)


def test_wrong_totals_are_healed(platform: Platform, person: Person, site: Site) -> None:
    site.hold = threading.Event()
    run_id = start(person, site, frontier="plain", max_pages=20)
    COUNTERS.add({"key": run_id}, {"fetched": 3, "balance": 3})
    site.hold.set()
    site.hold = None
    platform.settle()
    assert crawl(person, run_id)["status"] == "running"
    run = runs.find(run_id)
    assert run is not None
    with running("crawler", "sweep_runs"):
        sweeper.revive(run, PlainFrontier(), now_ms())
    found = finished(platform, person, run_id)
    check_sums(found, pages(person, run_id))
    assert found["status"] == "finished"


def test_the_sweeper_notices_a_run_that_stands_still(
    platform: Platform, person: Person, site: Site
) -> None:
    site.hold = threading.Event()
    run_id = start(person, site, frontier="plain", max_pages=2)
    stats = {"fetched": 0, "failed": 0, "skipped": 0}
    now = now_ms()
    still = sweeper.stands_still
    assert [still(run_id, stats, now), still(run_id, stats, now + 60_000)] == [False, False]
    later = now + sweeper.STILL_MS
    assert still(run_id, stats, later)
    assert not still(run_id, stats, later + 60_000)
    assert still(run_id, stats, later + sweeper.REREAD_MS)
    assert not still(run_id, {**stats, "fetched": 1}, later + 2 * sweeper.REREAD_MS)
    site.hold.set()
    finished(platform, person, run_id)
