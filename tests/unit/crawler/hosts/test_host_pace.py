"""Pace of hosts: exact over processes and runs, and no time is lost."""

from collections.abc import Callable
from itertools import cycle, pairwise
from typing import Any

import pytest
from chalicelib.crawler.core import limits
from chalicelib.crawler.frontier.hosts import slots

from shared.aws.retries import RetryLater
from shared.net.answers import Fetched, FetchError
from tests.faults import intercepted
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, TestClock

Make = Callable[[Pages], Crawl]
HOSTS, PAGES = 50, 3
# As many turns at a time as hosts, as with fifty hosts and five batches of ten on a stage.
WORKERS, BATCH = 2, 5


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


def test_no_time_is_lost_between_batches(make_crawl: Make) -> None:
    # More pages than a turn takes seconds, so all hosts come back, each at its own moment.
    pages = round(2.5 * limits.TURN_SECONDS)
    spans = cycle(n / 20 for n in range(1, 8))

    def page(_: str) -> list[str]:
        crawl.seconds = next(spans)
        return [f"/{n}" for n in range(pages - 1)]

    crawl = make_crawl(page)
    others = range(1, WORKERS * BATCH)
    crawl.start("http://h0.example/", *(f"http://h{n}.example/" for n in others))
    assert crawl.parallel(workers=WORKERS, batch=BATCH) <= 1.1 * pages
    assert min(map(min, gaps(crawl).values())) >= 0.999
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


@pytest.mark.parametrize("delay", [1.5, 9])
@pytest.mark.parametrize("frontier", ["hosts", "plain"])
def test_the_delay_is_kept_after_robots_txt_as_well(
    make_crawl: Make, frontier: str, delay: float
) -> None:
    crawl = make_crawl(lambda url: ["/a"])
    crawl.robots = b"User-agent: *\nCrawl-delay: %.1f" % delay
    crawl.start("http://e.example/", frontier=frontier)
    while crawl.step():
        pass
    assert len(crawl.log) == 2
    moments = [*crawl.robots_moments, *(moment for moment, _ in crawl.moments)]
    assert len(moments) == 3
    assert min(b - a for a, b in pairwise(moments)) >= 0.999 * delay


def test_a_page_wanted_much_later_holds_no_other_back(make_crawl: Make) -> None:
    busy = Fetched("http://e.example/busy", 500, {"retry-after": "290"}, b"")

    def web(url: str) -> Any:
        if url.endswith("/busy"):
            return busy
        if url.endswith("/resets") and crawl.fetched()["/resets"] == 1:
            return FetchError("connect", "")
        return ["/busy", "/resets"] if url.endswith("/") else []

    crawl = make_crawl(web)
    crawl.start("http://e.example/")
    assert crawl.finish()["reason"] == "completed"
    assert crawl.fetched() == {"/": 1, "/busy": 3, "/resets": 2}
    paths = [url.rpartition("/")[2] for url in crawl.log]
    again = crawl.moments[len(paths) - 1 - paths[::-1].index("resets")][0]
    assert again - crawl.moments[0][0] < 60


def test_a_free_slot_is_found_among_many(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: [])
    crawl.start("http://e.example/")
    taken = {slots.take(crawl.run_id, 20, f"h{n}", f"m{n}") for n in range(20)}
    assert taken == set(range(20))
    assert slots.take(crawl.run_id, 20, "x", "other") is None
    # A message that comes again has its slot.
    assert slots.take(crawl.run_id, 20, "h3", "m3") in taken
    slots.give_back(crawl.run_id, 7, next(f"m{n}" for n in range(20) if holds(crawl, n, 7)))
    assert slots.take(crawl.run_id, 20, "y", "another") == 7


def holds(crawl: Crawl, number: int, slot: int) -> bool:
    return slots.take(crawl.run_id, 20, f"h{number}", f"m{number}") == slot


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


