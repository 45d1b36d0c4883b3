"""Write the bench's figures into the documentation.

    .venv/bin/python -m bench.figures [RESULTS]

takes the figures of a full run (by default ``bench/results/latest.json``) and those before
issue 10 (``bench/before.json``), and replaces the tables between ``<!-- figures: NAME -->``
and ``<!-- end -->`` in docs/benchmarks.md and docs/cost.md.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bench import budgets, report
from bench.growth import prices
from scripts.base.process import ROOT

RESULTS = ROOT / "bench" / "results" / "latest.json"
BEFORE = Path(__file__).parent / "before.json"
PAGES = (ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "cost.md")
_UNITS = ("calls", "wru", "rru")
_PLACE = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.S)
_DEEDS = {
    "tweet": "tweet", "reply": "reply", "like": "like", "retweet": "retweet", "follow": "follow",
    "like_60": "each of 60 likes of one tweet",
}  # fmt: skip
_READS = {
    "register": "register",
    "login": "log in",
    "push_follower": "deliver a tweet to one follower who reads",
    "home_50": "home page of 50, 200 followed, 20 pulled, cold",
    "home_50_warm": "the same, warm",
    "home_50_full": "a home page with all fields and expansions, cold",
    "poll": "poll of an open page, nothing new",
    "views_20": "views of a page of 20 fresh tweets",
    "profile_page": "profile page",
    "user_timeline_50": "user's page of 50",
    "start_crawl": "start a crawl",
}

Results = Mapping[str, Any]


def operations(results: Results, _: Results) -> list[str]:
    """Table of operations with their budgets."""
    allowed: dict[str, dict[str, float]] = {}
    for kind in ("enforced", "timed"):
        for name, one in budgets.limits(kind).items():
            allowed[name] = allowed.get(name, {}) | one
    rows = [
        [
            f"`{name}`",
            *(_number(one.get(unit)) for unit in (*_UNITS, "cpu_ms", "sdk_ms")),
            _number(one.get("rate_limits", {}).get("wru")),
            *(_number(one.get("worker", {}).get(unit)) for unit in _UNITS),
            _limits(allowed.get(name, {})),
        ]
        for name, one in results["operations"].items()
    ]
    head = "operation|calls|WRU|RRU|CPU ms|SDK ms|limits WRU|worker calls|WRU|RRU|budget"
    return _table(head, rows)


def whole(results: Results, before: Results) -> list[str]:
    """Table of requests with all their workers, before and after."""
    rows = []
    for name, one in results["whole"].items():
        old = before["whole"][name]
        changes = [_change(old[unit], one[unit]) for unit in _UNITS]
        rows.append([f"`{name}`", *changes, _limits(budgets.limits("whole").get(name, {}))])
    return _table("request and workers|calls|WRU|RRU|budget", rows)


def changed(results: Results, before: Results) -> list[str]:
    """Table of operations that cost something else than before."""
    rows = []
    for name, one in results["operations"].items():
        old = before["operations"].get(name, {})
        units = (*_UNITS, "cpu_ms")
        if any(old.get(unit) != one.get(unit) for unit in _UNITS):
            changes = [_change(old.get(unit), one.get(unit)) for unit in units]
            limit = budgets.limits().get(name, {})
            rows.append([f"`{name}`", *changes, _limits(limit)])
    return _table("operation|calls|WRU|RRU|CPU ms|budget", rows)


def scaling(results: Results, before: Results) -> list[str]:
    """Table of warm pages by size, before and after, with cold ones."""
    old, limits = budgets.flat(before["scaling"]), budgets.limits("scaling")
    timed = budgets.limits("scaling_timed")
    rows = []
    for name, one in budgets.flat(results["scaling"]).items():
        curve, _, size = name.partition("/")
        units = ("calls", "rru", "cpu_ms")
        was, cold = old.get(name, {}), one["cold"]
        first = " / ".join(_number(cold[unit]) for unit in units)
        changes = [_change(was.get(unit), one[unit]) for unit in units]
        limit = _limits(limits.get(name, {}) | timed.get(name, {}))
        rows.append([f"`{curve}`", f"{int(size):,}", *changes, first, limit])
    return _table("page|size|calls|RRU|CPU ms|cold: calls / RRU / CPU ms|budget", rows)


def delivery(results: Results, _: Results) -> list[str]:
    """Table of deliveries and their budgets."""
    allowed = {**budgets.limits("delivery")}
    for name, one in budgets.limits("delivery_timed").items():
        allowed[name] = allowed.get(name, {}) | one
    rows = [
        [
            f"`{name}`",
            *(_number(one.get(unit)) for unit in (*_UNITS, "sqs", "dollars")),
            _limits(allowed.get(name, {})),
        ]
        for name, one in results["delivery"].items()
        if name != "peers"
    ]
    return _table("notification|calls|WRU|RRU|SQS requests|$ per million|budget", rows)


def peers(results: Results, _: Results) -> list[str]:
    """Table of CPU per mail and push, beside peers."""
    found = results["delivery"]["peers"]
    rows = [
        [
            kind,
            *(_number(found[kind]["cpu_ms"].get(way)) for way in ("ours", "loop", "celery")),
            *(_number(found[kind][ratio]) for ratio in ("to_loop", "to_celery")),
        ]
        for kind in ("mail", "push")
    ]
    return _table("CPU ms per message|ours|plain loop|Celery|ours / loop|ours / Celery", rows)


def apps(results: Results, _: Results) -> list[str]:
    """Table of imports and bundles."""
    units = ("import_ms", "import_ratio", "own_mb", "bundle_mb")
    rows = [
        [name, *(_number(one[unit]) for unit in units)] for name, one in results["apps"].items()
    ]
    return _table("app|import CPU ms|ratio to a clean boto3|own code MB|bundle MB", rows)


def crawl(results: Results, _: Results) -> list[str]:
    """Table of our crawler and Scrapy."""
    rows = [
        [name, *(_number(results["crawl"][name].get(unit)) for unit in report.CRAWL_UNITS)]
        for name in report.CRAWLERS
        if name in results["crawl"]
    ]
    return _table("|".join(report.CRAWL_HEAD), rows)


def units(results: Results, _: Results) -> list[str]:
    """Table of units and dollars per operation."""

    def row(name: str, one: Mapping[str, Any]) -> list[str]:
        # The share of a delivery is its workers' already.
        worker = {} if "deliveries" in one else one.get("worker", {})
        calls, written, read = (one[unit] + worker.get(unit, 0) for unit in _UNITS)
        dollars = written * prices.WRU + read * prices.RRU
        return [name, _number(calls), _number(written), _number(read), f"{dollars:.2f}"]

    rows = [row(name, results["whole"][key]) for key, name in _DEEDS.items()]
    rows += [row(name, results["operations"][key]) for key, name in _READS.items()]
    return _table("operation, with all its workers|calls|WRU|RRU|$ per million", rows)


def bill(results: Results, before: Results) -> list[str]:
    """Table of dollars per month, at two sizes, and before."""
    columns = [
        prices.lines(before, 1000, prices.BEFORE),
        prices.lines(results, 1000),
        prices.lines(results, 100_000),
    ]
    rows = [[name, *(f"{one[name]:,.2f}" for one in columns)] for name in columns[0]]
    totals = [f"**{sum(one.values()):,.2f}**" for one in columns]
    head = "dollars per month|1,000 daily users, before|1,000 daily users|100,000 daily users"
    return _table(head, [*rows, ["**total**", *totals]])


TABLES: dict[str, Callable[[Results, Results], list[str]]] = {
    one.__name__: one
    for one in (
        *(operations, whole, changed, scaling, delivery, peers),
        *(apps, crawl, units, bill),
    )
}


def written(text: str, results: Results, before: Results) -> str:
    """Return a page with its tables made anew.

    Raises:
        KeyError: a table is unknown, or a figure is missing.
    """

    def table(found: re.Match[str]) -> str:
        lines = TABLES[found[2]](results, before)
        return "\n".join([found[1], *lines, "", found[3]])

    return _PLACE.sub(table, text)


def main() -> None:
    """Command line."""
    results = json.loads(Path(sys.argv[1] if sys.argv[1:] else RESULTS).read_text())
    before = json.loads(BEFORE.read_text())
    for page in PAGES:
        page.write_text(written(page.read_text(), results, before))
        print(f"written: {page.relative_to(ROOT)}")


def _limits(one: Mapping[str, float]) -> str:
    return ", ".join(f"{unit} ≤ {value:g}" for unit, value in one.items())


def _change(before: float | None, now: float | None) -> str:
    if before == now or before is None:
        return _number(now)
    return f"{_number(before)} → {_number(now)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if abs(value) < 1 else f"{value:,.5g}"


def _table(head: str, rows: Iterable[list[str]]) -> list[str]:
    columns = head.split("|")
    lines = [columns, ["---"] * len(columns), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


if __name__ == "__main__":
    main()
