"""The results on a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench import budgets

Results = Mapping[str, Any]
CRAWLERS = ("ours", "plain", "scrapy")
CRAWL_UNITS = (
    *("pages", "distinct", "refetched", "cpu_ms_per_page", "cpu_ms_per_distinct", "pages_per_s"),
    *("wru_per_page", "rru_per_page", "dollars_per_million"),
)
CRAWL_HEAD = (
    *("crawler", "pages", "distinct", "refetched", "CPU ms/page", "CPU ms/distinct", "pages/s"),
    *("WRU/page", "RRU/page", "$ per million"),
)


def lines(results: Results) -> list[str]:
    """All tables."""
    found: list[str] = []
    if operations := results.get("operations"):
        found += _operations(operations)
    if whole := results.get("whole"):
        found += ["", *_whole(whole)]
    if scaling := results.get("scaling"):
        found += ["", *_scaling(scaling)]
    if selective := results.get("selective_1m"):
        head = ["selective notification", "followers", "sends", "calls", "RRU"]
        row = [f"{selective[name]:,}" for name in ("followers", "sends", "calls", "rru")]
        found += ["", *table(head, [["a celebrity's tweet", *row]])]
    if delivery := results.get("delivery"):
        found += ["", *_delivery(delivery), "", *_peers(delivery["peers"])]
    if apps := results.get("apps"):
        found += ["", *_apps(apps)]
    if crawl := results.get("crawl"):
        found += ["", *_crawl(crawl)]
    if simulated := results.get("simulation"):
        found += ["", *simulation(simulated)]
    if local := results.get("chalice_local"):
        rows = [[name, _number(local[name])] for name in ("ours", "stock", "ratio")]
        found += ["", *table(["chalice local", "requests/s"], rows)]
    return found


def _operations(operations: Mapping[str, Any]) -> list[str]:
    marks = _marks(operations, "enforced", "timed")
    rows = []
    for name, one in operations.items():
        worker, leases = one.get("worker", {}), one.get("rate_limits", {})
        rows.append(
            [
                name,
                *(_number(one.get(unit)) for unit in ("calls", "wru", "rru", "cpu_ms", "sdk_ms")),
                _number(leases.get("wru")),
                *(_number(worker.get(unit)) for unit in ("calls", "wru", "rru")),
                marks.get(name, ""),
            ]
        )
    head = "operation|calls|WRU|RRU|CPU ms|SDK ms|limits WRU|worker calls|WRU|RRU|budget"
    return table(head.split("|"), rows)


def _whole(whole: Mapping[str, Any]) -> list[str]:
    marks = _marks(whole, "whole")
    rows = [
        [name, *(_number(one[unit]) for unit in ("calls", "wru", "rru")), marks.get(name, "")]
        for name, one in whole.items()
    ]
    return table(["with all workers", "calls", "WRU", "RRU", "budget"], rows)


def _scaling(scaling: Mapping[str, Any]) -> list[str]:
    found = budgets.flat(scaling)
    marks = _marks(found, "scaling", "scaling_timed")
    rows = []
    for name, one in found.items():
        curve, _, size = name.partition("/")
        units = [_number(one[unit]) for unit in ("calls", "rru", "cpu_ms")]
        units += [_number(one.get("cold", {}).get(unit)) for unit in ("calls", "rru", "cpu_ms")]
        rows.append([curve, f"{int(size):,}", *units, marks.get(name, "")])
    head = "warm page|size|calls|RRU|CPU ms|cold calls|RRU|CPU ms|budget"
    return table(head.split("|"), rows)


def _delivery(delivery: Mapping[str, Any]) -> list[str]:
    units = ("calls", "wru", "rru", "sqs", "dollars")
    marks = _marks(delivery, "delivery", "delivery_timed")
    rows = [
        [name, *(_number(one.get(unit)) for unit in units), marks.get(name, "")]
        for name, one in delivery.items()
        if name != "peers"
    ]
    return table(["delivery", "calls", "WRU", "RRU", "SQS", "$ per million", "budget"], rows)


def _peers(peers: Mapping[str, Any]) -> list[str]:
    ways = ("ours", "loop", "celery")
    rows = [
        [
            kind,
            *(_number(peers[kind]["cpu_ms"].get(way)) for way in ways),
            *(_number(peers[kind][ratio]) for ratio in ("to_loop", "to_celery")),
        ]
        for kind in ("mail", "push")
    ]
    return table(["CPU ms", "ours", "loop", "Celery", "ours/loop", "ours/Celery"], rows)


def _marks(numbers: Mapping[str, Any], *kinds: str) -> dict[str, str]:
    """Budget of each operation, and whether it is kept."""
    allowed: dict[str, dict[str, float]] = {}
    for kind in kinds:
        for name, one in budgets.limits(kind).items():
            allowed[name] = allowed.get(name, {}) | one
    lines = [line for kind in kinds for line in budgets.exceeded(numbers, kind)]
    over = {line.partition(":")[0] for line in lines}
    found = {}
    for name, one in allowed.items():
        limit = " ".join(f"{unit}≤{value:g}" for unit, value in one.items())
        found[name] = f"{'OVER' if name in over else 'ok'} {limit}"
    return found


def _apps(apps: Mapping[str, Any]) -> list[str]:
    head = "app|import CPU ms|to a clean boto3|own code MB|bundle MB"
    units = ("import_ms", "import_ratio", "own_mb", "bundle_mb")
    return table(head.split("|"), [[n, *(_number(a[u]) for u in units)] for n, a in apps.items()])


def _crawl(crawl: Mapping[str, Any]) -> list[str]:
    marks = _marks({name: one for name, one in crawl.items() if isinstance(one, dict)}, "crawl")
    rows = [
        [name, *(_number(crawl[name].get(unit)) for unit in CRAWL_UNITS), marks.get(name, "")]
        for name in CRAWLERS
        if name in crawl
    ]
    found = table([*CRAWL_HEAD, "budget"], rows) if rows else []
    if sizes := crawl.get("sizes"):
        units = ("wru_per_page", "rru_per_page", "cpu_s", "memory_mb")
        rows = [
            [f"{int(pages):,} pages", *(_number(one.get(unit)) for unit in units)]
            for pages, one in sizes["by_pages"].items()
        ]
        found += ["", *table(["crawl", "WRU/page", "RRU/page", "CPU s", "MB"], rows)]
    for name in ("sizes", "cycle", "calendar", "politeness", "memory"):
        if name in crawl:
            found.append(f"{name}: {marks.get(name, '')}")
    return found


def simulation(results: Results) -> list[str]:
    """Costs of several ways of fan-out, at several rates of reading."""
    loads = results["loads"]
    names = next(iter(loads.values()))["dollars"]
    rows = [[name, *(f"{one['dollars'][name]:.2f}" for one in loads.values())] for name in names]
    for name in ("to_bound", "pushed_authors", "pushed_tweets", "entries_a_tweet"):
        rows.append([name.replace("_", " "), *(f"{one[name]:g}" for one in loads.values())])
    head = ["$ per 1,000 daily users, month", *(f"{number} pages a day" for number in loads)]
    size = (
        f"{results['users']:,} users, {results['follows']:,} follows, "
        f"at most {results['most_followers']:,} followers"
    )
    return [size, *table(head, rows)]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if abs(value) < 1 else f"{value:,.5g}"


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Rows under a head, in columns; numbers to the right."""
    everything = [head, *rows]
    widths = [max(len(row[column]) for row in everything) for column in range(len(head))]

    def line(row: list[str]) -> str:
        cells = zip(row, widths, strict=True)
        first, *rest = (
            text.ljust(width) if not index or text[:1].isalpha() else text.rjust(width)
            for index, (text, width) in enumerate(cells)
        )
        return "  ".join([first, *rest]).rstrip()

    return [line(head), "  ".join("-" * width for width in widths), *map(line, rows)]
