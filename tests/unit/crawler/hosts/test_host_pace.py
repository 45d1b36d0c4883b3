"""Pace of hosts: exact over processes and runs, and no time is lost."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from chalicelib.crawler.core import limits
from chalicelib.crawler.frontier.hosts import slots

from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, TestClock

Make = Callable[[Pages], Crawl]
HOSTS, PAGES = 50, 3


@pytest.fixture(autouse=True)
def one_second(make_crawl: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAWL_DELAY_MS", "1000")


def gaps(*crawls: Crawl) -> dict[str, list[float]]:
    """Seconds between requests by host, over all runs."""
    moments: dict[str, list[float]] = {}
    for moment, host in sorted(one for crawl in crawls for one in crawl.moments):
        moments.setdefault(host, []).append(moment)
    return {host: [b - a for a, b in pairwise(found)] for host, found in moments.items()}


def test_fifty_hosts_take_little_more_than_the_ideal_time(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: [f"/{n}" for n in range(PAGES - 1)])
    crawl.seconds = 0.2
    crawl.start("http://h0.example/", *(f"http://h{n}.example/" for n in range(1, HOSTS)))
    seconds = crawl.parallel()
    found = gaps(crawl)
    assert len(found) == HOSTS
    assert {len(one) for one in found.values()} == {PAGES - 1}
    assert min(map(min, found.values())) >= 0.999
    # Each host's last request begins after so many seconds at the earliest.
    assert seconds <= 1.5 * PAGES
    assert crawl.run["reason"] == "completed"


def test_two_runs_share_the_pace_of_a_host(make_crawl: Make, clock: TestClock) -> None:
    first = make_crawl(lambda url: [f"/{n}" for n in range(12)])
    second = Crawl(first.pages, clock, [])
    first.start("http://e.example/")
    second.start("http://e.example/")
    # One queue carries the messages of both.
    second.sent.extend(first.sent[1:])
    del first.sent[1:]
    first.parallel([second])
    assert len(first.moments) + len(second.moments) == 26
    assert min(gaps(first, second)["e.example"]) >= 0.999


def test_a_crawl_delay_is_kept_between_turns(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: ["/a", "/b", "/c"])
    crawl.robots = b"User-agent: *\nCrawl-delay: 9"
    crawl.start("http://e.example/")
    assert crawl.finish()["reason"] == "completed"
    assert min(gaps(crawl)["e.example"]) >= 9 > limits.MAX_SLEEP_SECONDS


def test_no_more_hosts_than_the_run_allows(make_crawl: Make, clock: TestClock) -> None:
    crawl = make_crawl(lambda url: ["/a", "/b"])
    crawl.start("http://e.example/", concurrency=2)
    taken = [slots.take(crawl.run_id, 2, host, host) for host in ("x", "y", "z")]
    assert sorted(taken[:2], key=str) == [0, 1]
    assert taken[2] is None
    # The run's own host finds no slot, and comes back.
    for _ in range(3):
        assert crawl.step()
    assert crawl.log == []
    slots.give_back(crawl.run_id, taken[0] or 0, "x")
    assert crawl.finish()["reason"] == "completed"
    # A worker that died does not keep its slot.
    clock.sleep(limits.LEASE_MS / 1000 + 1)
    assert slots.take(crawl.run_id, 2, "y", "other") is not None
