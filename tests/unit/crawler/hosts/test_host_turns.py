"""Crawls by hosts: order, exactly once, budgets, traps, faults."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from ada_url import URL
from chalicelib.crawler.core import limits
from chalicelib.crawler.frontier.hosts import traps

from shared.net.answers import Fetched
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, TestClock, check_sums

Make = Callable[[Pages], Crawl]


def tree(url: str) -> Iterable[str]:
    """Three levels of three children each: /, /0/, /0/1/, /0/1/2/."""
    path = URL(url).pathname
    return [f"{path}{n}/" for n in range(3)] if path.count("/") < 4 else []


def paths(crawl: Crawl) -> list[str]:
    return [URL(url).pathname for url in crawl.log]


def test_depth_first_finishes_a_branch_before_the_next(make_crawl: Make) -> None:
    crawl = make_crawl(tree)
    crawl.start("http://e.example/")
    found = crawl.finish()
    assert (found["status"], found["reason"]) == ("finished", "completed")
    expected: list[str] = []

    def walk(path: str) -> None:
        expected.append(path)
        for child in tree(f"http://e.example{path}"):
            walk(child)

    walk("/")
    assert paths(crawl) == expected
    check_sums(crawl)


def test_breadth_first_finishes_a_level_before_the_next(make_crawl: Make) -> None:
    crawl = make_crawl(tree)
    crawl.start("http://e.example/", order="breadth-first")
    assert crawl.finish()["status"] == "finished"
    levels = [path.count("/") for path in paths(crawl)]
    assert levels == sorted(levels)
    assert len(levels) == 40
    check_sums(crawl)


def test_best_first_takes_the_top_of_the_site_first(make_crawl: Make) -> None:
    links = ["/a/b/c/d/e/f/g/h", "/x?q=1&r=2", "/a/b", "/top"]
    crawl = make_crawl(lambda url: links if URL(url).pathname == "/" else [])
    crawl.start("http://e.example/", order="best-first")
    crawl.finish()
    assert paths(crawl) == ["/", "/top", "/a/b", "/x", "/a/b/c/d/e/f/g/h"]
    check_sums(crawl)


def cycle(size: int) -> Pages:
    def links(url: str) -> list[str]:
        number = int(URL(url).pathname.removeprefix("/") or 0)
        return [f"/{(number + 1) % size or ''}", "/"]

    return links


@pytest.mark.parametrize("size", [3, 100])
def test_cycles_end(make_crawl: Make, size: int) -> None:
    crawl = make_crawl(cycle(size))
    crawl.start("http://e.example/")
    found = crawl.finish()
    assert (found["status"], found["reason"]) == ("finished", "completed")
    assert set(crawl.fetched().values()) == {1}
    assert found["stats"]["fetched"] == size
    check_sums(crawl)


@pytest.mark.parametrize("order", ["depth-first", "breadth-first", "best-first"])
@pytest.mark.parametrize("limit", [1, 33, 50])
def test_exactly_the_budget_is_fetched(make_crawl: Make, limit: int, order: str) -> None:
    crawl = make_crawl(lambda url: [f"/{n}" for n in range(60)])
    crawl.start("http://e.example/", max_pages=limit, order=order)
    found = crawl.finish()
    assert (found["status"], found["reason"]) == ("finished", "max_pages")
    assert found["stats"]["discovered"] == limit == len(crawl.log)
    check_sums(crawl)


def many_hosts(size: int) -> Pages:
    """Sites of nine pages, all of which link to each other's."""

    def links(url: str) -> list[str]:
        return [f"http://h{n}.example/{page}" for n in range(size) for page in ("", *range(8))]

    return links


@pytest.mark.parametrize("limit", [1000, 20])
def test_hosts_share_a_run(make_crawl: Make, limit: int) -> None:
    crawl = make_crawl(many_hosts(4))
    crawl.start("http://h0.example/", scope="any", max_pages=limit)
    found = crawl.finish()
    assert found["stats"]["fetched"] == min(limit, 4 * 9) == len(set(crawl.log)) == len(crawl.log)
    assert found["reason"] == ("completed" if limit == 1000 else "max_pages")
    check_sums(crawl)


def test_a_page_that_links_to_very_many_hosts(make_crawl: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "TURN_TARGETS", 5)
    crawl = make_crawl(
        lambda url: [f"http://h{n}.example/" for n in range(12)] if "root" in url else []
    )
    crawl.start("http://root.example/", scope="any")
    assert crawl.finish()["stats"]["fetched"] == 13
    check_sums(crawl)


def test_seeds_are_start_pages(make_crawl: Make) -> None:
    crawl = make_crawl(lambda url: ["/more"])
    seeds = [f"http://h{n}.example/start" for n in range(4)] + ["http://root.example/two"]
    crawl.start("http://root.example/", *seeds)
    found = crawl.finish()
    assert found["seeds"] == 6
    assert found["stats"]["fetched"] == 6 + 5
    own = [url for url in crawl.log if "root" in url]
    assert own[0] == "http://root.example/"
    check_sums(crawl)


def test_a_failing_root_does_not_stop_other_seeds(make_crawl: Make) -> None:
    gone = Fetched("http://root.example/", 404, {}, b"")
    crawl = make_crawl(lambda url: gone if "root" in url else [])
    crawl.start("http://root.example/", "http://other.example/")
    found = crawl.finish()
    assert (found["stats"]["fetched"], found["stats"]["failed"]) == (1, 1)
    assert found["status"] == "finished"


REAL = 60


