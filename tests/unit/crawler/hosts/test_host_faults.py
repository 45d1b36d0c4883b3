"""Crawls by hosts with dying workers, odd messages and lying servers."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from ada_url import URL
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import FRONTIER
from chalicelib.crawler.runs import runs, sweeper

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.net.answers import Fetched, FetchError
from tests.faults import throttled
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, TestClock, check_sums

Make = Callable[[Pages], Crawl]
SIZE = 25


class Death(BaseException):
    """End of a worker that nothing can catch."""


def ring(url: str) -> Iterable[str]:
    """Pages on two hosts, each linking to the next ones and to the other host."""
    number = int(URL(url).pathname.removeprefix("/") or 0)
    other = "b" if "//a." in url else "a"
    near = [f"/{(number * 2 + n) % SIZE}" for n in (1, 2)]
    return [*near, f"http://{other}.example/{(number + 7) % SIZE}"]


def check_all(crawl: Crawl, repeated: int) -> None:
    """Every page is there once; at most a batch per death came again."""
    found = crawl.run
    assert (found["status"], found["reason"]) == ("finished", "completed")
    assert found["stats"]["fetched"] == len(set(crawl.log))
    check_sums(crawl)
    assert len(crawl.log) - len(set(crawl.log)) <= repeated


@pytest.fixture(scope="module")
def reachable() -> int:
    """Number of pages that a search finds."""
    seen, left = set[str](), ["http://a.example/0"]
    while left:
        url = left.pop()
        if url not in seen:
            seen.add(url)
            host = url.rpartition("/")[0]
            left += [link if "//" in link else host + link for link in ring(url)]
    return len(seen)


@pytest.fixture(autouse=True)
def small_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TURN_PAGES", 8)


CALLS = [
    ("dynamodb", "BatchWriteItem"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "TransactWriteItems"),
    ("dynamodb", "UpdateItem"),
    ("sqs", "SendMessageBatch"),
]


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_workers_die_at_any_call(
    make_crawl: Make, reachable: int, service: str, operation: str
) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any")
    chance = random.Random(operation)
    deaths: list[Any] = []

    def die(_: Any) -> None:
        if len(deaths) < 5 and chance.random() < 0.3:
            deaths.append(operation)
            raise Death

    with dying(service, operation, die):
        crawl.finish(deaths=(Death,))
    assert deaths
    check_all(crawl, len(deaths) * limits.TURN_PAGES)
    assert len(set(crawl.log)) == reachable


@contextmanager
def dying(service: str, operation: str, die: Callable[[Any], None]) -> Iterator[None]:
    """Let calls of an operation (``*``: of any) die before they are sent."""
    events, name = sdk.client(service).meta.events, f"provide-client-params.{service}.{operation}"
    name = name.removesuffix(".*")

    def hook(params: Any, **_: Any) -> None:
        die(params)

    events.register_first(name, hook)
    try:
        yield
    finally:
        events.unregister(name, hook)


def test_workers_die_at_any_page(make_crawl: Make, reachable: int) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any")
    chance = random.Random(3)
    deaths: list[Any] = []

    def die(url: str) -> None:
        if len(deaths) < 4 and chance.random() < 0.2:
            deaths.append(url)
            raise Death

    crawl.kill = die
    crawl.finish(deaths=(Death,))
    assert len(deaths) == 4
    check_all(crawl, len(deaths) * limits.TURN_PAGES)
    assert len(set(crawl.log)) == reachable


def test_a_page_that_kills_every_worker_is_given_up(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: [f"/{n}" for n in range(6)])
    crawl.start("http://e.example/")

    def die(url: str) -> None:
        if url.endswith("/3"):
            raise Death

    crawl.kill = die
    found = crawl.finish(deaths=(Death,), steps=200)
    assert found["status"] == "finished"
    assert (found["stats"]["fetched"], found["stats"]["failed"]) == (6, 1)
    (bad,) = (row for row in crawl.rows() if row["url"].endswith("/3"))
    assert bad["error"] == "gave_up"


def test_messages_twice_late_and_out_of_order(make_crawl: Make, reachable: int) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any")
    chance, old = random.Random(5), []
    for _ in range(400):
        crawl.sent += [dict(one) for one in crawl.sent if chance.random() < 0.6]
        old += [dict(one) for one in crawl.sent]
        if old and chance.random() < 0.3:
            crawl.sent.append(dict(chance.choice(old)))
        for one in crawl.sent:
            one["delay"] += chance.choice([0, 0, 1, 50])
        chance.shuffle(crawl.sent)
        if not crawl.step():
            break
    check_all(crawl, 0)
    assert len(set(crawl.log)) == reachable


def test_throttled_tables_delay_a_run_only(make_crawl: Make, reachable: int) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any")
    with throttled("TransactWriteItems", 2) as commits, throttled("UpdateItem", 2) as leases:
        crawl.finish(deaths=(Exception,))
    assert len(commits) == len(leases) == 2
    check_all(crawl, limits.TURN_PAGES)
    assert len(set(crawl.log)) == reachable


def test_lost_messages_are_found_by_the_sweeper(make_crawl: Make, clock: TestClock) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any")
    for _ in range(3):
        crawl.step()
    crawl.sent.clear()
    crawl.take_in()
    while crawl.step():
        crawl.sent.clear()
    assert crawl.run["status"] == "running"
    run = runs.find(crawl.run_id)
    assert run is not None
    sweeper.revive_hosts(run, crawl.frontiers.hosts, now_ms())
    assert not crawl.sent
    clock.sleep(limits.STALE_MS / 1000 + 1)
    sweeper.revive_hosts(run, crawl.frontiers.hosts, now_ms())
    crawl.finish()
    check_all(crawl, 0)


def test_a_frontier_without_work_ends_as_incomplete(make_crawl: Make) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0")
    run = runs.find(crawl.run_id)
    assert run is not None
    crawl.sent.clear()
    FRONTIER.delete({"part": f"{run.id}#a.example", "entry": "in#"})
    sweeper.revive_hosts(run, crawl.frontiers.hosts, now_ms())
    found = crawl.run
    assert (found["status"], found["reason"][:10]) == ("stopped", "incomplete")


BROKEN: dict[str, Fetched | FetchError] = {
    "/hangs": FetchError("timeout", ""),
    "/resets": FetchError("connect", ""),
    "/not-http": FetchError("http", ""),
    "/endless": FetchError("too_large", ""),
    "/down": Fetched("http://e.example/down", 500, {}, b""),
    "/busy": Fetched("http://e.example/busy", 503, {"retry-after": "7"}, b""),
    "/short": Fetched(
        "http://e.example/short",
        200,
        {"content-type": "text/html"},
        b"<a href=/ok>",
        True,
        (),
        True,
    ),
}


def test_servers_that_hang_reset_and_lie(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: BROKEN.get(URL(url).pathname, [*BROKEN, "/ok"]))
    crawl.start("http://e.example/")
    assert crawl.finish()["reason"] == "completed"
    errors = {URL(row["url"]).pathname: row.get("error") for row in crawl.rows()}
    assert errors == {
        "/": None, "/hangs": "timeout", "/resets": "connect", "/not-http": "http",
        "/endless": "too_large", "/down": "http_500", "/busy": "http_503", "/short": "truncated",
        "/ok": None,
    }  # fmt: skip
    tries = crawl.fetched()
    assert {path for path, n in tries.items() if n == 3} == {
        "/hangs", "/resets", "/not-http", "/down", "/busy",
    }  # fmt: skip
    assert tries["/ok"] == tries["/endless"] == 1
    check_sums(crawl)


def test_a_host_without_robots_txt_fails_the_run(make_crawl: Make) -> None:
    crawl = make_crawl(ring)
    crawl.robots_error = FetchError("connect", "")
    crawl.start("http://a.example/0")
    found = crawl.finish()
    assert (found["status"], found["reason"]) == ("failed", "robots_unreachable: connect")
    assert crawl.log == []


def test_a_paused_run_goes_on_where_it_was(make_crawl: Make, reachable: int) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any")
    for _ in range(4):
        crawl.step()
    assert runs.change_status(crawl.run_id, "running", "paused")
    while crawl.step():
        pass
    before = len(crawl.log)
    assert before < reachable
    assert runs.change_status(crawl.run_id, "paused", "running")
    crawl.frontiers.hosts.resume(crawl.run_id)
    crawl.finish()
    check_all(crawl, 0)
    assert len(crawl.log) == reachable


@pytest.mark.parametrize("seed", [1, 2])
def test_all_at_once(make_crawl: Make, reachable: int, seed: int) -> None:
    """Workers die at any call, and messages come twice, late and out of order."""
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any")
    chance = random.Random(seed)
    deaths: list[Any] = []

    def die(_: Any) -> None:
        # Not always on the same page, which would be given up.
        if crawl.log and len(deaths) < len(crawl.log) / 5 and chance.random() < 0.05:
            deaths.append(seed)
            raise Death

    with ExitStack() as stack:
        for service in ("dynamodb", "sqs"):
            stack.enter_context(dying(service, "*", die))
        for _ in range(600):
            crawl.sent += [dict(one) for one in crawl.sent if chance.random() < 0.4]
            for one in crawl.sent:
                one["delay"] += chance.choice([0, 0, 1, 50, 300])
            chance.shuffle(crawl.sent)
            if not crawl.step(deaths=(Death,)):
                break
    assert len(deaths) > 2
    check_all(crawl, len(deaths) * limits.TURN_PAGES)
    assert len(set(crawl.log)) == reachable
