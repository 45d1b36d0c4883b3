"""Data export: the user's crawls and their pages."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from chalicelib.crawler.core import names
from chalicelib.crawler.frontier import shards
from chalicelib.crawler.runs import runs
from chalicelib.crawler.schedules import schedules

from shared.aws.dynamo import Item
from shared.aws.models import as_dict
from shared.aws.walks import Position
from shared.contracts import exporting

Page = tuple[list[Item], Position | None]

_RUNS, _PAGES = 100, 1000
# Bookkeeping that says nothing about the crawl.
_INTERNAL = frozenset(
    "version updated_at expires_at active shard url_digest parent checksum holder secrets".split()
)


def crawls(user_id: str, position: Position | None) -> Page:
    """Runs, newest first."""
    found, after = runs.of_owner(user_id, _RUNS, position)
    return [_shown(as_dict(run)) for run in found], after


def crawl_pages(user_id: str, position: Position | None) -> Page:
    """Pages of every run; a position has the run's, and a page's digest."""
    rows = list(islice(_pages(user_id, position), _PAGES))
    items = [{"crawl_id": run_id, **_shown(page)} for run_id, _, page in rows]
    if len(rows) < _PAGES:
        return items, None
    _, place, page = rows[-1]
    return items, {"run": place, "digest": page["url_digest"]}


def crawl_schedules(user_id: str, position: Position | None) -> Page:
    """Schedules; there are few."""
    del position
    return schedules.list_schedules(user_id), None


SECTIONS: dict[str, exporting.Section] = {
    "crawls": crawls,
    "crawl-pages": crawl_pages,
    "crawl-schedules": crawl_schedules,
}
walk = exporting.walk(names.DOMAIN, SECTIONS)


def _pages(
    user_id: str, position: Position | None
) -> Iterator[tuple[str, dict[str, Any] | None, Item]]:
    """Run, the run's position in the index, and page, from behind a position."""
    place = position["run"] if position else None
    digest: str | None = position["digest"] if position else None
    while True:
        found, following = runs.of_owner(user_id, 1, place)
        for run in found:
            for page in shards.all_records(run.id, after=digest, limit=_PAGES):
                yield run.id, place, page
        if following is None:
            return
        place, digest = following, None


def _shown(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in _INTERNAL}
