"""Crawls of large sites, of traps, of slow hosts and of hostile ones.

``SCALE=full`` adds the sizes that take minutes.
"""

import json
import os
import tomllib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from bench.children import last_line
from bench.crawling.comparison import per_page
from bench.crawling.sites import log_of, serving
from bench.growth.prices import RRU, WRU
from scripts.base.process import ROOT

SIZES, FULL_SIZES = (1000, 10_000), (1000, 10_000, 50_000)
QUICK_SIZES = (200, 600)
CYCLE, FULL_CYCLE = 3000, 30_000
SITE, CALENDAR_BUDGET = 200, 600
HOSTS, PAGES_PER_HOST = 50, 20
FULL_PAGES_PER_HOST = 100
# Batches of ten turns at a time, as deployed (``maximum_concurrency`` of the queue).
FETCHERS = 5
HOSTILE_HOSTS, HOSTILE_PAGES = 10, 12


def is_full() -> bool:
    """True if the long sizes are wanted."""
    return os.environ.get("SCALE") == "full"


def by_size(sizes: tuple[int, ...] | None = None) -> dict[str, dict[str, Any]]:
    """Crawl sites of several sizes.

    Returns:
        the member ``sizes``: ``by_pages``, and how much more a page of the most expensive size
        costs than one of the cheapest, as a share (``wru_spread``; ``units_spread`` in $).
    """
    found: dict[str, dict[str, Any]] = {}
    for pages in sizes or (FULL_SIZES if is_full() else SIZES):
        found[str(pages)] = _crawl("sparse", pages, max_pages=2 * pages)
    return {
        "sizes": {
            "by_pages": found,
            "wru_spread": _spread(one["wru_per_page"] for one in found.values()),
            "units_spread": _spread(_dollars(one) for one in found.values()),
            "refetched": sum(one["refetched"] for one in found.values()),
            "missed": sum(one["missed"] for one in found.values()),
        }
    }


def _spread(values: Iterable[float]) -> float:
    found = sorted(values)
    return round(found[-1] / found[0] - 1, 4)


def _dollars(crawl: dict[str, Any]) -> float:
    dollars: float = crawl["wru_per_page"] * WRU + crawl["rru_per_page"] * RRU
    return dollars


def traps() -> dict[str, dict[str, Any]]:
    """A large cycle, and a calendar without an end within its budget."""
    cycle = _crawl("cycle", FULL_CYCLE if is_full() else CYCLE, max_pages=100_000)
    calendar = _crawl("calendar", SITE, max_pages=CALENDAR_BUDGET)
    return {"cycle": cycle, "calendar": calendar}


def politeness() -> dict[str, dict[str, Any]]:
    """Crawl fifty hosts at one request per second each.

    Returns:
        the member ``politeness``. ``ideal_s``: seconds from a host's first page to its last
        one; ``of_ideal``: those that all hosts took, as a multiple of that;
        ``shortest_gap_s``: between two requests to one host, by its log.
    """
    pages = FULL_PAGES_PER_HOST if is_full() else PAGES_PER_HOST
    with serving("sparse", pages, HOSTS) as origins:
        seeds = [f"{origin}/page/0" for origin in origins]
        request = {"seeds": seeds, "max_pages": 2 * pages * HOSTS}
        found = _alone(request, FETCHERS, CRAWL_DELAY_MS="1000")
        moments = [log_of(origin)["moments"] for origin in origins]
    gaps = [b - a for one in moments for a, b in pairwise(one)]
    begun = min(one[0] for one in moments)
    wall = max(one[-1] for one in moments) - begun
    return {
        "politeness": {
            "pages": sum(map(len, moments)),
            "ideal_s": pages - 1,
            "seconds": round(wall, 1),
            "of_ideal": round(wall / (pages - 1), 3),
            "shortest_gap_s": round(min(gaps), 3),
            "status": found["status"],
        }
    }


def memory() -> dict[str, dict[str, Any]]:
    """Crawl ten hostile hosts at a time: the peak of the worker's process.

    Returns:
        the member ``memory``.
    """
    with serving("hostile", HOSTILE_PAGES, HOSTILE_HOSTS) as origins:
        seeds = [f"{origin}/page/0" for origin in origins]
        request = {"seeds": seeds, "max_pages": HOSTILE_PAGES * HOSTILE_HOSTS}
        return {"memory": _alone(request, 1, **_allocator())}


def _allocator() -> dict[str, str]:
    """Settings of the allocator that the deployed worker has."""
    functions = tomllib.loads((ROOT / "apps/crawler/functions.toml").read_text())
    environment: dict[str, str] = functions["fetch_pages"]["environment"]
    return environment


def _crawl(shape: str, pages: int, **request: Any) -> dict[str, Any]:
    with serving(shape, pages) as (origin,):
        found = _ours({"url": f"{origin}/page/0", **request})
        log = log_of(origin)["targets"]
    found["pages"] = sum(log.values())
    found["refetched"] = found["pages"] - len(log)
    # An endless site is read as far as the budget of pages reaches.
    found["missed"] = max(0, min(pages, request["max_pages"]) - len(log))
    found |= per_page(found)
    return {name: value for name, value in found.items() if name != "per_page"}


def _ours(request: dict[str, Any]) -> dict[str, Any]:
    return last_line("bench.crawling.ours", json.dumps(request))


def _alone(request: dict[str, Any], fetchers: int, **environment: str) -> dict[str, Any]:
    return last_line("bench.crawling.alone", json.dumps(request), str(fetchers), **environment)
