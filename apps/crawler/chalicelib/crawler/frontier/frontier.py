"""Where the pages of a run wait: the seam between finding and fetching."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cachetools import LRUCache
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.frontier import budget, visited
from chalicelib.crawler.frontier.visited import QUEUED, Page

from shared.aws.dynamo import Item
from shared.aws.events import send
from shared.text import canonical_urls

QUEUE = "fetch"
_SEEN = 100_000
# New links are marked in portions, so that a full budget wastes one portion at most.
_CHUNK = 25


@dataclass(frozen=True)
class Link:
    """A link worth a visit: canonical, in scope."""

    url: str
    depth: int
    hops: int = 0


@dataclass(frozen=True)
class Expansion:
    """What a page added to the run.

    Attributes:
        count / checksum: its own new pages, and the sum of their fingerprints.
        dropped: links left out because the budget is used up (known ones among them).
    """

    count: int = 0
    checksum: int = 0
    dropped: int = 0


class Frontier(Protocol):
    """Marks pages as found and sees to it that each is worked on at least once."""

    def expand(self, run: Run, page: Page, links: Iterable[Link]) -> Expansion:
        """Mark the links nobody has found yet and queue them.

        Safe to repeat for the same page: what an earlier try marked counts
        again as this page's own.
        """
        ...

    def queue(self, run_id: str, page_urls: Iterable[str]) -> None:
        """Queue marked pages (again)."""
        ...

    def postpone(self, run_id: str, url: str, seconds: float, holder: str) -> None:
        """Queue a page for later, because its host is not to be asked now."""
        ...


class PlainFrontier:
    """One SQS message and one conditional mark per URL; order: first found, first fetched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # run and digest → parent: links that this process knows to be marked.
        self._seen: LRUCache[str, str] = LRUCache(_SEEN)

    def expand(self, run: Run, page: Page, links: Iterable[Link]) -> Expansion:
        """See `Frontier`. A link on every page costs nothing after its first look-up."""
        unknown = self._unknown(page, {canonical_urls.digest(link.url): link for link in links})
        if budget.exhausted(run.id) and page.attempts == 1:
            # Nothing can be this page's own yet, and nothing new may be marked.
            return Expansion(dropped=len(unknown))
        found = visited.known(run.id, unknown)
        self._remember(run.id, found)
        own = {d: item for d, item in found.items() if item["parent"] == page.digest}
        dropped = self._admit(run, own, list(own.values()), again=True)
        fresh = [link for digest, link in unknown.items() if digest not in found]
        for start in range(0, len(fresh), _CHUNK):
            if budget.exhausted(run.id):
                dropped += len(fresh) - start
                break
            marked = self._mark(run.id, page, fresh[start : start + _CHUNK])
            own |= marked
            dropped += self._admit(run, own, list(marked.values()))
        return Expansion(len(own), sum(map(visited.fingerprint, own)), dropped)

    def queue(self, run_id: str, page_urls: Iterable[str]) -> None:
        """See `Frontier`: ten messages to a call."""
        send("crawler", QUEUE, [{"run": run_id, "url": url} for url in page_urls])

    def postpone(self, run_id: str, url: str, seconds: float, holder: str) -> None:
        """See `Frontier`; SQS delays by at most fifteen minutes."""
        message = {"run": run_id, "url": url, "holder": holder}
        send("crawler", QUEUE, [message], delay=min(900, max(1, round(seconds))))

    def _unknown(self, page: Page, candidates: dict[str, Link]) -> dict[str, Link]:
        """Links that the table must be asked about; earlier tries' own links are among them."""
        return {
            digest: link
            for digest, link in candidates.items()
            if digest != page.digest and not self._seen_elsewhere(page, digest)
        }

    def _seen_elsewhere(self, page: Page, digest: str) -> bool:
        """Whether this process knows the link as another page's."""
        with self._lock:
            return self._seen.get(page.run_id + digest, page.digest) != page.digest

    def _mark(self, run_id: str, page: Page, links: list[Link]) -> dict[str, Item]:
        """Mark links that looked unknown; those that are this page's own, by digest."""
        records: dict[str, Item] = {}
        for link in links:
            record = visited.new_record(run_id, link.url, link.depth, page.digest, link.hops)
            digest = record["url_digest"]
            # Another thread may have marked it since the table was asked.
            if not self._seen_elsewhere(page, digest):
                records[digest] = visited.mark(record) or record
                self._remember(run_id, {digest: records[digest]})
        return {d: item for d, item in records.items() if item["parent"] == page.digest}

    def _admit(
        self, run: Run, own: dict[str, Item], records: list[Item], again: bool = False
    ) -> int:
        """Take tickets for own pages and queue them; how many had to be given up.

        Pages that were claimed already are left alone: an earlier try queued them.
        """
        waiting = [item for item in records if item["state"] == QUEUED and "holder" not in item]
        doubtful = len(waiting) if again else 0
        beyond = budget.take(run.id, int(run.max_pages), len(waiting), doubtful)
        kept = len(waiting) - beyond
        dropped = 0
        for item in waiting[kept:]:
            if visited.withdraw(run.id, item["url_digest"]):
                del own[item["url_digest"]]
                dropped += 1
        self.queue(run.id, [item["url"] for item in waiting[:kept]])
        return dropped

    def _remember(self, run_id: str, records: dict[str, Item]) -> None:
        with self._lock:
            for digest, item in records.items():
                self._seen[run_id + digest] = item["parent"]
