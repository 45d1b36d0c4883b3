"""Control of runs on the real tables, queues and bucket."""

import threading
import time

import pytest

from shared.base.process import process
from tests.integration.crawler.crawler_support import PAGES, Site, crawl, finished, pages, start
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


def held(person: Person, site: Site) -> str:
    """Start a crawl that waits for the answer of its first page."""
    site.hold = threading.Event()
    run_id = start(person, site)
    deadline = time.monotonic() + 20
    while not site.hits["/"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return run_id


def test_a_paused_run_goes_on_where_it_was(platform: Platform, person: Person, site: Site) -> None:
    run_id = held(person, site)
    answer = person.ok("POST", f"/1/crawls/{run_id}/pause")
    assert answer["data"] == {"id": run_id, "status": "paused"}
    assert person.ok("POST", f"/1/crawls/{run_id}/pause") == answer
    assert site.hold is not None
    site.hold.set()
    process.reset()
    platform.settle()
    found = crawl(person, run_id)
    assert found["status"] == "paused"
    assert found["stats"]["fetched"] == 1
    assert found["stats"]["queued"] > 40
    assert set(site.fetched_paths()) == {"/"}
    resumed = person.ok("POST", f"/1/crawls/{run_id}/resume")
    assert resumed["data"]["status"] == "running"
    found = finished(platform, person, run_id)
    assert (found["status"], found["stats"]["queued"]) == ("finished", 0)
    hits = site.fetched_paths()
    assert {path: times for path, times in hits.items() if times > 1} == {"/flaky": 2, "/down": 3}
    for verb in ("pause", "resume"):
        assert person.call("POST", f"/1/crawls/{run_id}/{verb}").status == 409


def test_a_run_is_extended(platform: Platform, person: Person, site: Site) -> None:
    run_id = held(person, site)
    assert person.call("POST", f"/1/crawls/{run_id}/extend", {"max_pages": 50}).status == 400
    assert person.call("POST", f"/1/crawls/{run_id}/extend", {}).status == 400
    answer = person.ok("POST", f"/1/crawls/{run_id}/extend", {"max_pages": 5000})
    assert answer["data"]["status"] == "running"
    assert crawl(person, run_id)["max_pages"] == 5000
    for limits in ({"pages_per_host": 9, "max_cost": 0.25}, {"max_cost": 0.5}):
        person.ok("POST", f"/1/crawls/{run_id}/extend", limits)
    found = crawl(person, run_id)
    assert (found["pages_per_host"], found["max_cost"]) == (9, 0.5)
    less = person.call("POST", f"/1/crawls/{run_id}/extend", {"max_cost": 0.25})
    assert (less.status, "is 0.5 and can only grow" in less.body.decode()) == (400, True)
    person.ok("POST", f"/1/crawls/{run_id}/stop")


def test_a_finished_run_is_extended_and_goes_on(
    platform: Platform, person: Person, site: Site
) -> None:
    run_id = start(person, site, max_pages=5, keep_days=2)
    found = finished(platform, person, run_id)
    assert (found["reason"], found["keep_days"]) == ("max_pages", 2)
    answer = person.ok("POST", f"/1/crawls/{run_id}/extend", {"max_pages": 500})
    assert answer["data"] == {"id": run_id, "status": "running"}
    found = finished(platform, person, run_id)
    assert (found["status"], found["reason"]) == ("finished", "completed")
    hits = site.fetched_paths()
    assert {path: times for path, times in hits.items() if times > 1} == {"/flaky": 2, "/down": 3}
    assert {f"/p/{n}" for n in range(PAGES)} <= set(hits)


def test_a_plain_run_that_finished_cannot_be_extended(
    platform: Platform, person: Person, site: Site
) -> None:
    run_id = start(person, site, frontier="plain", max_pages=1, keep_days=0)
    finished(platform, person, run_id)
    assert person.call("POST", f"/1/crawls/{run_id}/extend", {"max_pages": 9}).status == 409
    # It keeps no records, so its picture is made of its files.
    platform.settle()
    assert pages(person, run_id) == []
    picture = person.ok("GET", f"/1/crawls/{run_id}/picture")["data"]
    assert (picture["pages"], picture["complete"]) == (1, True)
    assert [node["url"] for node in picture["nodes"]] == [f"{site.url}/"]


def test_a_deleted_run_is_gone_with_its_data(
    platform: Platform, person: Person, site: Site
) -> None:
    from chalicelib.crawler.core.models import COUNTERS, RUNS
    from chalicelib.crawler.frontier import shards
    from chalicelib.crawler.store import objects

    run_id = start(person, site, max_pages=5)
    finished(platform, person, run_id)
    objects.put(objects.prefix(run_id, "warc") + "x", b"x", "text/plain")
    stranger = platform.register()
    assert stranger.call("DELETE", f"/1/crawls/{run_id}").status == 404
    answer = person.ok("DELETE", f"/1/crawls/{run_id}")
    assert answer == {"data": {"id": run_id, "deleted": True}}
    for method, path in (("GET", ""), ("GET", "/pages"), ("POST", "/stop"), ("DELETE", "")):
        assert person.call(method, f"/1/crawls/{run_id}{path}").status == 404
    platform.settle()
    assert RUNS.get({"id": run_id}) is None
    assert not list(shards.all_records(run_id, consistent=True))
    assert not list(objects.keys(run_id, "warc"))
    assert COUNTERS.get({"key": run_id}) is None
    assert run_id not in {run["id"] for run in person.ok("GET", "/1/crawls").get("data", [])}


def test_open_runs_are_bounded_per_role(
    platform: Platform, person: Person, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.crawler.runs import allowances

    monkeypatch.setattr(allowances, "USER", allowances.Allowance(1, 50, 1))
    greedy = platform.register(verify=True)
    body = {"url": site.url, "allow_private": True}
    assert greedy.call("POST", "/1/crawls", {**body, "max_pages": 51}).status == 400
    site.hold = threading.Event()
    run_id = greedy.ok("POST", "/1/crawls", {**body, "max_pages": 2})["data"]["id"]
    assert greedy.call("POST", "/1/crawls", {**body, "max_pages": 2}).status == 429
    greedy.ok("POST", f"/1/crawls/{run_id}/pause")
    assert greedy.call("POST", "/1/crawls", {**body, "max_pages": 2}).status == 429
    greedy.ok("POST", f"/1/crawls/{run_id}/stop")
    site.hold.set()
    again = greedy.ok("POST", "/1/crawls", {**body, "max_pages": 2})["data"]["id"]
    finished(platform, greedy, again)
    site.hold = threading.Event()
    open_run = start(greedy, site, max_pages=2)
    assert greedy.call("POST", f"/1/crawls/{run_id}/extend", {"max_pages": 3}).status == 429
    greedy.ok("POST", f"/1/crawls/{open_run}/stop")
