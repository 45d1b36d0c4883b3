"""The store that writes parts to S3: pages, links, bodies with index."""

import threading
from dataclasses import dataclass, field

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.frontier.visited import ClaimedPage, PageResult
from chalicelib.crawler.runs import runs
from chalicelib.crawler.store import objects, rows
from chalicelib.crawler.store.warc import WarcPart

from shared.aws.dynamo import Item
from shared.base.clock import now_ms

WARC, GRAPH = "warc", "graph"
# A run keeps its pages' rows and links unless it says otherwise; bodies on request.
DEFAULT_KINDS = (GRAPH,)


@dataclass
class _Part:
    """Contents of a part that is not written yet."""

    pages: list[Item] = field(default_factory=list)
    links: list[tuple[str, ...]] = field(default_factory=list)
    warc: WarcPart | None = None


class BatchStore:
    """See `port.Store`.

    Memory: what one unit of work read, bodies compressed.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], _Part] = {}
        self._lock = threading.Lock()

    def add(self, run: Run, part: str, page: ClaimedPage, result: PageResult) -> None:
        """See `port.Store`."""
        kinds = kinds_of(run)
        now = now_ms()
        row = rows.page_row(page, result, now)
        links = list(rows.link_rows(page, result)) if GRAPH in kinds else []
        with self._lock:
            found = self._parts.setdefault((run.id, part), _Part())
            found.pages.append(row)
            found.links += links
            response = getattr(result, "response", None)
            if WARC in kinds and response is not None:
                if found.warc is None:
                    found.warc = WarcPart(f"{part}.warc.gz")
                found.warc.add(page.url, now, response)

    def flush(self, run_id: str, part: str) -> None:
        """See `port.Store`."""
        with self._lock:
            found = self._parts.pop((run_id, part), None)
        if found is None:
            return
        body = rows.pack_pages(found.pages)
        objects.put(_key(run_id, objects.PAGES, f"{part}.jsonl.gz"), body, "application/gzip")
        if found.links:
            body = rows.pack_links(found.links)
            objects.put(_key(run_id, objects.GRAPH, f"{part}.csv.gz"), body, "application/gzip")
        if found.warc is not None:
            warc, index = found.warc.finish()
            objects.put(_key(run_id, objects.WARC, f"{part}.warc.gz"), warc, "application/warc")
            objects.put(_key(run_id, objects.CDXJ, f"{part}.cdxj"), index, "text/plain")


def kinds_of(run: Run) -> tuple[str, ...]:
    """Return the kinds of files that a run stores beside its pages' rows."""
    stored = runs.options_of(run).get("store")
    return DEFAULT_KINDS if stored is None else tuple(stored)


def _key(run_id: str, kind: str, name: str) -> str:
    return objects.prefix(run_id, kind) + name
