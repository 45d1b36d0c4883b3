"""The page processor: host's turn, claim, robots, fetch, links, settle."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from chalicelib.crawler.core import limits, names
from chalicelib.crawler.core.models import RUNNING, Run
from chalicelib.crawler.fetching import details
from chalicelib.crawler.fetching.client import fetch
from chalicelib.crawler.fetching.politeness import HostGate, delay_for
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.profiles import profile_of
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable
from chalicelib.crawler.fetching.scope import Scope
from chalicelib.crawler.fetching.visits import Disallowed, Reached, RedirectLoop, Visits
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.port import Frontier, Link
from chalicelib.crawler.frontier.visited import (
    FAILED,
    FETCHED,
    SKIPPED,
    ClaimedPage,
    PageResult,
)
from chalicelib.crawler.runs import accounting, runs
from chalicelib.crawler.store.port import Store

from shared.aws import sdk
from shared.aws.retries import RetryLater
from shared.base.config import settings
from shared.base.errors import Problem
from shared.base.observability import logger
from shared.http import quotas
from shared.net.answers import FetchError
from shared.net.sniffing import HTML

# Kinds of failures that may pass; others would be the same in a minute.
_TRANSIENT = frozenset({"timeout", "connect", "dns", "http"})
Record = Mapping[str, Any]


class TryAgain(RetryLater):
    """The page could not be read for a reason that may pass.

    Attributes:
        result: result of the page if this was the last try.
        after: seconds that the server asks to wait, if it does.
    """

    def __init__(self, result: PageResult, after: int | None = None) -> None:
        super().__init__(result.error)
        self.result = result
        self.after = after


class Processor:
    """Handles messages of the fetch queue.

    Args:
        frontier: takes the pages that are found.
        fetch: makes the requests.
        store: keeps what pages contained.
    """

    def __init__(
        self, frontier: Frontier, fetch: Fetch = fetch, store: Store | None = None
    ) -> None:
        self.frontier = frontier
        self.store = store
        self.robots = Robots(fetch)
        self.gate = HostGate()
        self._visits = Visits(fetch, self.robots, self.gate)

    def handle(self, record: Record) -> None:
        """Work on the page of one SQS record.

        A message that comes twice, or whose run has ended, changes nothing.

        Raises:
            Exception: the page is still queued; the message must return.
        """
        message = json.loads(record["body"])
        run = runs.current(message["run"])
        if run is None or run.status != RUNNING:
            return
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
        except TryAgain as failure:
            if tries < limits.MAX_FAILURES:
                _return_after(record, failure.after or limits.RETRY_SECONDS[tries - 1])
                raise
            result = failure.result
        except Exception:
            if tries < limits.MAX_ATTEMPTS:
                raise
            # A page that fails every time must not keep its run open for ever.
            logger().exception("page given up", run_id=run.id, attempts=tries)
            result = PageResult(FAILED, error="internal_error")
        if self.store is not None:
            # Before the page is settled: a worker that dies here comes back and repeats it.
            self.store.add(run, holder, page, result)
            self.store.flush(run.id, holder)
        visited.settle(page, result)

    def _wait_for_turn(self, run: Run, url: str, holder: str) -> bool:
        """Wait for the host's turn; False if the page was postponed instead."""
        rules = self.robots.known(url, private(run))
        delay = delay_for(url, rules.delay if rules else 0.0)
        wait = self.gate.reserve(url, delay, limits.MAX_SLEEP_SECONDS)
        if wait > limits.MAX_SLEEP_SECONDS:
            self.frontier.postpone(run.id, url, wait, holder)
            return False
        if wait > 0:
            time.sleep(wait)
        return True

    def _visit(self, run: Run, page: ClaimedPage) -> PageResult:
        try:
            profile = profile_of(run)
            reached = self._visits.reach(page, private(run), partial(_charge, run), profile)
        except Disallowed:
            return PageResult(SKIPPED, error="robots_disallowed")
        except RedirectLoop as loop:
            return PageResult(FAILED, loop.status, error="redirect_loop")
        except RobotsUnreachable as error:
            raise TryAgain(PageResult(FAILED, error=f"robots_unreachable: {error}")) from error
        except FetchError as error:
            result = PageResult(FAILED, error=error.kind)
            if error.kind in _TRANSIENT:
                raise TryAgain(result) from error
            return result
        return self._result(run, page, reached)

    def _result(self, run: Run, page: ClaimedPage, reached: Reached) -> PageResult:
        answer, document = reached.answer, reached.document
        status, kind = answer.status, answer.content_type[:100] or None
        more = details.of(reached, profile_of(run))
        if status == 429 or status >= 500:
            failure = PageResult(FAILED, status, error=f"http_{status}", **more)
            raise TryAgain(failure, failure.retry_after)
        title = document.title if document else None
        read = PageResult(
            FETCHED, status, content_type=kind, bytes=reached.body_bytes, **{"title": title, **more}
        )
        if reached.unchanged:
            return read
        if status >= 400 or (300 <= status < 400 and not (answer.location or answer.body)):
            return replace(read, state=FAILED, error=f"http_{status}")
        empty = not answer.body and not answer.truncated and (kind is None or kind in HTML)
        if not (document or reached.target or answer.location or empty):
            return replace(read, state=SKIPPED, error=f"not_read: {kind}")
        return self._expanded(run, page, reached, read)

    def _expanded(
        self, run: Run, page: ClaimedPage, reached: Reached, read: PageResult
    ) -> PageResult:
        """Result of a page with its links, or of a redirect.

        A redirect is a page whose one link is its target (besides those of a page that
        refreshes itself). So the target passes the same checks as any other page (scope,
        robots, politeness, address policy) and is fetched once, however many redirects lead
        to it.
        """
        scope = Scope(run.url, run.scope, None if run.max_depth is None else int(run.max_depth))
        error = "truncated" if reached.answer.broken else None
        found: list[Link] = []
        if reached.target is not None and page.hops >= limits.MAX_HOPS:
            return replace(read, state=FAILED, error="too_many_redirects")
        if reached.target is not None and scope.follows(reached.target, page.depth):
            found.append(Link(reached.target, page.depth, page.hops + 1))
        elif reached.target or reached.answer.location:
            error = "redirect_out_of_scope"
        depth = page.depth + 1
        for url in reached.document.links if reached.document else ():
            if scope.follows(url, depth):
                found.append(Link(url, depth))
        expansion = self.frontier.expand(run, page, found)
        return replace(
            read, error=error, new_links=expansion.count,
            checksum=expansion.checksum, dropped=expansion.dropped + read.dropped,
        )  # fmt: skip


def private(run: Run) -> bool:
    """True if both the run and the stack allow private networks."""
    return bool(run.allow_private) and settings().private_fetch


def _charge(run: Run, size: int) -> None:
    """Count a page's bytes; beyond the owner's quota the run ends.

    Pages in flight still arrive, as of a run that its owner stops.
    """
    try:
        if size:
            quotas.charge(names.DOMAIN, run.owner_id, "crawls", size, used=True)
    except Problem:
        accounting.stop(run.id, "byte_quota")


def _return_after(record: Record, seconds: int) -> None:
    """Let a failed message return before its visibility timeout."""
    sdk.client("sqs").change_message_visibility(
        QueueUrl=settings().queue_url(names.DOMAIN, names.FETCH_QUEUE),
        ReceiptHandle=record["receiptHandle"],
        VisibilityTimeout=seconds,
    )