def struggling(answer: Callable[[int], Fetched | FetchError | None]) -> Pages:
    """A row of pages whose n-th request gets another answer, if there is one."""
    count = iter(range(1000))
    return lambda url: answer(next(count)) or [f"/{n}" for n in range(40)]


def status(code: int, **headers: str) -> Fetched:
    return Fetched("http://e.example/", code, headers, b"")


@pytest.mark.parametrize(
    "failure", [status(429), status(503), FetchError("timeout", "")], ids=["429", "503", "silent"]
)
def test_a_host_that_struggles_is_asked_less_until_it_recovers(
    make_crawl: Make, failure: Fetched | FetchError
) -> None:
    crawl = make_crawl(struggling(lambda n: failure if 10 <= n < 13 else None))
    crawl.start("http://e.example/")
    found = crawl.finish()
    assert (found["reason"], found["stats"]["failed"]) == ("completed", 0)
    after = [round(gap, 2) for gap in gaps(crawl)["e.example"]]
    assert set(after[:10]) == {1}
    # A second more than usual, two, four; and half of that with each good answer.
    assert after[10:16] == [2, 3, 5, 3, 2, 1.5]
    assert set(after[-10:]) == {1}


def test_a_host_is_given_the_time_that_it_asks_for(make_crawl: Make) -> None:
    busy = Fetched("http://e.example/", 429, {"retry-after": "30"}, b"")
    crawl = make_crawl(struggling(lambda n: busy if n == 5 else None))
    crawl.start("http://e.example/")
    assert crawl.finish()["stats"]["fetched"] == 41
    assert gaps(crawl)["e.example"][5] >= 30


def test_a_host_that_slows_down_is_asked_less(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: [f"/{n}" for n in range(30)])
    waits = iter([0.1] * 8 + [4.0] + [0.1] * 100)

    def slow(_: str) -> None:
        crawl.seconds = next(waits)

    crawl.kill = slow
    crawl.start("http://e.example/")
    assert crawl.finish()["reason"] == "completed"
    # The queue delays turns by whole seconds.
    assert gaps(crawl)["e.example"][7:11] == pytest.approx([1, 5, 3.1, 2], abs=0.02)


def test_runs_and_processes_share_what_they_learned_of_a_host(
    make_crawl: Make, clock: TestClock
) -> None:
    crawl = make_crawl(struggling(lambda n: status(503) if n else None))
    crawl.start("http://e.example/", max_pages=3)
    while len(crawl.log) < 6:
        assert crawl.step()
    later = Crawl(lambda url: ["/a"], clock, crawl.sent)
    crawl.sent.clear()
    clock.sleep(3600)
    later.worker()
    later.start("http://e.example/")
    assert later.finish()["reason"] == "completed"
    # 1, 2, 4, 8, 16 of the first run, halved by one good answer.
    assert gaps(later)["e.example"] == [pytest.approx(9, abs=0.01)]


def test_hosts_without_a_delay_are_not_slowed_down(
    make_crawl: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRAWL_DELAY_MS", "0")
    crawl = make_crawl(struggling(lambda n: status(503) if n == 3 else None))
    crawl.start("http://e.example/")
    crawl.finish()
    assert set(gaps(crawl)["e.example"][:8]) == {0}


def test_a_plain_run_lets_a_host_rest_that_struggles(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: status(503) if url.endswith("/0") else ["/0", "/1", "/2"])
    crawl.start("http://e.example/", frontier="plain", order="breadth-first")
    later: list[int] = []

    def accept(call: dict[str, Any]) -> dict[str, Any]:
        later.append(call["VisibilityTimeout"])
        return {}

    assert crawl.step()
    with intercepted("sqs", "ChangeMessageVisibility", accept), pytest.raises(RetryLater):
        crawl.step()
    assert later == [limits.RETRY_SECONDS[0]]
    assert len(crawl.log) == 2
    # The next page sleeps for its second and one more: the host answered 503.
    assert crawl.step()
    assert gaps(crawl)["e.example"] == [1, 2]
