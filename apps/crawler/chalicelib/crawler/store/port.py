"""The port between settling pages and keeping what they contained."""

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    """

    status_line: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    request: str = ""
    ip_address: str = field(default="")


class Store(Protocol):
    """Keeps pages in files, by run and part.

    A part holds the pages of one unit of work that is repeated as a whole after a failure (a
    turn of a host with its fencing token, or one message), so its name makes writing it again
    harmless. Settle pages after `flush`: a worker that dies between the two repeats the part.
    """

    def add(self, run: Run, part: str, page: ClaimedPage, result: PageResult) -> None:
        """Keep one page in memory until the part is flushed; thread-safe."""
        ...

    def flush(self, run_id: str, part: str) -> None:
        """Write the objects of a part: one call for each kind that the run stores."""
        ...
