"""The plain frontier: one SQS message and one conditional mark per URL."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from chalicelib.crawler.core import names
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.frontier import budget, shards, visited
from chalicelib.crawler.frontier.port import Cut, Expansion, Link
from chalicelib.crawler.frontier.visited import QUEUED, ClaimedPage, PageResult

from shared.aws.dynamo import Item
from shared.aws.events import send
from shared.base.process import Cache, process
from shared.text import canonical_urls

_SEEN = 100_000
# New links are marked in chunks, so that a full budget wastes at most one chunk.
_CHUNK = 25
_RESUMED = 100
# SQS delays a message by at most fifteen minutes.
_MAX_DELAY_SECONDS = 900


class PlainFrontier:
    """Fetches pages in the order in which they are found."""

    def __init__(self) -> None:
        # Run and digest → parent: links that this process knows to be marked.
        self._seen: Cache[str, str] = process.cache(_SEEN)
        # Links that this process has counted as cut: others may count them again.
        self._cut: Cache[str, bool] = process.cache(_SEEN // 10)

    def expand(self, run: Run, page: ClaimedPage, links: Iterable[Link]) -> Expansion:
        """See `Frontier`. A link that is on every page is looked up only once."""
        unknown = self._unknown(page, {canonical_urls.key(link.url): link for link in links})
        if budget.exhausted(run.id, int(run.max_pages)) and page.attempts == 1:
            # The page cannot have marked anything yet, and may not mark anything now.
            return Expansion(dropped=len(unknown))
        found = visited.known(run.id, unknown)
        self._remember(run.id, found)
        own = _own(page, found)
        dropped = self._admit(run, own, list(own.values()), again=True)
        fresh = [link for digest, link in unknown.items() if digest not in found]
        for start in range(0, len(fresh), _CHUNK):
            if budget.exhausted(run.id, int(run.max_pages)):
                dropped += len(fresh) - start
                break
            marked = self._mark(run, page, fresh[start : start + _CHUNK])
            own |= marked
            dropped += self._admit(run, own, list(marked.values()))
        return Expansion(len(own), sum(map(visited.fingerprint, own)), dropped)

    def expanded(
        self,
        run: Run,
        page: ClaimedPage,
        result: PageResult,
        links: Iterable[Link],
        cuts: Iterable[Cut],
    ) -> PageResult:
        """Return a page's result with the pages it added and the links cut."""
        found = self.expand(run, page, links)
        cut: dict[str, int] = {}
        for one in cuts:
            if self._cut.add(f"{run.id}{one.rule}{canonical_urls.key(one.url)}", True):
                cut[one.rule] = cut.get(one.rule, 0) + 1
        return replace(
            result,
            new_links=found.count,
            checksum=found.checksum,
            dropped=result.dropped + found.dropped,
            cut=cut,
        )

    def queue(self, run_id: str, page_urls: Iterable[str]) -> None:
        """See `Frontier`; ten messages per call."""
        send(names.DOMAIN, names.FETCH_QUEUE, [{"run": run_id, "url": url} for url in page_urls])

    def begin(self, run_id: str, url: str) -> None:
        """See `Frontier`."""
        self.queue(run_id, [url])

    def resume(self, run_id: str) -> None:
        """See `Frontier`; reads all records of the run."""
        records = shards.all_records(run_id, consistent=True)
        waiting = (item["url"] for item in records if item["state"] == QUEUED)
        while batch := list(islice(waiting, _RESUMED)):
            self.queue(run_id, batch)

    def postpone(self, run_id: str, url: str, seconds: float, holder: str) -> None:
        """See `Frontier`; by at most fifteen minutes."""
        message = {"run": run_id, "url": url, "holder": holder}
        delay = min(_MAX_DELAY_SECONDS, max(1, round(seconds)))
        send(names.DOMAIN, names.FETCH_QUEUE, [message], delay=delay)

    def _unknown(self, page: ClaimedPage, candidates: dict[str, Link]) -> dict[str, Link]:
        """Links to look up in the table, also those that an earlier try marked."""
        return {
            digest: link
            for digest, link in candidates.items()
            if digest != page.digest and not self._seen_elsewhere(page, digest)
        }

    def _seen_elsewhere(self, page: ClaimedPage, digest: str) -> bool:
        """True if this process knows that another page found the link."""
        return self._seen.get(page.run_id + digest) not in (None, page.digest)

    def _mark(self, run: Run, page: ClaimedPage, links: list[Link]) -> dict[str, Item]:
        """Mark links that looked unknown; returns this page's own ones by digest."""
        records: dict[str, Item] = {}
        for link in links:
            record = visited.new_record(run, link.url, link.depth, page.digest, link.hops)
            digest = record["url_digest"]
            # Another thread may have marked it since the look-up.
            if not self._seen_elsewhere(page, digest):
                records[digest] = visited.mark(record) or record
                self._remember(run.id, {digest: records[digest]})
        return _own(page, records)

    def _admit(
        self, run: Run, own: dict[str, Item], records: list[Item], again: bool = False
    ) -> int:
        """Take tickets for own pages and queue them; returns those withdrawn.

        Pages that are claimed already stay as they are: an earlier try queued them.
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
        self._seen.put_many({run_id + digest: item["parent"] for digest, item in records.items()})


def _own(page: ClaimedPage, records: dict[str, Item]) -> dict[str, Item]:
    """Records of links that the page was the first to find, by digest."""
    return {digest: item for digest, item in records.items() if item["parent"] == page.digest}
