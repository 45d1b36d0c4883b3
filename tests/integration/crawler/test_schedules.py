"""Schedules on the real tables: they start crawls when they are due."""

from typing import Any

import pytest

from shared.base.process import process
from tests.integration.crawler import accounts
from tests.integration.crawler.crawler_support import Site, crawl, finished, start
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration
HOUR = 3600


def fire(platform: Platform, function: str = "start_scheduled") -> None:
    next(pump for pump in platform.pumps if pump.domain == "crawler").fire(function)


def create(person: Person, site: Site, **members: Any) -> dict[str, Any]:
    body = {
        "expression": "rate(1 hour)",
        "crawl": {"url": site.url, "allow_private": True, "max_pages": 2},
        **members,
    }
    found: dict[str, Any] = person.ok("POST", "/1/crawl_schedules", body)["data"]
    return found


def test_a_schedule_starts_one_crawl_per_moment(platform: Platform, site: Site) -> None:
    person = platform.register(verify=True)
    made = create(person, site, timezone="Europe/Berlin")
    assert made["timezone"] == "Europe/Berlin"
    assert person.ok("GET", "/1/crawl_schedules")["data"] == [made]
    fire(platform)
    assert person.ok("GET", "/1/crawls") == {"meta": {"result_count": 0}}
    with process.clock.ahead(HOUR + 1):
        fire(platform)
        fire(platform)
        # Moments of hosts that this clock sets are far away by the usual one.
        platform.settle()
    (shown,) = person.ok("GET", "/1/crawl_schedules")["data"]
    assert shown["next_at"] > made["next_at"]
    assert "last_error" not in shown
    found = finished(platform, person, shown["last_run_id"])
    assert (found["status"], found["max_pages"]) == ("finished", 2)
    assert len(person.ok("GET", "/1/crawls")["data"]) == 1
    person.ok("DELETE", f"/1/crawl_schedules/{made['id']}")
    with process.clock.ahead(9 * HOUR):
        fire(platform)
    assert len(person.ok("GET", "/1/crawls")["data"]) == 1


def test_a_crawl_that_has_not_ended_is_not_started_again(platform: Platform, site: Site) -> None:
    import threading

    person = platform.register(verify=True)
    site.hold = threading.Event()
    # One page: the next moment of another one would be an hour away, by the clock of the first.
    only = {"url": site.url, "allow_private": True, "max_pages": 1, "max_depth": 0}
    create(person, site, crawl=only)
    with process.clock.ahead(HOUR + 1):
        fire(platform)
    with process.clock.ahead(3 * HOUR):
        fire(platform)
    (shown,) = person.ok("GET", "/1/crawl_schedules")["data"]
    assert shown["last_error"] == "the crawl before had not ended"
    assert crawl(person, shown["last_run_id"])["status"] == "running"
    assert len(person.ok("GET", "/1/crawls")["data"]) == 1
    person.ok("POST", f"/1/crawls/{shown['last_run_id']}/stop")


def test_an_account_that_is_not_active_crawls_nothing(platform: Platform, site: Site) -> None:
    import threading

    person = platform.register(verify=True)
    create(person, site)
    site.hold = threading.Event()
    run_id = start(person, site)
    with accounts.suspended(person.id):
        fire(platform, "sweep_runs")
        with process.clock.ahead(HOUR + 1):
            fire(platform)
    found = crawl(person, run_id)
    assert (found["status"], found["reason"]) == ("stopped", "account_not_active")
    (shown,) = person.ok("GET", "/1/crawl_schedules")["data"]
    assert shown["last_error"] == "The account is not active."
    assert len(person.ok("GET", "/1/crawls")["data"]) == 1
    site.hold.set()
    site.hold = None
    with process.clock.ahead(3 * HOUR):
        fire(platform)
        platform.settle()
    (shown,) = person.ok("GET", "/1/crawl_schedules")["data"]
    assert "last_error" not in shown
    assert crawl(person, shown["last_run_id"])["status"] == "finished"


def test_schedules_are_checked_bounded_and_their_owners(platform: Platform, site: Site) -> None:
    from chalicelib.crawler.runs import allowances

    person, stranger = platform.register(verify=True), platform.register(verify=True)
    bodies: list[dict[str, Any]] = [
        {"expression": "cron(61 * * * ? *)"},
        {"expression": "rate(1 minute)"},
        {"crawl": {"url": "ftp://example.com/"}},
        {"crawl": {"url": site.url}},
        {"crawl": {"url": site.url, "allow_private": True, "surprise": 1}},
        {"recrawl": "sometimes"},
    ]
    usual = {"expression": "rate(1 day)", "crawl": {"url": site.url, "allow_private": True}}
    for body in bodies:
        assert person.call("POST", "/1/crawl_schedules", {**usual, **body}).status == 400, body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(allowances, "USER", allowances.Allowance(1, 100, 1))
        made = create(person, site)
        assert person.call("POST", "/1/crawl_schedules", usual).status == 403
    assert stranger.call("DELETE", f"/1/crawl_schedules/{made['id']}").status == 404
    assert stranger.ok("GET", "/1/crawl_schedules") == {"meta": {"result_count": 0}}
    person.ok("DELETE", f"/1/crawl_schedules/{made['id']}")
