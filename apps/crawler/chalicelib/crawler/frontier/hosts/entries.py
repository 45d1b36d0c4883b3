"""Waiting pages, and the compressed form in which they are stored."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ada_url import URL
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.visited import ClaimedPage

from shared.text import canonical_urls

# Pages per stored chunk: addresses of one site compress to a tenth.
CHUNK = 64


@dataclass(frozen=True)
class Entry:
    """A page that waits to be fetched.

    Attributes:
        url: address to request.
        parent: digest of the page that found it, empty for the root.
        hops: redirects that led here since the last real page.
        tries: attempts that failed.
        due: Unix milliseconds before which it must not be tried again.
        rule: trap rule that holds it back, if any.
    """

    url: str
    depth: int
    parent: str
    hops: int = 0
    tries: int = 0
    due: int = 0
    rule: str = ""

    @property
    def digest(self) -> str:
        """Key of the page within its run."""
        return canonical_urls.key(self.url)

    @property
    def weight(self) -> int:
        """Share of the page in its run's balance: none for the root."""
        return visited.fingerprint(self.digest) if self.parent else 0

    def page(self, run_id: str) -> ClaimedPage:
        """Return the page to work on."""
        return ClaimedPage(
            run_id, self.digest, self.url, self.depth, self.parent, self.hops, self.tries + 1
        )

    def later(self, due: int) -> "Entry":
        """Return the entry for another attempt."""
        return replace(self, tries=self.tries + 1, due=due)


def host_of(url: str) -> str:
    """Return the name (and unusual port) under which an address's pages wait."""
    return URL(url).host


def pack(entries: Iterable[Entry]) -> bytes:
    """Return entries as compressed JSON."""
    rows = [
        [one.url, one.depth, one.parent, one.hops, one.tries, one.due, one.rule] for one in entries
    ]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def unpack(packed: bytes) -> list[Entry]:
    """Return packed entries."""
    return [Entry(*row) for row in json.loads(zlib.decompress(packed))]
