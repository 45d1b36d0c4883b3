"""A run at a glance: picture of the site, errors, changes."""

from collections import Counter
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from chalicelib.crawler.core.models import ENDED, Run
from chalicelib.crawler.exports import sources
from chalicelib.crawler.exports.reports import Changes
from chalicelib.crawler.frontier import shards, visited

from shared.aws.dynamo import Item

# Records read for one answer: 5 MB.
MAX_PAGES = 10_000
# Of a run whose records have gone: a plain one has a part per page.
MAX_PARTS = 2_000
MAX_NODES, MAX_DIRECTORIES, MAX_ERRORS = 150, 60, 20
# Changed pages that are listed, of each kind.
MAX_CHANGES = 200


def picture(run: Run) -> Item:
    """Return a run's site in numbers, directories and a bounded graph.

    The graph is that of discovery: each page hangs on the page that was first to link to it,
    the nodes nearest to the start come first.
    """
    found, complete = _records(run)
    failed = [item for item in found if item["state"] == visited.FAILED]
    errors = Counter(str(item.get("error") or "").partition(":")[0] for item in failed)
    return {
        "pages": len(found),
        "complete": complete,
        "errors": [{"error": kind, "pages": n} for kind, n in errors.most_common(MAX_ERRORS)],
        "statuses": _counted("status_code", found),
        "depths": _counted("depth", found),
        "directories": _directories(found),
        "nodes": _nodes(found),
    }


def changes(run: Run, base: Run) -> Item:
    """Return the pages that were added, changed and gone since an earlier run."""
    before, base_complete = _records(base)
    now, complete = _records(run)
    counts: Counter[str] = Counter()
    listed: list[Item] = []
    for kind, url, old, new, what in Changes(run, base).of(map(_row, before), map(_row, now)):
        counts[kind] += 1
        if counts[kind] <= MAX_CHANGES:
            row = {"change": kind, "url": url, "status_before": old, "status_now": new}
            shown: Item = {name: value for name, value in row.items() if value is not None}
            listed.append({**shown, "what": what.split()} if what else shown)
    return {
        **{kind: counts[kind] for kind in ("added", "changed", "gone")},
        "complete": complete and base_complete,
        "pages": listed,
    }


def _records(run: Run) -> tuple[list[Item], bool]:
    """Return up to `MAX_PAGES` settled pages, and whether they are all.

    Records go after `keep_days`, a run's files after 90: an ended run with fewer records than
    its totals say is read from its files.
    """
    found = list(islice(shards.all_records(run.id, limit=1000), MAX_PAGES + 1))
    settled = [item for item in found[:MAX_PAGES] if item["state"] != visited.QUEUED]
    if len(settled) < min(_settled(run), MAX_PAGES):
        found = list(islice(sources.pages(run, MAX_PARTS), MAX_PAGES + 1))
        settled = [{**row, "url_digest": row["key"]} for row in found[:MAX_PAGES]]
    complete = len(found) <= MAX_PAGES and len(settled) >= _settled(run)
    return settled, complete


def _settled(run: Run) -> int:
    """Settled pages of an ended run by its totals; 0 while it is open."""
    if run.status not in ENDED:
        return 0
    return sum(int(getattr(run, name) or 0) for name in ("fetched", "failed", "skipped"))


def _row(item: Item) -> Item:
    return {**item, "key": item["url_digest"]}


def _counted(name: str, found: list[Item]) -> list[Item]:
    counts = Counter(int(item[name]) for item in found if name in item)
    return [{name: value, "pages": count} for value, count in sorted(counts.items())][:60]


def _directories(found: list[Item]) -> list[Item]:
    """Largest directories, two segments deep, in order of the tree."""
    pages: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for item in found:
        parts = urlsplit(item["url"])
        segments = parts.path.split("/")[1:-1][:2]
        for depth in range(len(segments) + 1):
            place = "/".join([f"{parts.scheme}://{parts.netloc}", *segments[:depth], ""])
            pages[place] += 1
            failed[place] += item["state"] == visited.FAILED
    largest = sorted(place for place, _ in pages.most_common(MAX_DIRECTORIES))
    return [{"url": one, "pages": pages[one], "failed": failed[one]} for one in largest]


def _nodes(found: list[Item]) -> list[Item]:
    nearest = sorted(found, key=lambda item: (item["depth"], item["url"]))[:MAX_NODES]
    numbers = {item["url_digest"]: number for number, item in enumerate(nearest)}
    nodes = []
    for item in nearest:
        node: dict[str, Any] = {
            "url": item["url"], "state": item["state"], "depth": int(item["depth"]),
        }  # fmt: skip
        for name in ("title", "status_code"):
            if name in item:
                node[name] = item[name]
        if item.get("parent") in numbers:
            node["parent"] = numbers[item["parent"]]
        nodes.append(node)
    return nodes
