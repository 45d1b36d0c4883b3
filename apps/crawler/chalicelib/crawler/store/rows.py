"""Rows of the files ``pages`` and ``graph``: one page, one link."""

import csv
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.crawler.frontier.visited import ClaimedPage, PageResult

from shared.aws.dynamo import Item

# Attributes of a result that a page's row has as they are.
_RESULT = (
    *("state", "status_code", "title", "content_type", "bytes", "error", "dropped"),
    *("etag", "last_modified", "digest", "simhash", "description", "language", "canonical"),
    *("alternates", "next", "headings", "robots", "structured", "fields", "redirect_to"),
)
# Kind of the link of a redirect to its target.
REDIRECT = "redirect"
GRAPH_COLUMNS = ("source", "target", "kind", "rel", "text")


def page_row(page: ClaimedPage, result: PageResult, fetched_at: int) -> Item:
    """Return the row of a settled page.

    Args:
        fetched_at: Unix time in ms.
    """
    row: dict[str, Any] = {
        "key": page.digest, "url": page.url, "depth": page.depth, "parent": page.parent,
        "fetched_at": fetched_at,
    }  # fmt: skip
    row |= {name: getattr(result, name, None) for name in _RESULT}
    return {name: value for name, value in row.items() if value not in (None, "", [], {}, ())}


def link_rows(page: ClaimedPage, result: PageResult) -> Iterator[tuple[str, ...]]:
    """Yield the row of each link of a page, and of its redirect."""
    target = getattr(result, "redirect_to", None)
    if target:
        yield (page.url, target, REDIRECT, "", "")
    for url, kind, rel, text in getattr(result, "links", None) or ():
        yield (page.url, url, kind, rel or "", text or "")


class Packed:
    """Gzipped text that grows: what was added is held compressed.

    Attributes:
        size: bytes so far, some of which may still be in the packer.
    """

    def __init__(self) -> None:
        # 31: with gzip's head, without a time, so that equal contents are equal files.
        self._packer = zlib.compressobj(wbits=31)
        self._packed = bytearray()
        self.size = 0

    def add(self, text: bytes) -> None:
        """Append text."""
        if text:
            self._packed += self._packer.compress(text)
            self.size = max(1, len(self._packed))

    def finish(self) -> bytes:
        """Return the file."""
        return bytes(self._packed + self._packer.flush())


def page_lines(rows: Iterable[Item]) -> bytes:
    """Return rows as JSON Lines."""
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    return "".join(lines).encode(errors="replace")


def unpack_pages(content: bytes) -> Iterator[Item]:
    """Yield the rows of an unpacked file of pages."""
    # Not splitlines: JSON may hold line separators of Unicode.
    for line in content.decode().split("\n"):
        if line:
            yield json.loads(line)


def link_lines(rows: Iterable[tuple[str, ...]]) -> bytes:
    """Return rows as CSV without a header."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode(errors="replace")


def unpack_links(content: bytes) -> Iterator[tuple[str, ...]]:
    """Yield the rows of an unpacked file of links."""
    for row in csv.reader(io.StringIO(content.decode(), newline="")):
        yield tuple(row)