def shop(url: str) -> Iterable[str]:
    """Real pages behind an endless calendar that every page links to first."""
    parsed = URL(url)
    if parsed.pathname == "/calendar":
        day = int(parsed.search.partition("=")[2] or 0)
        return [f"/calendar?day={day + 1}", f"/calendar?day={day + 2}"]
    number = int(parsed.pathname.rpartition("-")[2] or 0) if "-" in parsed.pathname else 0
    return [
        "/calendar?day=0",
        *(f"/product-{n}" for n in (2 * number + 1, 2 * number + 2) if n <= REAL),
    ]


def test_an_endless_calendar_does_not_starve_the_site(make_crawl: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "PARAMETERS_LATE", 10)
    crawl = make_crawl(shop)
    crawl.start("http://e.example/", max_pages=90)
    found = crawl.finish()
    assert found["reason"] == "max_pages"
    assert {f"/product-{n}" for n in range(1, REAL + 1)} <= set(crawl.fetched())
    assert found["stats"]["cut"]["parameters"] > 0
    assert found["stats"]["traps"] == ["parameters http://e.example/calendar"]


def test_an_endless_calendar_stops_at_its_budget(make_crawl: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "PARAMETERS_LATE", 10)
    monkeypatch.setattr(limits, "PARAMETERS_CUT", 30)
    crawl = make_crawl(shop)
    crawl.start("http://e.example/")
    found = crawl.finish()
    assert (found["status"], found["reason"]) == ("finished", "completed")
    assert found["stats"]["fetched"] == 1 + REAL + 30
    assert 0 < found["stats"]["cut"]["parameters"] <= 2
    check_sums(crawl)


def test_a_site_may_have_all_its_pages_in_one_place() -> None:
    most = limits.MAX_PAGES
    assert traps.judge(most, most) == ("parameters", False)
    assert traps.judge(1, most) == ("directory", False)
    assert traps.judge(most + 1, 1)[1]
    assert traps.judge(1, most + 1)[1]


def test_a_calendar_of_directories_is_held_back(make_crawl: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "DIRECTORY_LATE", 20)
    monkeypatch.setattr(limits, "DIRECTORY_CUT", 60)

    def links(url: str) -> list[str]:
        path = URL(url).pathname
        if path.startswith("/cal/"):
            month = int(path.split("/")[2])
            return [f"/cal/{month + 1}/view"]
        return ["/cal/0/view", *(f"/page/{word}" for word in "abcdefgh")]

    crawl = make_crawl(links)
    crawl.start("http://e.example/")
    found = crawl.finish()
    assert found["status"] == "finished"
    assert found["stats"]["cut"] == {"directory": 1}
    assert found["stats"]["traps"] == ["directory http://e.example/cal/#/"]
    # The real pages come before the part that is held back.
    assert max(paths(crawl).index(f"/page/{word}") for word in "abcdefgh") < 40
    check_sums(crawl)


def test_what_rules_cut_is_counted_once_per_address(make_crawl: Make) -> None:
    deep = "/a/b/a/b/a/b/a/b"
    many = "/f?" + "&".join(f"p{n}=1" for n in range(12))
    crawl = make_crawl(lambda url: [deep, many, "/x", "/y", "/z"])
    crawl.start("http://e.example/", max_depth=1)
    found = crawl.finish()
    assert found["stats"]["cut"] == {"repetition": 1, "parameters": 1}
    crawl = make_crawl(tree)
    crawl.start("http://e.example/", max_depth=2)
    found = crawl.finish()
    assert found["stats"]["cut"] == {"depth": 27}
    assert found["stats"]["fetched"] == 13
    check_sums(crawl)


def test_pages_per_host(make_crawl: Make) -> None:
    crawl = make_crawl(many_hosts(3))
    crawl.start("http://h0.example/", scope="any", pages_per_host=4)
    found = crawl.finish()
    assert found["status"] == "finished"
    assert set(fetched_hosts(crawl).values()) == {4}
    assert found["stats"]["cut"] == {"pages_per_host": 15}
    check_sums(crawl)


def fetched_hosts(crawl: Crawl) -> Counter[str]:
    return Counter(URL(url).host for url in crawl.log)


@pytest.mark.parametrize(
    ("bound", "reason"),
    [({"max_bytes": 900}, "max_bytes"), ({"max_seconds": 30}, "max_seconds"),
     ({"max_cost": 100}, "max_cost")],
)  # fmt: skip
def test_bounds_stop_a_run_and_say_so(make_crawl: Make, bound: dict[str, int], reason: str) -> None:
    crawl = make_crawl(lambda url: [f"/{n}" for n in range(900)])
    crawl.seconds = 1.0
    crawl.start("http://e.example/", **bound)
    found = crawl.finish()
    assert (found["status"], found["reason"]) == ("stopped", reason)
    assert 0 < len(crawl.log) < 100


@pytest.mark.parametrize(
    ("scope", "options", "expected"),
    [
        ("host", {}, {"/docs/", "/docs/a", "/blog/b"}),
        ("prefix", {}, {"/docs/", "/docs/a"}),
        ("host", {"allow": ["/docs/"]}, {"/docs/", "/docs/a"}),
        ("host", {"deny": ["/blog/", "a$"]}, {"/docs/"}),
    ],
)
def test_scope(make_crawl: Make, scope: str, options: dict[str, Any], expected: set[str]) -> None:
    crawl = make_crawl(lambda url: ["/docs/a", "/blog/b", "http://other.example/"])
    crawl.start("http://e.example/docs/", scope=scope, **options)
    crawl.finish()
    assert set(paths(crawl)) == expected


def test_two_runs_do_not_see_each_other(make_crawl: Make, clock: TestClock) -> None:
    first = make_crawl(tree)
    first.start("http://e.example/")
    second = Crawl(tree, clock, first.sent)
    second.start("http://e.example/", order="breadth-first")
    while first.step() or second.step():
        pass
    for crawl in (first, second):
        assert crawl.run["stats"]["fetched"] == 40
    assert len(first.log) + len(second.log) == 80
