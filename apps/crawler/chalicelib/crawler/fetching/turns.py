"""Turns of hosts: the pages of one host, one after the other, at its pace.

A worker has ten turns at a time, each on a thread of its own. So while one host's next moment
has not come, the others' pages are read, and waiting is not billed.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import RUNNING, Run
from chalicelib.crawler.fetching.paces import Paces
from chalicelib.crawler.fetching.pages import PageReader, Read, TryAgain, known_delay
from chalicelib.crawler.fetching.politeness import HostGate, delay_for
from chalicelib.crawler.fetching.robots import Robots
from chalicelib.crawler.fetching.slowdown import Pace
from chalicelib.crawler.fetching.visits import Postponed
from chalicelib.crawler.frontier.hosts import leases, pace, slots
from chalicelib.crawler.frontier.hosts.chunks import LeaseLost
from chalicelib.crawler.frontier.hosts.entries import Entry
from chalicelib.crawler.frontier.hosts.failures import may_pass
from chalicelib.crawler.frontier.hosts.frontier import HostFrontier
from chalicelib.crawler.frontier.hosts.turn import HostTurn
from chalicelib.crawler.frontier.visited import FAILED, PageResult
from chalicelib.crawler.runs import accounting, bounds, runs
from chalicelib.crawler.store.port import Store

from shared.base.clock import now_ms
from shared.base.observability import logger

Record = Mapping[str, Any]
# A host that failed so many times in a row gets no second attempts for a while.
_DOWN = 12
# Seconds until a host that another run has is asked for again.
_BUSY_SECONDS = 2


class Turns:
    """Works on turns of hosts.

    Args:
        store: keeps what pages contained.
        sleep: waits some seconds.
    """

    def __init__(
        self,
        frontier: HostFrontier,
        reader: PageReader,
        robots: Robots,
        gate: HostGate,
        paces: Paces,
        store: Store | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.frontier, self.store, self._sleep = frontier, store, sleep
        self._reader, self._robots, self._gate = reader, robots, gate
        self._paces = paces

    def handle(self, run: Run, message: Mapping[str, Any], record: Record) -> None:
        """Work on one turn.

        Raises:
            Exception: nothing of the turn counts; its message must return.
        """
        receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        turn = self.frontier.take(
            run, message["host"], message["turn"], record["messageId"], receives > 1
        )
        if turn is None:
            self._end_if_over(run)
            return
        holder = f"{run.id}#{record['messageId']}"
        slot = None
        site = f"http://{turn.host}/"
        shared = delay_for(site, 0.0) > 0
        try:
            if run.concurrency is not None:
                slot = slots.take(run.id, int(run.concurrency), turn.host, holder)
                if slot is None:
                    self.frontier.postpone(turn, _BUSY_SECONDS)
                    return
            if shared:
                moment = pace.take(turn.host, holder)
                if moment is None:
                    self.frontier.postpone(turn, _BUSY_SECONDS)
                    return
                turn.next_at = max(turn.next_at, moment.next_at)
                learned = Pace(moment.delay_ms / 1000, moment.usual_ms / 1000)
                self._paces.set(site, learned)
            self._turn(run, turn)
        except LeaseLost:
            # Another worker goes on from the last commit.
            logger().info("turn lost", run_id=run.id, host=turn.host)
        except Exception as failure:
            leases.release(turn.item, failed=not may_pass(failure))
            raise
        finally:
            if self.store is not None:
                # Whatever was not written is void.
                self.store.discard(run.id, turn.part)
            if shared:
                pace.give_back(turn.host, holder, self._moment(turn, site))
            if slot is not None:
                slots.give_back(run.id, slot, holder)

    def _moment(self, turn: HostTurn, site: str) -> pace.Moment:
        learned = self._paces.of(site)
        return pace.Moment(turn.next_at, round(learned.delay * 1000), round(learned.usual * 1000))

    def _turn(self, run: Run, turn: HostTurn) -> None:
        counts = accounting.read_counts({run.id}, consistent=False).get(run.id, {})
        reason = bounds.exceeded(run, counts)
        if reason is not None:
            if accounting.stop_at_limit(run, reason):
                # The run may be extended, and go on with this turn.
                leases.release(turn.item)
            else:
                # It was extended a moment ago, or has ended.
                self.frontier.postpone(turn, 0)
            return
        turn.traps.may_name = len(counts.get("traps", ())) < limits.MAX_TRAPS
        if turn.waits and not turn.tickets:
            turn.reserve()
        if self.store is not None and turn.attempts > 1:
            self.store.repeat(run, turn.part)
        self._work(run, turn, counts)
        if self.store is not None:
            self.store.flush(run.id, turn.part)
        item = self.frontier.commit(turn)
        if not turn.waits or not item.get("tickets"):
            self._end_if_over(run)

    def _work(self, run: Run, turn: HostTurn, counts: accounting.Counts) -> None:
        """Fetch pages until the turn's tickets, time or links are used up."""
        began = now_ms()
        most = 1 if turn.careful else turn.tickets
        while turn.settled < most and not self._is_full(run, turn):
            seconds = limits.TURN_SECONDS
            if turn.sends:
                # Other hosts wait for these links; those of the seeds at once.
                seconds = limits.SENDING_SECONDS if turn.number else 0
            if now_ms() >= began + seconds * 1000:
                return
            wait = (turn.next_at - now_ms()) / 1000
            if wait > limits.MAX_SLEEP_SECONDS or not self._goes_on(run, turn, counts):
                return
            if wait > 0:
                self._sleep(wait)
            entry = turn.next()
            if entry is None:
                return
            self._page(run, turn, entry)

    def _is_full(self, run: Run, turn: HostTurn) -> bool:
        """True if the turn holds as much as the memory of a worker allows."""
        if turn.is_full or turn.is_heavy:
            return True
        stored = self.store.size(run.id, turn.part) if self.store is not None else 0
        return stored >= limits.TURN_STORED

    def _goes_on(self, run: Run, turn: HostTurn, counts: accounting.Counts) -> bool:
        current = runs.current(run.id)
        if current is None or current.status != RUNNING:
            return False
        return bounds.exceeded(run, counts, turn.bytes) is None

    def _page(self, run: Run, turn: HostTurn, entry: Entry) -> None:
        page = entry.page(run.id)
        began = now_ms()
        if turn.careful and turn.attempts >= limits.MAX_ATTEMPTS:
            # Workers died of this page, one after the other.
            self._settle(run, turn, entry, PageResult(FAILED, error="gave_up"))
            return
        asked = known_delay(self._robots, run, entry.url)
        self._gate.reserve(entry.url, delay_for(entry.url, asked), 0.0)
        try:
            read = self._reader.read(run, page)
            turn.down = 0
        except Postponed as rest:
            turn.next_at = max(turn.next_at, now_ms() + round(rest.seconds * 1000))
            turn.put_back(entry)
            return
        except TryAgain as failure:
            turn.down += 1
            self._keep_distance(run, turn, entry, began, failure.result, failed=True)
            if page.attempts < limits.MAX_FAILURES and turn.down <= _DOWN:
                self._again(turn, entry, failure)
                return
            read = Read(failure.result)
        except Exception:
            logger().exception("page failed", run_id=run.id, attempts=page.attempts)
            read = Read(PageResult(FAILED, error="internal_error"))
            self._keep_distance(run, turn, entry, began, read.result)
            if page.attempts < limits.MAX_FAILURES:
                turn.retry(entry, now_ms() + limits.RETRY_SECONDS[0] * 1000)
                return
        else:
            self._keep_distance(run, turn, entry, began, read.result)
        self._settle(run, turn, entry, read.result)
        turn.lead_on(turn.find(page.digest, read.links, read.cuts))

    def _settle(self, run: Run, turn: HostTurn, entry: Entry, result: PageResult) -> None:
        turn.settle(entry, result)
        if self.store is not None:
            self.store.add(run, turn.part, entry.page(run.id), result)

    def _again(self, turn: HostTurn, entry: Entry, failure: TryAgain) -> None:
        """Let a page wait for another attempt, and its host if it asks for that."""
        after = limits.RETRY_SECONDS[entry.tries] if failure.after is None else failure.after
        due = now_ms() + after * 1000
        turn.retry(entry, due)
        if failure.result.status_code in (429, 503) and failure.after is not None:
            turn.next_at = max(turn.next_at, due)

    def _keep_distance(
        self,
        run: Run,
        turn: HostTurn,
        entry: Entry,
        began: int,
        result: PageResult,
        failed: bool = False,
    ) -> None:
        """Set the host's next moment, counted from the beginning of a request.

        Args:
            failed: the visit may go better later, so the host may be overloaded.
        """
        self._paces.learn(entry.url, result, failed=failed)
        if result.latency_ms is not None:
            # A visit may begin with a request for robots.txt, and wait for that.
            began = max(began, now_ms() - result.latency_ms)
        delay = self._paces.delay(entry.url, known_delay(self._robots, run, entry.url))
        turn.next_at = max(turn.next_at, began + round(delay * 1000))

    def _end_if_over(self, run: Run) -> None:
        counts = accounting.read_counts({run.id}).get(run.id, {})
        accounting.finish_if_over(run.id, counts, int(run.max_pages))
