"""Plain runs with dying workers, odd messages, endless sites and bounds.

See also `../hosts/test_host_faults.py` and `test_host_turns.py` (crawls by hosts).
"""

import random
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import pytest
from ada_url import URL

from tests.faults import throttled
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, TestClock, check_sums
from tests.unit.crawler.hosts.test_host_faults import Death, dying

Make = Callable[[Pages], Crawl]
SIZE = 6
PLAIN: dict[str, Any] = {"frontier": "plain", "order": "breadth-first"}


def ring(url: str) -> Iterable[str]:
    """Pages on two hosts, each linking to others and to the other host."""
    number = int(URL(url).pathname.removeprefix("/") or 0)
    other = "b" if "//a." in url else "a"
    near = [f"/{(number * 2 + n) % SIZE}" for n in (1, 2)]
    return [*near, f"http://{other}.example/{(number + 5) % SIZE}"]


def test_messages_twice_late_out_of_order_and_dying_workers(make_crawl: Make) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any", **PLAIN)
    chance, deaths = random.Random(7), list[str]()

    def die(_: Any) -> None:
        if crawl.log and len(deaths) < len(crawl.log) / 3 and chance.random() < 0.05:
            deaths.append(crawl.log[-1])
            raise Death

    take_in = crawl.take_in

    def disturbed() -> None:
        crawl.sent += [dict(one) for one in crawl.sent if chance.random() < 0.4]
        for one in crawl.sent:
            one["delay"] += chance.choice([0, 0, 1, 50, 300])
        chance.shuffle(crawl.sent)
        take_in()

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(crawl, "take_in", disturbed)
        for service in ("dynamodb", "sqs"):
            stack.enter_context(dying(service, "*", die))
        crawl.finish_plain(deaths=(Death,))
    found = crawl.run
    assert (found["status"], found["reason"]) == ("finished", "completed")
    assert found["stats"]["fetched"] == len(set(crawl.log)) == 2 * SIZE
    assert deaths
    # A page whose worker died is fetched again, no other.
    assert len(crawl.log) - 2 * SIZE <= len(deaths)
    check_sums(crawl)


def test_throttled_tables_delay_a_run_only(make_crawl: Make) -> None:
    crawl = make_crawl(ring)
    crawl.start("http://a.example/0", scope="any", **PLAIN)
    with throttled("UpdateItem", 1) as claims, throttled("PutItem", 1) as marks:
        crawl.finish_plain(deaths=(Exception,))
    assert len(claims) == len(marks) == 1
    assert crawl.run["reason"] == "completed"
    assert len(set(crawl.log)) == 2 * SIZE
    check_sums(crawl)


def calendar(url: str) -> list[str]:
    day = int(URL(url).search.removeprefix("?day=") or 0)
    return [f"/calendar?day={day + 1}", f"/calendar?day={day + 2}"]


def test_an_endless_calendar_stops_at_its_budget_and_a_cycle_by_itself(make_crawl: Make) -> None:
    endless = make_crawl(calendar)
    endless.start("http://e.example/calendar", max_pages=12, **PLAIN)
    endless.finish_plain()
    found = endless.run
    assert (found["status"], found["reason"]) == ("finished", "max_pages")
    assert len(endless.log) == len(set(endless.log)) == 12
    check_sums(endless)
    cycle = make_crawl(lambda url: [f"/{(int(URL(url).pathname[1:]) + 1) % 12}", "/0"])
    cycle.start("http://e.example/0", **PLAIN)
    cycle.finish_plain()
    assert cycle.run["reason"] == "completed"
    assert len(cycle.log) == len(set(cycle.log)) == 12
    check_sums(cycle)


@pytest.mark.parametrize(
    ("bound", "reason"),
    [
        ({"max_bytes": 900}, "max_bytes"), ({"max_seconds": 30}, "max_seconds"),
        ({"max_cost": 30}, "max_cost"),
    ],
)  # fmt: skip
def test_bounds_stop_a_run_and_say_so(make_crawl: Make, bound: dict[str, int], reason: str) -> None:
    crawl = make_crawl(lambda url: [f"/{n}" for n in range(15)])
    crawl.seconds = 3.0
    crawl.start("http://e.example/", **PLAIN, **bound)
    crawl.finish_plain()
    found = crawl.run
    assert (found["status"], found["reason"]) == ("stopped", reason)
    before = len(crawl.log)
    assert 0 < before < 16
    while crawl.step():
        pass
    assert len(crawl.log) == before


def test_two_runs_do_not_see_each_other(make_crawl: Make, clock: TestClock) -> None:
    first = make_crawl(lambda url: [f"/{n}" for n in range(8)])
    # One queue carries the messages of both, and one worker has them.
    second = Crawl(first.pages, clock, first.sent)
    second.start("http://e.example/", max_pages=4, **PLAIN)
    first.start("http://e.example/", **PLAIN)
    while first.step():
        pass
    first.count()
    ends = [(crawl.run["reason"], crawl.run["stats"]["fetched"]) for crawl in (first, second)]
    assert ends == [("completed", 9), ("max_pages", 4)]
    assert len(first.log) == 13
    check_sums(first)
    check_sums(second)
