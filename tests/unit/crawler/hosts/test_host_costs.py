"""Costs of a page in crawls by hosts do not grow with the site.

Larger sizes: `bench.crawling.growth`.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ada_url import URL

from bench.units import item_size, write_units
from shared.aws import sdk
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages

Make = Callable[[Pages], Crawl]
WRITES = ("PutItem", "BatchWriteItem", "TransactWriteItems", "UpdateItem")
READS = ("GetItem", "Query", "BatchGetItem")


def written(operation: str, params: dict[str, Any]) -> int:
    """Write units of a call; an update has the size of what it was put as."""
    if operation == "PutItem":
        return write_units(item_size(params["Item"]))
    if operation == "BatchWriteItem":
        found = [
            one["PutRequest"]["Item"] for ones in params["RequestItems"].values() for one in ones
        ]
        return sum(write_units(item_size(item)) for item in found)
    if operation == "TransactWriteItems":
        puts = [one.get("Put", {}).get("Item", {}) for one in params["TransactItems"]]
        return sum(2 * write_units(item_size(item)) for item in puts)
    return 1


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count write units and calls that read."""
    found: Counter[str] = Counter()
    events = sdk.client("dynamodb").meta.events

    def count(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name in WRITES:
            found["wru"] += written(model.name, params)
        elif model.name in READS:
            found["reads"] += 1

    events.register_last("provide-client-params.dynamodb", count)
    try:
        yield found
    finally:
        events.unregister("provide-client-params.dynamodb", count)


def site(size: int) -> Pages:
    """A site whose pages have ten links each, two of which make it a tree."""

    def links(url: str) -> list[str]:
        number = int(URL(url).pathname.removeprefix("/") or 0)
        chance = random.Random(number)
        near = (2 * number + 1, 2 * number + 2)
        return [f"/{n % size}" for n in (*near, *(chance.randrange(size) for _ in range(8)))]

    return links


def test_a_page_costs_the_same_at_any_size(make_crawl: Make) -> None:
    costs = {}
    for size in (320, 1280):
        crawl = make_crawl(site(size))
        with counted() as units:
            crawl.start("http://e.example/0", max_pages=10_000)
            assert crawl.finish()["reason"] == "completed"
        assert len(crawl.log) == len(set(crawl.log)) == size
        costs[size] = {unit: total / size for unit, total in units.items()}
    small, large = costs[320], costs[1280]
    assert large["wru"] <= 1.05 * small["wru"]
    assert large["wru"] < 1.5
    assert large["reads"] <= 1.05 * small["reads"] < 0.2


@pytest.mark.parametrize("order", ["depth-first", "breadth-first"])
def test_a_cycle_of_three_hundred_pages_ends(make_crawl: Make, order: str) -> None:
    crawl = make_crawl(lambda url: [f"/{(int(URL(url).pathname[1:]) + 1) % 300}"])
    crawl.start("http://e.example/0", order=order)
    found = crawl.finish()
    assert (found["status"], found["reason"]) == ("finished", "completed")
    assert len(crawl.log) == len(set(crawl.log)) == 300
