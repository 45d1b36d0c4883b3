"""The pages of a run as the API lists them: in order, filtered, sorted."""

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.crawler.core.models import VISITED, Run
from chalicelib.crawler.frontier import shards, visited
from chalicelib.crawler.runs import accounting, reading

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.errors import invalid_request
from shared.base.pagination import decode_position, encode_token

# A sorted list reads the whole run for each of its pages: at 0.5 KB per record, 5 MB here.
SORTED_PAGES = 10_000
# Records that a filtered list reads per request; a page of it may hold fewer than asked for.
READ_PAGES = 5_000
STATUS_PATTERN = "^(fetched|failed|skipped|[1-5]xx|[1-5][0-9][0-9])$"
SORTS = {
    "url": "url", "status": "status_code", "depth": "depth", "size": "bytes",
    "time": "fetched_at",
}  # fmt: skip
_FIELDS = (
    *("url", "state", "status_code", "title", "depth", "content_type", "bytes", "error"),
    *("description", "language", "canonical"),
)


def list_pages(
    run: Run, size: int, token: str | None, *, sort: str | None = None, status: str | None = None
) -> Item:
    """Return a list page of a run's settled pages.

    Args:
        sort: a name of `SORTS`, with ``-`` in front for the largest first; by default the
            order is that of the digests, which never changes.
        status: a state, a status code, or a class such as ``4xx``.

    Raises:
        Problem: 400 for a page token that is not valid here, and for a sorted list of a run
            with more than `SORTED_PAGES` pages.
    """
    context = f"crawl-pages:{run.id}:{sort}:{status}"
    position = decode_position(context, token, after=str)
    after = position["after"] if position else None
    wanted = _filter(status)
    if sort is None:
        rows, following = _in_order(run, after, size, wanted)
    else:
        rows, following = _sorted(run, after, size, wanted, sort)
    found_on = _found_on(run, rows)
    data = [_present(row, found_on.get(row["url_digest"])) for row in rows]
    meta: Item = {"result_count": len(data)}
    if following is not None:
        meta["next_token"] = encode_token(context, {"after": following})
    return {"data": data, "meta": meta} if data else {"meta": meta}


def present(run: Run, item: Item) -> Item:
    """Return one settled page as lists show it, with ``found_on``."""
    parent = VISITED.get(visited.key(run.id, item["parent"])) if item["parent"] else None
    return _present(item, parent["url"] if parent else None)


def _filter(status: str | None) -> Callable[[Item], bool]:
    if status is None:
        return lambda item: item["state"] != visited.QUEUED
    if status.endswith("xx"):
        return lambda item: str(item.get("status_code", "")).startswith(status[0])
    if status.isdigit():
        return lambda item: item.get("status_code") == int(status)
    return lambda item: item["state"] == status


def _in_order(
    run: Run, after: str | None, size: int, wanted: Callable[[Item], bool]
) -> tuple[list[Item], str | None]:
    """Rows by digest, and the digest to go on after."""
    rows: list[Item] = []
    last = None
    for read, item in enumerate(shards.all_records(run.id, after=after, limit=size + 1)):
        if len(rows) == size or read == READ_PAGES:
            return rows, last
        last = item["url_digest"]
        if wanted(item):
            rows.append(item)
    return rows, None


def _sorted(
    run: Run, after: str | None, size: int, wanted: Callable[[Item], bool], sort: str
) -> tuple[list[Item], str | None]:
    found = list(_all(run, sort, wanted))
    name = SORTS[sort.removeprefix("-")]
    present = [item for item in found if name in item]
    present.sort(key=lambda item: item[name], reverse=sort.startswith("-"))
    ordered = [*present, *(item for item in found if name not in item)]
    digests = [item["url_digest"] for item in ordered]
    if after is not None and after not in digests:
        raise invalid_request("pagination_token: its page is gone")
    start = digests.index(after) + 1 if after is not None else 0
    rows = ordered[start : start + size]
    return rows, digests[start + size - 1] if start + size < len(ordered) else None


def _all(run: Run, sort: str, wanted: Callable[[Item], bool]) -> Iterator[Item]:
    counts = accounting.read_counts({run.id}, consistent=False).get(run.id, {})
    stats = reading.stats(run, counts)
    if stats["discovered"] > SORTED_PAGES:
        message = f"sort: of a crawl with more than {SORTED_PAGES} pages; export it instead"
        raise invalid_request(message, sort=sort)
    return filter(wanted, shards.all_records(run.id))


def _found_on(run: Run, rows: list[Item]) -> dict[str, str]:
    """Addresses of pages with links to failed ones, by the latter's digests."""
    parents = {
        row["url_digest"]: row["parent"]
        for row in rows
        if row["state"] == visited.FAILED and row.get("parent")
    }
    keys = [visited.key(run.id, digest) for digest in sorted(set(parents.values()))]
    urls = {item["url_digest"]: item["url"] for item in VISITED.get_many(keys)}
    return {own: urls[parent] for own, parent in parents.items() if parent in urls}


def _present(item: Item, found_on: str | None) -> dict[str, Any]:
    shown = {name: item[name] for name in _FIELDS if name in item}
    if "fetched_at" in item:
        shown["fetched_at"] = iso(item["fetched_at"])
    if found_on:
        shown["found_on"] = found_on
    return shown
