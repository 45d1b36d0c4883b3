"""The port between finding pages and fetching them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.frontier.visited import ClaimedPage


@dataclass(frozen=True)
class Link:
    """A link worth a visit: an address in scope."""

    url: str
    depth: int
    hops: int = 0


@dataclass(frozen=True)
class Cut:
    """A link in scope that a trap rule leaves out (`limits.TRAP_RULES`)."""

    url: str
    rule: str


@dataclass(frozen=True)
class Expansion:
    """Pages that one page added to its run.

    Attributes:
        count / checksum: its own new pages, and the sum of their fingerprints.
        dropped: links left out because the budget is used up (known ones among them).
    """

    count: int = 0
    checksum: int = 0
    dropped: int = 0


class Frontier(Protocol):
    """Marks pages as found, and has each of them processed at least once."""

    def expand(self, run: Run, page: ClaimedPage, links: Iterable[Link]) -> Expansion:
        """Mark the links that no page has found yet, and queue them.

        Safe to repeat for the same page: links that an earlier try marked count again as
        this page's own.
        """
        ...

    def queue(self, run_id: str, page_urls: Iterable[str]) -> None:
        """Queue marked pages (again)."""
        ...

    def begin(self, run_id: str, url: str) -> None:
        """Queue the first page of a run."""
        ...

    def resume(self, run_id: str) -> None:
        """Queue what a paused run has left."""
        ...

    def postpone(self, run_id: str, url: str, seconds: float, holder: str) -> None:
        """Queue a page for later, because it is not its host's turn."""
        ...
