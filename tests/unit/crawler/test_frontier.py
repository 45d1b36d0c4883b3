"""The frontier step by step on tables in memory: marks, tickets, messages."""

from typing import Any

import pytest
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import COUNTERS, VISITED, Run
from chalicelib.crawler.frontier import budget, visited
from chalicelib.crawler.frontier.plain import PlainFrontier
from chalicelib.crawler.frontier.port import Link
from chalicelib.crawler.frontier.visited import PageResult, fingerprint

from shared.base.process import process
from shared.text.canonical_urls import digest
from tests.faults import intercepted

Sent = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def in_memory(tables: Any) -> None:
    pass


def urls(sent: Sent) -> list[str]:
    """URLs in the messages, all of which are on the queue of pages to fetch."""
    assert {message["queue"] for message in sent} <= {"rookery-dev-crawler-fetch"}
    return [message["url"] for message in sent]


def run_of(max_pages: int = 100) -> Run:
    return Run("run", url="http://e.example/", max_pages=max_pages)


def root(holder: str = "m") -> visited.ClaimedPage:
    visited.mark(visited.new_record(run_of(), "http://e.example/", 0, ""))
    page = visited.claim("run", "http://e.example/", holder)
    assert page is not None
    return page


def some(*names: str) -> list[Link]:
    return [Link(f"http://e.example/{name}", 1) for name in names]


def record(name: str) -> dict[str, Any] | None:
    key = digest(f"http://e.example/{name}")
    return visited.known("run", [key]).get(key)


def test_a_page_is_claimed_by_one_message() -> None:
    page = root("first")
    assert (page.attempts, page.depth, page.parent) == (1, 0, "")
    assert visited.claim("run", page.url, "second") is None
    again = visited.claim("run", page.url, "first")
    assert again is not None
    assert again.attempts == 2
    heir = visited.claim("run", page.url, "third", heir_of="first")
    assert heir is not None
    assert visited.claim("run", page.url, "fourth", heir_of="first") is None
    assert visited.settle(page, PageResult("fetched", 200))
    assert visited.claim("run", page.url, "third") is None
    assert not visited.settle(page, PageResult("failed"))
    assert visited.claim("run", "http://e.example/unknown", "m") is None


def test_an_abandoned_claim_is_taken_over() -> None:
    page = root("first")
    with process.clock.ahead(limits.CLAIM_MS / 1000 - 10):
        assert visited.claim("run", page.url, "second") is None
    with process.clock.ahead(limits.CLAIM_MS / 1000 + 1):
        assert visited.claim("run", page.url, "second") is not None


def test_new_links_are_marked_and_queued_once(sent: Sent) -> None:
    page = root()
    found = PlainFrontier().expand(run_of(), page, [*some("a", "b"), Link(page.url, 1)])
    assert found.count == 2
    assert found.checksum == sum(fingerprint(digest(f"http://e.example/{n}")) for n in "ab")
    assert urls(sent) == ["http://e.example/a", "http://e.example/b"]
    other = visited.claim("run", "http://e.example/a", "n")
    assert other is not None
    assert PlainFrontier().expand(run_of(), other, some("a", "b", "")).count == 0
    assert len(sent) == 2


def test_a_repeated_try_counts_what_the_first_one_marked(sent: Sent) -> None:
    page = root()
    PlainFrontier().expand(run_of(), page, some("a", "b", "c"))
    claimed = visited.claim("run", "http://e.example/a", "n")
    assert claimed is not None
    done = visited.claim("run", "http://e.example/b", "n")
    assert done is not None
    visited.settle(done, PageResult("fetched"))
    sent.clear()
    again = visited.claim("run", page.url, "m")
    assert again is not None
    found = PlainFrontier().expand(run_of(), again, some("a", "b", "c", "d"))
    assert found.count == 4
    # Pages in hand or done are left alone; the others may have lost their message.
    assert urls(sent) == ["http://e.example/c", "http://e.example/d"]


def test_known_links_cost_no_call(sent: Sent) -> None:
    page, plain = root(), PlainFrontier()
    plain.expand(run_of(), page, some("a", "b"))
    other = visited.claim("run", "http://e.example/a", "n")
    assert other is not None

    def refuse(params: Any) -> None:
        raise AssertionError(params)

    with (
        intercepted("dynamodb", "BatchGetItem", refuse),
        intercepted("dynamodb", "PutItem", refuse),
    ):
        assert plain.expand(run_of(), other, some("b")).count == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 30])
def test_links_beyond_the_budget_leave_no_trace(sent: Sent, limit: int) -> None:
    page = root()
    names = [str(n) for n in range(60)]
    found = PlainFrontier().expand(run_of(limit), page, some(*names))
    assert found.count == limit - 1 == len(sent)
    assert found.dropped == 61 - limit
    assert sum(record(name) is not None for name in names) == limit - 1
    assert budget.exhausted("run", limit)
    # A run may be given more.
    assert not budget.exhausted("run", limit + 1)
    other = PlainFrontier().expand(run_of(limit), page, some("more"))
    assert (other.count, other.dropped) == (0, 1)
    assert record("more") is None


def test_tickets_of_a_try_that_died_are_not_lost(sent: Sent) -> None:
    page = root()
    names = [str(n) for n in range(20)]
    for _ in range(5):
        # Marked and ticketed, but killed before anything was queued or settled.
        PlainFrontier().expand(run_of(25), page, some(*names))
        page = visited.claim("run", page.url, "m") or page
    found = PlainFrontier().expand(run_of(25), page, some(*names, "x", "y", "z", "w", "v"))
    assert (found.count, found.dropped) == (24, 1)
    assert record("v") is None
    item = COUNTERS.get({"key": "budget#run"})
    assert item is not None
    assert item["taken"] >= 24


def test_a_postponed_page_names_its_predecessor(sent: Sent) -> None:
    PlainFrontier().postpone("run", "http://e.example/", 5000.4, "m")
    message = {"run": "run", "url": "http://e.example/", "holder": "m"}
    assert sent == [{**message, "queue": "rookery-dev-crawler-fetch", "delay": 900}]


def test_the_tables_answer_for_themselves() -> None:
    root()
    (item,) = VISITED.scan_page().items
    assert item["version"] == 2
    assert {"updated_at", "expires_at", "depth", "state", "parent"} <= set(item)
