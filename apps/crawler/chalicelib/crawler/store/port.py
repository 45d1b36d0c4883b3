"""The port between settling pages and keeping what they contained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.frontier.visited import ClaimedPage, PageResult


@dataclass(frozen=True)
class Response:
    """An HTTP answer to archive.

    Attributes:
        status_line: such as ``HTTP/1.1 200 OK``.
        headers: as they came, in order; names may repeat.
        body: decoded from its transfer and content codings.
        request: first line and headers of the request, without secrets.
        truncated: why the body is incomplete, in WARC's words: ``length``, ``disconnect``.
        refers_to: Unix time in ms of the earlier capture that a 304 stands for.
    """

    status_line: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    request: str = ""
    ip_address: str = ""
    truncated: str = ""
    refers_to: int | None = None


class Store(Protocol):
    """Keeps pages in files, by run and part.

    A part holds the pages of one unit of work: a page of a plain run, or a turn of a host with
    its fencing token. Settle pages after `flush`: a worker that dies between the two leaves a
    part whose pages come again. A page's part takes its place; of the parts of one turn the
    one with the largest token counts (`objects.parts`), since only its holder can commit.
    """

    def repeat(self, run: Run, part: str) -> None:
        """Begin a part of work that an earlier worker may have written.

        `flush` then writes every kind of object, also empty ones, so that none of the earlier
        worker's counts.
        """
        ...

    def add(self, run: Run, part: str, page: ClaimedPage, result: PageResult) -> None:
        """Keep one page in memory until the part is flushed."""
        ...

    def size(self, run_id: str, part: str) -> int:
        """Return the bytes that a part holds in memory."""
        ...

    def discard(self, run_id: str, part: str) -> None:
        """Forget a part whose work failed."""
        ...

    def flush(self, run_id: str, part: str) -> None:
        """Write the objects of a part: one call for each kind that the run stores."""
        ...
