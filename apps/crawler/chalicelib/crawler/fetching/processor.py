"""Works on one page: claim, robots, politeness, fetch, links, settle."""

import json
import time
from collections.abc import Mapping
from typing import Any

from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import RUNNING, Run
from chalicelib.crawler.extract import links
from chalicelib.crawler.fetching.politeness import HostGate, delay_for
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable
from chalicelib.crawler.fetching.scope import Scope
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.frontier import Expansion, Frontier, Link
from chalicelib.crawler.frontier.visited import FAILED, FETCHED, SKIPPED, Outcome, Page
from chalicelib.crawler.runs import runs

from shared.aws import sdk
from shared.aws.events import RetryLater
from shared.base.config import settings
from shared.base.observability import logger
from shared.net.fetch import Fetched, FetchError, fetch
from shared.text import canonical_urls

_HTML = ("text/html", "application/xhtml+xml")
_HEADERS = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", "accept-language": "*"}
# Failures of the moment; the others would be the same in a minute.
_PASSING = frozenset({"timeout", "connect", "dns", "http"})
Record = Mapping[str, Any]


class TryAgain(RetryLater):
    """The page could not be read for a reason that may pass.

    Attributes:
        outcome: what the page ends with when this was the last try.
        after: seconds the server asks us to wait, if it does.
    """

    def __init__(self, outcome: Outcome, after: int | None = None) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome
        self.after = after


class Processor:
    """Handles messages of the fetch queue.

    Args:
        frontier: where found pages go.
    """

    def __init__(self, frontier: Frontier) -> None:
        self.frontier = frontier
        self.robots = Robots()
        self.gate = HostGate()

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
        if not self._polite(run, url, holder):
            return
        page = visited.claim(run.id, url, holder, message.get("holder"))
        if page is None:
            return
        receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        tries = max(page.attempts, receives)
        try:
            outcome = self._visit(run, page)
        except TryAgain as failure:
            if tries < limits.MAX_FAILURES:
                _return_after(record, failure.after or limits.RETRY_SECONDS[tries - 1])
                raise
            outcome = failure.outcome
        except Exception:
            if tries < limits.MAX_ATTEMPTS:
                raise
            # This page breaks us each time; it must not keep its run open for ever.
            logger().exception("page given up", run_id=run.id, attempts=tries)
            outcome = Outcome(FAILED, error="internal_error")
        visited.settle(page, outcome)

    def _polite(self, run: Run, url: str, holder: str) -> bool:
        """Wait for the host's turn; False when the page was put off instead."""
        rules = self.robots.known(url, private(run))
        delay = delay_for(url, rules.delay if rules else 0.0)
        wait = self.gate.reserve(url, delay, limits.MAX_SLEEP_SECONDS)
        if wait > limits.MAX_SLEEP_SECONDS:
            self.frontier.postpone(run.id, url, wait, holder)
            return False
        if wait > 0:
            time.sleep(wait)
        return True

    def _visit(self, run: Run, page: Page) -> Outcome:
        try:
            if not self.robots.rules(page.url, private(run)).allow(page.url):
                return Outcome(SKIPPED, error="robots_disallowed")
            answer = fetch(
                page.url,
                headers={**_HEADERS, "user-agent": limits.user_agent()},
                max_bytes=limits.PAGE_BYTES,
                truncate=True,
                timeout_s=limits.PAGE_SECONDS,
                max_redirects=0,
                allow_private=private(run),
                ports=limits.CRAWL_PORTS,
                accept=_HTML,
            )
        except RobotsUnreachable as error:
            raise TryAgain(Outcome(FAILED, error=f"robots_unreachable: {error}")) from error
        except FetchError as error:
            outcome = Outcome(FAILED, error=error.kind)
            if error.kind in _PASSING:
                raise TryAgain(outcome) from error
            return outcome
        return self._outcome(run, page, answer)

    def _outcome(self, run: Run, page: Page, answer: Fetched) -> Outcome:
        status, kind = answer.status, answer.content_type[:100] or None
        if status == 429 or status >= 500:
            failure = Outcome(FAILED, status, error=f"http_{status}")
            raise TryAgain(failure, _retry_after(answer.headers))
        if status >= 400:
            return Outcome(FAILED, status, content_type=kind, error=f"http_{status}")
        max_depth = None if run.max_depth is None else int(run.max_depth)
        scope = Scope(run.url, run.scope, max_depth)
        if answer.location is not None:
            return self._redirected(run, page, scope, answer)
        title, expansion = None, Expansion()
        if status < 300 and kind is not None and kind.startswith(_HTML):
            document = links.parse(
                answer.body,
                answer.headers.get("content-type", ""),
                page.url,
                answer.headers.get("x-robots-tag", ""),
            )
            title, depth = document.title, page.depth + 1
            found = (Link(url, depth) for url in document.links if scope.follows(url, depth))
            expansion = self.frontier.expand(run, page, found)
        return Outcome(
            FETCHED, status, title, kind, len(answer.body), None,
            expansion.count, expansion.checksum, expansion.dropped,
        )  # fmt: skip

    def _redirected(self, run: Run, page: Page, scope: Scope, answer: Fetched) -> Outcome:
        """A redirect is a page whose one link is its target.

        So the target meets the same gates as any other page (scope, robots,
        politeness, address policy) and is fetched once, however many lead to it.
        """
        target = canonical_urls.canonical(answer.location or "")
        if target is None or not scope.follows(target, page.depth):
            return Outcome(FETCHED, answer.status, error="redirect_out_of_scope")
        if page.hops >= limits.MAX_HOPS:
            return Outcome(FAILED, answer.status, error="too_many_redirects")
        link = Link(target, page.depth, page.hops + 1)
        expansion = self.frontier.expand(run, page, [link])
        return Outcome(
            FETCHED, answer.status, new_links=expansion.count,
            checksum=expansion.checksum, dropped=expansion.dropped,
        )  # fmt: skip


def private(run: Run) -> bool:
    """Whether the run may reach private networks: both it and the stack must say so."""
    return bool(run.allow_private) and settings().private_fetch


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds in a Retry-After header, bounded; dates are not understood on purpose."""
    value = headers.get("retry-after", "")
    return min(int(value), limits.RETRY_AFTER_MAX) if value.isdigit() and len(value) < 9 else None


def _return_after(record: Record, seconds: int) -> None:
    """Let a failed message return sooner than its visibility timeout would."""
    queue = record["eventSourceARN"].rpartition(":")[2].rpartition("-crawler-")[2]
    sdk.client("sqs").change_message_visibility(
        QueueUrl=settings().queue_url("crawler", queue),
        ReceiptHandle=record["receiptHandle"],
        VisibilityTimeout=seconds,
    )
