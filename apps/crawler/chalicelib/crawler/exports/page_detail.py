"""One page of a run: links, headers, body as text."""

import gzip
import io
import json
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError
from chalicelib.crawler.core.models import HOSTS, VISITED, Run
from chalicelib.crawler.exports.graph import key_of
from chalicelib.crawler.extract.charset import text_of
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.store import objects, rows

from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.text import canonical_urls

MAX_LINKS_OUT, MAX_LINKS_IN = 500, 100
MAX_TEXT = 100_000
# Links to a page may be in any part of the graph: so many objects and bytes are looked through.
_GRAPH_PARTS, _GRAPH_BYTES = 300, 20_000_000
_LINK = ("kind", "rel", "text")
# Of a page's row, what the list of pages does not have.
ROW = ("redirect_to", "robots", "digest", "etag", "last_modified", "headings", "structured")
_READABLE = ("text/", "application/xhtml", "application/xml", "application/json", "application/rss",
             "application/atom")  # fmt: skip


def find(run: Run, url: str) -> Item:
    """Return the record of a settled page: one call.

    Raises:
        Problem: 404 for an address that the run has not dealt with.
    """
    address = canonical_urls.address(url)
    key = visited.key(run.id, canonical_urls.key(address)) if address else None
    item = VISITED.get(key) if key else None
    if item is None or item["state"] == visited.QUEUED:
        raise not_found("page", url[:200])
    return item


def detail(run: Run, item: Item) -> Item:
    """Return what the run's files tell about a page.

    Reads the part that the page is in, and a bounded piece of the graph.

    Returns:
        some of `ROW`, ``fields``, ``links_out``, ``links_in`` (``links_in_complete`` is false
        if the graph is larger than what was looked through), ``headers``, ``text``.
    """
    part = _part(run, item)
    row = _row(run, part, item["url_digest"])
    found: Item = {name: row[name] for name in (*ROW, "fields") if name in row}
    found["links_out"] = _links_out(run, part, item["url"])
    found["links_in"], found["links_in_complete"] = _links_in(run, item)
    answer = _archived(run, part, item["url"])
    if answer is not None:
        headers, body = answer
        found["headers"] = [{"name": name, "value": value} for name, value in headers]
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        if body and (not kind or kind.lower().startswith(_READABLE)):
            text = text_of(body[: 4 * MAX_TEXT], kind)
            found["text"], found["text_complete"] = text[:MAX_TEXT], len(text) <= MAX_TEXT
    return found


def _part(run: Run, item: Item) -> str | None:
    """Name of the part that a page is in; see `store.port.Store`.

    A turn's part holds the page in the record; a plain page is a part of its own name.
    """
    return item.get("holder") if run.frontier == HOSTS else item["url_digest"]


def _object(run: Run, kind: str, name: str, span: tuple[int, int] | None = None) -> bytes | None:
    """Return a run's object, or a piece of it; ``None`` if there is none."""
    try:
        return objects.read(objects.prefix(run.id, kind) + name, span)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise


def _row(run: Run, part: str | None, digest: str) -> Item:
    packed = _object(run, objects.PAGES, f"{part}.jsonl.gz") if part else None
    found = rows.unpack_pages(gzip.decompress(packed)) if packed else iter(())
    return next((row for row in found if row["key"] == digest), {})


def _links_out(run: Run, part: str | None, url: str) -> list[Item]:
    packed = _object(run, objects.GRAPH, f"{part}.csv.gz") if part else None
    links = rows.unpack_links(gzip.decompress(packed)) if packed else iter(())
    own = (link for link in links if link[0] == url)
    return [_link(target, *rest) for _, target, *rest in islice(own, MAX_LINKS_OUT)]


def _links_in(run: Run, item: Item) -> tuple[list[Item], bool]:
    digest, found = item["url_digest"], dict[str, Item]()
    size = 0
    for number, content in enumerate(objects.read_all(run.id, objects.GRAPH)):
        size += len(content)
        if number >= _GRAPH_PARTS or size > _GRAPH_BYTES or len(found) >= MAX_LINKS_IN:
            return list(found.values()), False
        for source, target, *rest in rows.unpack_links(content):
            if source not in found and len(found) < MAX_LINKS_IN and key_of(target) == digest:
                found[source] = _link(source, *rest)
    return list(found.values()), True


def _link(url: str, *rest: str) -> Item:
    return {"url": url, **{name: text for name, text in zip(_LINK, rest, strict=False) if text}}


def _archived(run: Run, part: str | None, url: str) -> tuple[list[tuple[str, str]], bytes] | None:
    """Return headers and body of a page from the run's WARC, if it keeps one."""
    index = _object(run, objects.CDXJ, f"{part}.cdxj") if part else None
    if index is None:
        return None
    entries = (json.loads(line.split(" ", 2)[2]) for line in index.decode().splitlines())
    entry: dict[str, Any] | None = next((one for one in entries if one["url"] == url), None)
    if entry is None:
        return None
    start, length = int(entry["offset"]), int(entry["length"])
    record = _object(run, objects.WARC, f"{part}.warc.gz", (start, start + length - 1))
    return _parsed(record) if record else None


def _parsed(record: bytes) -> tuple[list[tuple[str, str]], bytes] | None:
    from warcio.archiveiterator import ArchiveIterator

    for one in ArchiveIterator(io.BytesIO(record)):
        if one.rec_type == "response" and one.http_headers is not None:
            return list(one.http_headers.headers), one.content_stream().read()
    return None
