"""The store that writes parts to S3: pages, links, bodies with index."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.crawler.core.keeping import GRAPH, WARC, kinds_of
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.frontier.visited import ClaimedPage, PageResult
from chalicelib.crawler.runs import runs
from chalicelib.crawler.store import objects, rows
from chalicelib.crawler.store.rows import Packed
from chalicelib.crawler.store.warc import WarcPart

from shared.base.clock import now_ms


@dataclass
class _Part:
    """Contents of a part that is not written yet, compressed.

    Attributes:
        kinds: files to write even if they are empty.
    """

    warc: WarcPart
    kinds: frozenset[str] = frozenset()
    pages: Packed = field(default_factory=Packed)
    links: Packed = field(default_factory=Packed)

    @property
    def size(self) -> int:
        return self.pages.size + self.links.size + self.warc.size


class BatchStore:
    """See `port.Store`.

    Memory: what one unit of work read, compressed.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], _Part] = {}
        self._lock = threading.Lock()

    def repeat(self, run: Run, part: str) -> None:
        """See `port.Store`."""
        kinds = frozenset([objects.PAGES, *kinds_of(runs.options_of(run))])
        with self._lock:
            self._parts[run.id, part] = _Part(WarcPart(f"{part}.warc.gz"), kinds)

    def add(self, run: Run, part: str, page: ClaimedPage, result: PageResult) -> None:
        """See `port.Store`."""
        kinds = kinds_of(runs.options_of(run))
        now = now_ms()
        row = rows.page_lines([rows.page_row(page, result, now)])
        links = rows.link_lines(rows.link_rows(page, result)) if GRAPH in kinds else b""
        with self._lock:
            found = self._parts.setdefault((run.id, part), _Part(WarcPart(f"{part}.warc.gz")))
        # A part has one worker.
        found.pages.add(row)
        found.links.add(links)
        response = getattr(result, "response", None)
        if WARC in kinds and response is not None:
            found.warc.add(page.url, now, response)

    def size(self, run_id: str, part: str) -> int:
        """See `port.Store`."""
        with self._lock:
            found = self._parts.get((run_id, part))
        return found.size if found else 0

    def discard(self, run_id: str, part: str) -> None:
        """See `port.Store`."""
        with self._lock:
            self._parts.pop((run_id, part), None)

    def flush(self, run_id: str, part: str) -> None:
        """See `port.Store`."""
        with self._lock:
            found = self._parts.pop((run_id, part), None)
        if found is None:
            return
        for kind, name, body, content_type in _files(found, part):
            objects.put(_key(run_id, kind, name), body, content_type)


def _files(part: _Part, name: str) -> Iterable[tuple[str, str, bytes, str]]:
    """Kind, name, bytes and type of a part's objects."""
    if part.pages.size or objects.PAGES in part.kinds:
        yield objects.PAGES, f"{name}.jsonl.gz", part.pages.finish(), "application/gzip"
    if part.links.size or GRAPH in part.kinds:
        yield objects.GRAPH, f"{name}.csv.gz", part.links.finish(), "application/gzip"
    if part.warc.size or WARC in part.kinds:
        warc, index = part.warc.finish()
        # The index first: whoever finds a body finds its index, too.
        yield objects.CDXJ, f"{name}.cdxj", index, "text/plain"
        yield objects.WARC, f"{name}.warc.gz", warc, "application/warc"


def _key(run_id: str, kind: str, name: str) -> str:
    return objects.prefix(run_id, kind) + name
