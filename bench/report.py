"""The results on a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench import budgets

Results = Mapping[str, Any]


def lines(results: Results) -> list[str]:
    """All tables."""
    found: list[str] = []
    if operations := results.get("operations"):
        found += _operations(operations)
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
    enforced, timed = budgets.limits(), budgets.limits("timed")
    allowed = {name: one | timed.get(name, {}) for name, one in enforced.items()}
    lines = [*budgets.exceeded(operations), *budgets.exceeded(operations, "timed")]
    over = {line.partition(":")[0] for line in lines}
    rows = []
    for name, one in operations.items():
        worker = one.get("worker", {})
        limit = " ".join(f"{unit}≤{value:g}" for unit, value in allowed.get(name, {}).items())
        mark = "" if not limit else "OVER" if name in over else "ok"
        rows.append(
            [
                name,
                *(_number(one.get(unit)) for unit in ("calls", "wru", "rru", "cpu_ms", "sdk_ms")),
                *(_number(worker.get(unit)) for unit in ("calls", "wru", "rru")),
                f"{mark} {limit}".strip(),
            ]
        )
    head = "operation|calls|WRU|RRU|CPU ms|SDK ms|worker calls|WRU|RRU|budget"
    return table(head.split("|"), rows)


def _apps(apps: Mapping[str, Any]) -> list[str]:
    head = "app|import CPU ms|to bare boto3|own code MB|bundle MB"
    units = ("import_ms", "import_ratio", "own_mb", "bundle_mb")
    return table(head.split("|"), [[n, *(_number(a[u]) for u in units)] for n, a in apps.items()])


def _crawl(crawl: Mapping[str, Any]) -> list[str]:
    head = "crawler|pages|distinct|refetched|CPU ms/page|CPU ms/distinct|pages/s|WRU/page|RRU/page"
    units = (
        "pages distinct refetched cpu_ms_per_page cpu_ms_per_distinct pages_per_s wru_per_page "
        "rru_per_page"
    ).split()
    rows = [[n, *(_number(crawl[n].get(u)) for u in units)] for n in ("ours", "scrapy")]
    return table(head.split("|"), rows)


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
