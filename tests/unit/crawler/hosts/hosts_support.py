"""Crawls by hosts on tables in memory, a made-up web and a tests' clock."""

import heapq
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from ada_url import URL
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import HOSTS, RUNNING, VISITED
from chalicelib.crawler.fetching.processor import Processor
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.runs import accounting, pages, reading, runs, sweeper
from chalicelib.crawler.store.port import Store

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.process import Clock, process
from shared.net.answers import Exchange, Fetched, FetchError

# Links of a page by its address; other answers as they are.
Pages = Callable[[str], Iterable[str] | Fetched | FetchError]


HEADS = Exchange((("host", "e.example"),), "HTTP/1.1 200 OK", (("content-type", "text/html"),))


class TestClock(Clock):
    """A clock that stands still unless it is moved."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_900_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def html(links: Iterable[str]) -> bytes:
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    return f"<title>t</title>{anchors}".encode()


class Crawl:
    """One run, its web, its queue and its worker.

    Attributes:
        log: requested addresses in order, without robots.txt.
        kill: called before each page is requested; may raise.
    """

    def __init__(
        self,
        web: Pages,
        clock: TestClock,
        sent: list[dict[str, Any]],
        store: Callable[[], Store | None] = lambda: None,
    ) -> None:
        self.pages, self.clock, self.sent, self.make_store = web, clock, sent, store
        self.log: list[str] = []
        self.moments: list[tuple[float, str]] = []
        self.kill: Callable[[str], None] = lambda _: None
        self.seconds = 0.0
        self.robots = b""
        self.robots_moments: list[float] = []
        self.robots_error: FetchError | None = None
        self._numbers = itertools.count()
        self._counted: set[str] = set()
        self._queue: list[tuple[float, int, dict[str, Any], int]] = []
        self.run_id = ""
        self.worker()

    def worker(self) -> None:
        """Begin a new process: it remembers nothing."""
        process.reset()
        self.frontiers = Frontiers()
        self.processor = Processor(self.frontiers, self.fetch, self.make_store(), self.clock.sleep)

    def fetch(self, url: str, **_: Any) -> Fetched:
        if URL(url).pathname == "/robots.txt":
            if self.robots_error is not None:
                raise self.robots_error
            self.robots_moments.append(self.clock.now)
            return Fetched(url, 200, {"content-type": "text/plain"}, self.robots)
        self.kill(url)
        self.log.append(url)
        self.moments.append((self.clock.now, URL(url).host))
        self.clock.sleep(self.seconds)
        found = self.pages(url)
        if isinstance(found, FetchError):
            raise found
        if isinstance(found, Fetched):
            return found
        return Fetched(url, 200, dict(HEADS.received), html(found), exchange=HEADS)

    def start(self, url: str, *seeds: str, **options: Any) -> None:
        made = {"scope": "host", "order": "depth-first", "max_pages": 100_000, "url": url}
        made |= {"frontier": HOSTS, **options}
        self.run_id = runs.begin("1", made, None, seeds)["id"]
        self.frontiers.begin(made | {"id": self.run_id})

    @property
    def run(self) -> dict[str, Any]:
        return reading.show(self.run_id, "1", True)

    def take_in(self) -> None:
        """Put what was sent on the queue."""
        while self.sent:
            message = self.sent.pop(0)
            due = self.clock.now + message.pop("delay")
            del message["queue"]
            heapq.heappush(self._queue, (due, next(self._numbers), message, 1))

    def step(self, *, deaths: tuple[type[BaseException], ...] = ()) -> bool:
        """Handle the next message; false if there is none.

        A message whose worker dies comes back after its visibility timeout.
        """
        self.take_in()
        if not self._queue:
            return False
        due, number, message, receives = heapq.heappop(self._queue)
        self.clock.now = max(self.clock.now, due)
        attributes = {"ApproximateReceiveCount": str(receives)}
        record = {"body": json.dumps(message), "messageId": f"m{number}", "attributes": attributes}
        record["receiptHandle"] = f"r{number}"
        try:
            self.processor.handle(record)
        except deaths:
            back = (self.clock.now + 240, number, message, receives + 1)
            heapq.heappush(self._queue, back)
            self.worker()
        return True

    def count(self) -> None:
        """Count settled pages of plain runs, as their table's stream does."""
        records = []
        for item in sdk.client("dynamodb").scan(TableName=VISITED.name)["Items"]:
            identity = item["shard"]["S"] + item["url_digest"]["S"]
            if item["state"]["S"] != visited.QUEUED and identity not in self._counted:
                images = {
                    "Keys": {name: item[name] for name in ("shard", "url_digest")},
                    "OldImage": {**item, "state": {"S": visited.QUEUED}},
                    "NewImage": item,
                }
                records.append({"eventID": identity, "eventName": "MODIFY", "dynamodb": images})
        if records:
            event: Any = SimpleNamespace(to_dict=partial(dict, Records=records))
            accounting.count_pages(event)
        self._counted |= {record["eventID"] for record in records}

    def finish_plain(self, *, deaths: tuple[type[BaseException], ...] = ()) -> None:
        """Work until a plain run ends; what was lost comes back by the sweeper."""
        for _ in range(3_000):
            try:
                worked = self.step(deaths=deaths)
                self.count()
                run = runs.find(self.run_id)
                if run is None or run.status != RUNNING:
                    break
                if not worked:
                    self.clock.sleep(limits.STALE_MS / 1000 + 1)
                    sweeper.revive(run, self.frontiers.plain, now_ms())
            except deaths:
                # Counting or sweeping: both come again.
                self.worker()

    def parallel(self, others: Sequence["Crawl"] = (), workers: int = 50, batch: int = 1) -> float:
        """Work until nothing is left, many turns at a time; returns seconds.

        Hosts do not depend on each other, so each turn may be played by itself, with the clock
        set back to the moment at which its worker began.

        Args:
            batch: turns that a worker takes at a time, of those that wait then; it is free
                again once all of them have ended.
        """
        crawls = [self, *others]
        begun = self.clock.now
        free = [begun] * workers
        while True:
            for crawl in crawls:
                crawl.take_in()
            waiting = [crawl for crawl in crawls if crawl._queue]
            if not waiting:
                return max(free) - begun
            start = max(heapq.heappop(free), min(crawl._queue[0][0] for crawl in waiting))
            end = start
            due = sum(one[0] <= start for crawl in crawls for one in crawl._queue)
            for _ in range(min(batch, due)):
                waiting = [crawl for crawl in crawls if crawl._queue]
                crawl = min(waiting, key=lambda one: one._queue[0][:1])
                self.clock.now = start
                crawl.step()
                crawl.take_in()
                end = max(end, self.clock.now)
            heapq.heappush(free, end)

    def finish(self, *, deaths: tuple[type[BaseException], ...] = (), steps: int = 20_000) -> Any:
        """Work until the run ends; returns it."""
        for _ in range(steps):
            if not self.step(deaths=deaths):
                break
            if runs.find(self.run_id).status != RUNNING:
                break
        return self.run

    def fetched(self) -> Counter[str]:
        return Counter(URL(url).pathname + URL(url).search for url in self.log)

    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        token = None
        while True:
            run = reading.visible(self.run_id, "1", True)
            page = pages.list_pages(run, 1000, token)
            rows += page.get("data", [])
            token = page["meta"].get("next_token")
            if token is None:
                return rows


def check_sums(crawl: Crawl) -> None:
    """Totals agree with each other and with the records."""
    stats, rows = crawl.run["stats"], crawl.rows()
    assert stats["discovered"] == stats["fetched"] + stats["failed"] + stats["skipped"]
    assert stats["discovered"] == len(rows) == len({row["url"] for row in rows})
