"""Chunks of a host's frontier in the table."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.crawler.core.limits import RUN_MS
from chalicelib.crawler.core.models import FRONTIER
from chalicelib.crawler.frontier.hosts.entries import Entry, pack, unpack

from shared.aws.dynamo import Item
from shared.base.clock import now_seconds

_KEEP_SECONDS = RUN_MS // 1000 + 24 * 3600


class LeaseLost(Exception):
    """Another worker has taken the host over; what this one did is void."""


def expiry() -> int:
    """Return the moment at which a frontier's items may go: after any run."""
    return now_seconds() + _KEEP_SECONDS


@dataclass(frozen=True)
class Chunks:
    """The items of one host of a run, as the holder of its lease writes them.

    They are written once and never changed or deleted (deleting costs as much as writing):
    they expire after the run. A worker that lost its lease cannot replace what a later one
    wrote, because its fencing token is smaller.
    """

    run_id: str
    host: str
    fence: int

    @property
    def part(self) -> str:
        """Hash key of the items."""
        return f"{self.run_id}#{self.host}"

    def write(self, entry: str, **values: object) -> None:
        """Write an item.

        Raises:
            LeaseLost: a later holder of the lease has written it.
        """
        item = {"part": self.part, "entry": entry, **values}
        item |= {"fence": self.fence, "expires_at": expiry()}
        condition = "attribute_not_exists(#fence) OR #fence <= :own"
        if not FRONTIER.put(item, condition, {"own": self.fence}):
            raise LeaseLost(self.part)

    def write_pages(self, entry: str, pages: list[Entry], below: str = "") -> None:
        """Write a chunk of waiting pages; ``below`` points to another chunk."""
        self.write(entry, pages=pack(pages), below=below or None)

    def read_pages(self, entry: str) -> tuple[list[Entry], str]:
        """Return a chunk's pages and its pointer.

        Raises:
            KeyError: there is no such chunk.
        """
        key = {"part": self.part, "entry": entry}
        # Consistent: a replica may still hold what a worker wrote that died before its commit.
        item = FRONTIER.get(key, consistent=True)
        if item is None:
            raise KeyError(entry)
        return unpack(item["pages"]), item.get("below", "")

    def list(self, prefix: str, *, consistent: bool, limit: int | None = None) -> Iterator[Item]:
        """Iterate over items whose range key begins with ``prefix``."""
        values = {"part": self.part, "prefix": prefix}
        condition = "#part = :part AND begins_with(#entry, :prefix)"
        return FRONTIER.query(condition, values, consistent=consistent, limit=limit)
