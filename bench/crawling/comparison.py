"""The same web crawled by us and by Scrapy, with fresh servers."""

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import web
from bench.children import last_line
from bench.growth.prices import RRU, SQS_REQUEST, WRU
from scripts.base.process import ROOT, stop

PAGES = 1000
QUICK_PAGES = 60
ROUNDS = 2
_UNITS = ("calls", "wru", "rru", "sqs")


def measure(pages: int = PAGES, rounds: int = ROUNDS) -> tuple[dict[str, Any], dict[str, Any]]:
    """Our crawler by hosts, the plain one and Scrapy; the best round of each.

    Returns:
        the members ``ours``, ``plain`` and ``scrapy`` of the part ``crawl`` of the results,
        and the operations: ``crawl_page`` (by hosts) and those that the estimate reads.
    """
    request = {"max_pages": pages * 10}
    runs = [
        (
            _run("bench.crawling.ours", pages, request | {"frontier": "hosts"}),
            _run("bench.crawling.ours", pages, request | {"frontier": "plain"}),
            _run("bench.crawling.theirs", pages),
        )
        for _ in range(rounds)
    ]
    ours, plain, scrapy = (
        min(one, key=lambda run: run["cpu_ms_per_page"]) for one in zip(*runs, strict=True)
    )
    for one in (ours, plain):
        one.update(per_page(one), **_shares(one, scrapy))
    operations = {
        name: {
            "calls": one["calls_per_page"],
            "wru": one["wru_per_page"],
            "rru": one["rru_per_page"],
            "cpu_ms": one["cpu_ms_per_page"],
        }
        for name, one in (
            ("crawl_page", ours),
            ("crawl_hosts_page", ours),
            ("crawl_plain_page", plain),
        )
    }
    found = {"site_pages": pages, "ours": ours, "plain": plain, "scrapy": scrapy}
    return found, operations


def _shares(ours: dict[str, Any], scrapy: dict[str, Any]) -> dict[str, float]:
    """Compare one of our crawls with Scrapy's, by CPU."""
    share = ours["cpu_ms_per_distinct"] / scrapy["cpu_ms_per_distinct"]
    return {
        "cpu_of_scrapy": round(ours["cpu_ms_per_page"] / scrapy["cpu_ms_per_page"], 3),
        "distinct_cpu_of_scrapy": round(share, 4),
        "distinct_per_cpu_times_scrapy": round(1 / share, 2),
    }


def per_page(ours: dict[str, Any]) -> dict[str, Any]:
    """Return the costs of one of our crawls per page, and take its sums out."""
    fetched = ours["pages"]
    found: dict[str, Any] = {
        f"{unit}_per_page": round(ours.pop(unit) / fetched, 3) for unit in _UNITS
    }
    found["sdk_cpu_ms_per_page"] = round(ours.pop("sdk_cpu_s") / fetched * 1000, 2)
    wru, rru, sqs = (found[f"{unit}_per_page"] for unit in ("wru", "rru", "sqs"))
    found["dollars_per_million"] = round(wru * WRU + rru * RRU + sqs * SQS_REQUEST, 2)
    by_call = ours.pop("by_call")
    found["per_page"] = {
        name: {unit: round(amount / fetched, 3) for unit, amount in row.items()}
        for name, row in sorted(by_call.items(), key=lambda one: -one[1]["calls"])
    }
    return found


def _run(module: str, pages: int, request: dict[str, Any] | None = None) -> dict[str, Any]:
    with _site(pages) as origin:
        start = f"{origin}{web.spelling(0, 0, origin)}"
        found = last_line(
            module, start if request is None else json.dumps({**request, "url": start})
        )
        with urllib.request.urlopen(origin + web.LOG_PATH) as answer:  # noqa: S310 (our own server)
            log: dict[str, int] = json.load(answer)
    visits: Counter[int] = Counter()
    for target, times in log.items():
        number = web.page_of(target)
        if number is not None:
            visits[number] += times
    fetched = visits.total()
    cpu, seconds = found.pop("cpu_s"), found.pop("seconds")
    return {
        "pages": fetched,
        "distinct": len(visits),
        "refetched": fetched - len(visits),
        "cpu_ms_per_page": round(cpu / fetched * 1000, 2),
        "cpu_ms_per_distinct": round(cpu / len(visits) * 1000, 2),
        "pages_per_s": round(fetched / seconds, 1),
        "distinct_per_s": round(len(visits) / seconds, 1),
        **found,
    }


@contextmanager
def _site(pages: int) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.web", "0", str(pages)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        yield server.stdout.readline().decode().strip()
    finally:
        stop([server], 5)
