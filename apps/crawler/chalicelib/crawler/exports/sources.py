"""Pages and links of a run, from its stored files or its records."""

from collections.abc import Iterator

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.frontier import shards, visited
from chalicelib.crawler.store import objects, rows

from shared.aws.dynamo import Item

# Columns of pages: name and whether it is a number.
NUMBERS = frozenset({"status_code", "depth", "bytes", "fetched_at"})
COLUMNS = (
    *("url", "state", "status_code", "title", "depth", "content_type", "bytes", "error"),
    *("fetched_at", "found_on", "redirect_to", "description", "language", "canonical"),
    *("digest", "etag", "last_modified", "headings", "robots", "structured", "fields"),
)


def pages(run: Run, most: int | None = None) -> Iterator[Item]:
    """Iterate over a run's settled pages, each once, as rows.

    A row has ``key`` and some of `COLUMNS`.

    Memory: sixteen bytes of digest per page.

    Args:
        most: parts to read; by default all.
    """
    seen: set[bytes] = set()
    for row in _rows(run, most):
        digest = bytes.fromhex(row["key"][:32])
        if digest not in seen:
            seen.add(digest)
            yield row


def located(run: Run) -> Iterator[Item]:
    """Iterate over pages as `pages` does, with ``found_on``.

    That is the page that was first to link to it; start pages have none. Reads the pages
    twice: a part may come before that of the page that found it.

    Memory: an address per page.
    """
    urls = {row["key"]: row["url"] for row in pages(run)}
    for row in pages(run):
        found_on = urls.get(row.get("parent", ""))
        yield {**row, "found_on": found_on} if found_on else row


def links(run: Run) -> Iterator[tuple[str, ...]]:
    """Iterate over stored links: source, target, kind, rel, text."""
    for content in objects.read_all(run.id, objects.GRAPH):
        yield from rows.unpack_links(content)


def _rows(run: Run, most: int | None) -> Iterator[Item]:
    stored = False
    for content in objects.read_all(run.id, objects.PAGES, most):
        stored = True
        yield from rows.unpack_pages(content)
    if not stored:
        yield from _records(run)


def _records(run: Run) -> Iterator[Item]:
    """Rows of a run that stored no files."""
    for item in shards.all_records(run.id):
        if item["state"] != visited.QUEUED:
            row = {name: item[name] for name in ("parent", *COLUMNS) if name in item}
            yield {"key": item["url_digest"], **row}
