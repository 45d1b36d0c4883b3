"""The same small web crawled by us and by Scrapy, with fresh servers."""

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import web
from scripts.base.process import ROOT, stop

PAGES = 300
QUICK_PAGES = 60
SECONDS = 400
ROUNDS = 2


def measure(pages: int = PAGES, rounds: int = ROUNDS) -> tuple[dict[str, Any], dict[str, Any]]:
    """Our crawler by hosts, the plain one and Scrapy; the best round of each.

    Returns:
        the ``crawl`` part of the results, and the operation ``crawl_page`` (by hosts).
    """
    most = str(pages * 10)
    runs = [
        (
            _run("bench.crawl_ours", pages, most, "hosts"),
            _run("bench.crawl_ours", pages, most, "plain"),
            _run("bench.crawl_scrapy", pages),
        )
        for _ in range(rounds)
    ]
    ours, plain, scrapy = (
        min(one, key=lambda run: run["cpu_ms_per_page"]) for one in zip(*runs, strict=True)
    )
    for one in (ours, plain):
        _per_page(one)
    operation = {
        "calls": ours["calls_per_page"],
        "wru": ours["wru_per_page"],
        "rru": ours["rru_per_page"],
        "cpu_ms": ours["cpu_ms_per_page"],
    }
    return {"site_pages": pages, "ours": ours, "plain": plain, "scrapy": scrapy}, operation


def _per_page(ours: dict[str, Any]) -> None:
    """Divide the sums of one of our crawls by its pages."""
    fetched = ours["pages"]
    ours["sdk_cpu_ms_per_page"] = round(ours.pop("sdk_cpu_s") / fetched * 1000, 2)
    for unit in ("calls", "wru", "rru"):
        ours[f"{unit}_per_page"] = round(ours.pop(unit) / fetched, 3)
    by_call = ours.pop("by_call")
    ours["per_page"] = {
        name: {unit: round(amount / fetched, 3) for unit, amount in row.items()}
        for name, row in sorted(by_call.items(), key=lambda one: -one[1]["calls"])
    }


def _run(module: str, pages: int, *arguments: str) -> dict[str, Any]:
    with _site(pages) as origin:
        done = subprocess.run(
            [sys.executable, "-m", module, f"{origin}{web.spelling(0, 0, origin)}", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module} failed:\n{done.stderr[-3000:]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
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
