"""The processor of the fetch queue: pages of plain runs, turns of hosts."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.crawler.core import limits, names
from chalicelib.crawler.core.models import HOSTS, RUNNING, Run
from chalicelib.crawler.fetching.client import fetch
from chalicelib.crawler.fetching.paces import Paces
from chalicelib.crawler.fetching.pages import PageReader, Read, TryAgain, known_delay
from chalicelib.crawler.fetching.politeness import HostGate
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.robots import Robots
from chalicelib.crawler.fetching.turns import Turns
from chalicelib.crawler.fetching.visits import Postponed, Visits
from chalicelib.crawler.frontier import seeds, visited
from chalicelib.crawler.frontier.port import Link
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.frontier.visited import FAILED, ClaimedPage, PageResult
from chalicelib.crawler.runs import runs
from chalicelib.crawler.store.port import Store

from shared.aws import sdk
from shared.base.config import settings
from shared.base.observability import logger

Record = Mapping[str, Any]


class Processor:
    """Handles messages of the fetch queue.

    Args:
        frontiers: take the pages that are found.
        fetch: makes the requests.
        store: keeps what pages contained.
        sleep: waits some seconds.
    """

    def __init__(
        self,
        frontiers: Frontiers,
        fetch: Fetch = fetch,
        store: Store | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.frontier = frontiers.plain
        self.store, self._sleep = store, sleep
        self.robots = Robots(fetch)
        self.gate = HostGate()
        self.paces = Paces()
        self._reader = PageReader(Visits(fetch, self.robots, self.gate, sleep))
        self.turns = Turns(
            frontiers.hosts, self._reader, self.robots, self.gate, self.paces, store, sleep
        )

    def handle(self, record: Record) -> None:
        """Work on the page, or the turn of a host, of one SQS record.

        A message that comes twice, or whose run has ended, changes nothing.

        Raises:
            Exception: the work is not done; the message must return.
        """
        message = json.loads(record["body"])
        run = runs.current(message["run"])
        if run is not None and run.status != RUNNING:
            # It may have been resumed a moment ago.
            runs.forget(run.id)
            run = runs.current(run.id)
        if run is None or run.status != RUNNING:
            return
        if run.frontier == HOSTS:
            self.turns.handle(run, message, record)
        else:
            self._handle_page(run, message, record)

    def _handle_page(self, run: Run, message: dict[str, Any], record: Record) -> None:
        url = message["url"]
        holder = record["messageId"]
        if not self._wait_for_turn(run, url, holder):
            return
        page = visited.claim(run.id, url, holder, message.get("holder"))
        if page is None:
            return
        receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        tries = max(page.attempts, receives)
        try:
            result = self._visit(run, page)
        except Postponed as rest:
            self.frontier.postpone(run.id, url, rest.seconds, holder)
            return
        except TryAgain as failure:
            self._learn(url, failure.result, failed=True)
            if tries < limits.MAX_FAILURES:
                _return_after(record, failure.after or limits.RETRY_SECONDS[tries - 1])
                raise
            result = self._expanded(run, page, Read(failure.result))
        except Exception:
            if tries < limits.MAX_ATTEMPTS:
                raise
            # A page that fails every time must not keep its run open for ever.
            logger().exception("page given up", run_id=run.id, attempts=tries)
            result = PageResult(FAILED, error="internal_error")
        if self.store is not None:
            # Before the page is settled: a worker that dies here comes back and repeats it.
            # Its part has the page's name, so it is written in place of an earlier one.
            self.store.add(run, page.digest, page, result)
            self.store.flush(run.id, page.digest)
        visited.settle(page, result)

    def _wait_for_turn(self, run: Run, url: str, holder: str) -> bool:
        """Wait for the host's turn; False if the page was postponed instead."""
        delay = self.paces.delay(url, known_delay(self.robots, run, url))
        wait = self.gate.reserve(url, delay, limits.MAX_SLEEP_SECONDS)
        if wait > limits.MAX_SLEEP_SECONDS:
            self.frontier.postpone(run.id, url, wait, holder)
            return False
        if wait > 0:
            self._sleep(wait)
        return True

    def _visit(self, run: Run, page: ClaimedPage) -> PageResult:
        read = self._reader.read(run, page)
        self._learn(page.url, read.result)
        return self._expanded(run, page, read)

    def _learn(self, url: str, result: PageResult, *, failed: bool = False) -> None:
        """Let a host that struggles rest before the next request."""
        self.paces.learn(url, result, failed=failed)
        if self.paces.of(url).delay:
            self.gate.hold(url, self.paces.delay(url, 0.0))

    def _expanded(self, run: Run, page: ClaimedPage, read: Read) -> PageResult:
        """Result of a page with the pages that it added; the root adds the seeds."""
        links = list(read.links)
        if not page.parent and int(run.seeds) > 1:
            links = [*(Link(url, 0) for url in seeds.read(run.id)), *links]
        if not links and not read.cuts:
            return read.result
        return self.frontier.expanded(run, page, read.result, links, read.cuts)


def _return_after(record: Record, seconds: int) -> None:
    """Let a failed message return before its visibility timeout."""
    sdk.client("sqs").change_message_visibility(
        QueueUrl=settings().queue_url(names.DOMAIN, names.FETCH_QUEUE),
        ReceiptHandle=record["receiptHandle"],
        VisibilityTimeout=seconds,
    )
