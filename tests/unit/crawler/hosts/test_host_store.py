"""Files of crawls by hosts: each page once, whatever happens to workers."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalicelib.crawler.control import removal
from chalicelib.crawler.core import limits, parts
from chalicelib.crawler.core.models import COUNTERS, FRONTIER, RUNS, VISITED
from chalicelib.crawler.exports import sources
from chalicelib.crawler.extract.links import FoundLink
from chalicelib.crawler.frontier.hosts.frontier import HostFrontier
from chalicelib.crawler.frontier.visited import FETCHED, ClaimedPage, PageResult
from chalicelib.crawler.runs import runs
from chalicelib.crawler.store import objects, rows
from chalicelib.crawler.store.batches import BatchStore
from chalicelib.crawler.store.port import Response

from shared.aws import sdk
from shared.net.answers import Exchange, Fetched
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, TestClock, html
from tests.unit.crawler.hosts.test_host_faults import Death, dying, ring

Make = Callable[[Pages], Crawl]
OPTIONS = json.dumps({"store": ["warc", "graph"]})


@pytest.fixture
def make_stored(
    make_crawl: Make, clock: TestClock, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Make:
    """Makes a crawl that stores its files in a bucket in memory."""
    monkeypatch.setattr(limits, "TURN_PAGES", 8)
    sdk.client("s3").create_bucket(Bucket=objects.bucket())
    return lambda pages: Crawl(pages, clock, sent, BatchStore)


def stored(crawl: Crawl) -> tuple[Counter[str], Counter[tuple[str, str]], Counter[str]]:
    """Pages, links and archived pages of a run's files, with their numbers."""
    run = runs.find(crawl.run_id)
    assert run is not None
    pages = Counter(
        row["url"]
        for content in objects.read_all(run.id, objects.PAGES)
        for row in rows.unpack_pages(content)
    )
    links = Counter((source, target) for source, target, *_ in sources.links(run))
    indexes = (objects.read(key).decode() for key in objects.parts(run.id, objects.CDXJ))
    lines = (line for index in indexes for line in index.splitlines())
    return pages, links, Counter(json.loads(line.split(" ", 2)[2])["url"] for line in lines)


def check_stored(crawl: Crawl) -> None:
    pages, links, archived = stored(crawl)
    assert set(pages) == set(archived) == {row["url"] for row in crawl.rows()}
    assert {*pages.values(), *links.values(), *archived.values()} == {1}
    assert {source for source, _ in links} == set(pages)


CALLS = [
    ("s3", "PutObject"),
    ("dynamodb", "TransactWriteItems"),
]


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_workers_that_die_leave_each_page_in_the_files_once(
    make_stored: Make, service: str, operation: str
) -> None:
    crawl = make_stored(ring)
    crawl.start("http://a.example/0", scope="any", options=OPTIONS)
    chance = random.Random(operation)
    deaths: list[Any] = []

    def die(_: Any) -> None:
        if len(deaths) < 4 and chance.random() < 0.3:
            deaths.append(operation)
            raise Death

    with dying(service, operation, die):
        found = crawl.finish(deaths=(Death,))
    assert deaths
    assert found["reason"] == "completed"
    check_stored(crawl)


def test_a_worker_that_was_given_up_changes_no_files(make_stored: Make, clock: TestClock) -> None:
    crawl = make_stored(ring)
    crawl.start("http://a.example/0", options=OPTIONS)
    message = {"run": crawl.run_id, "host": "a.example", "turn": 0}
    late: list[str] = []

    def hang(_: str) -> None:
        """Let another worker finish the turn while the first one waits."""
        if len(crawl.log) != 1 or late:
            return
        late.append("hung")
        clock.sleep(limits.LEASE_MS / 1000 + 1)
        other = Crawl(ring, clock, crawl.sent, BatchStore)
        other.run_id = crawl.run_id
        other.sent.append({**message, "queue": "", "delay": 0})
        other.take_in()
        assert other.step()
        late.extend(other.log)

    crawl.kill = hang
    assert crawl.step()
    assert len(late) == 1 + 8
    # The first one went on, and wrote its part after the other's commit.
    assert len(list(objects.keys(crawl.run_id, objects.PAGES))) == 2
    crawl.finish()
    check_stored(crawl)


def test_a_turn_that_comes_to_less_takes_the_place_of_what_it_repeats(make_stored: Make) -> None:
    crawl = make_stored(ring)
    crawl.start("http://a.example/0", options=OPTIONS)
    run = runs.find(crawl.run_id)
    assert run is not None
    page = ClaimedPage(run.id, "ab" * 32, "http://a.example/0", 0, "", 0, 1)
    response = Response("HTTP/1.1 200 OK", (), b"body")
    links = (FoundLink("http://a.example/1", "a"),)
    first, again = (parts.part_name("turn-1", fence) for fence in (9, 10))
    dead = BatchStore()
    dead.add(run, first, page, PageResult(FETCHED, links=links, response=response))
    dead.flush(run.id, first)
    assert [len(one) for one in stored(crawl)] == [1, 1, 1]
    alive = BatchStore()
    alive.repeat(run, again)
    alive.flush(run.id, again)
    assert [len(one) for one in stored(crawl)] == [0, 0, 0]


def test_messages_that_come_twice_store_nothing_twice(make_stored: Make) -> None:
    crawl = make_stored(ring)
    crawl.start("http://a.example/0", scope="any", options=OPTIONS)
    chance = random.Random(7)
    for _ in range(200):
        crawl.sent += [dict(one) for one in crawl.sent if chance.random() < 0.6]
        chance.shuffle(crawl.sent)
        if not crawl.step():
            break
    assert crawl.run["reason"] == "completed"
    check_stored(crawl)


def test_a_turn_ends_before_its_contents_fill_the_memory(
    make_stored: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TURN_STORED", 100_000)
    noise = random.Random(1)
    links = [f"/{n}" for n in range(7)]
    pages = {path: html(links) + noise.randbytes(60_000).hex().encode() for path in ("/", *links)}
    header = {"content-type": "text/html"}
    heads = Exchange((), "HTTP/1.1 200 OK", tuple(header.items()))
    crawl = make_stored(
        lambda url: Fetched(url, 200, header, pages[url[len("http://e.example") :]], exchange=heads)
    )
    crawl.start("http://e.example/", options=OPTIONS)
    assert crawl.finish()["stats"]["fetched"] == 8
    sizes = [len(objects.read(key)) for key in objects.keys(crawl.run_id, objects.WARC)]
    assert len(sizes) == 4
    assert max(sizes) < 200_000
    check_stored(crawl)


def test_a_turn_ends_before_its_links_fill_the_memory(
    make_crawl: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TURN_FOUND", 100)
    turns: list[int] = []
    commit = HostFrontier.commit

    def counted(self: HostFrontier, turn: Any) -> Any:
        turns.append(turn.settled)
        return commit(self, turn)

    monkeypatch.setattr(HostFrontier, "commit", counted)
    crawl = make_crawl(
        lambda url: [f"{url.rstrip('/')}-{n}/" for n in range(60)] if url.count("-") < 2 else []
    )
    crawl.start("http://e.example/x/", max_pages=40)
    crawl.finish()
    assert turns[0] == 2


def all_items() -> Iterator[str]:
    """Hash keys of everything that is kept in tables about runs and hosts."""
    for table, name in ((FRONTIER, "part"), (VISITED, "shard"), (COUNTERS, "key"), (RUNS, "id")):
        for page in sdk.client("dynamodb").get_paginator("scan").paginate(TableName=table.name):
            yield from (item[name]["S"] for item in page["Items"])


@pytest.mark.parametrize("steps", [0, 12])
def test_a_deleted_run_leaves_nothing(make_stored: Make, steps: int) -> None:
    crawl = make_stored(ring)
    seeds = [f"http://h{n}.example/0" for n in range(5)]
    crawl.start("http://a.example/0", *seeds, scope="any", options=OPTIONS, concurrency=2)
    for _ in range(steps):
        crawl.step()
    position: Any = None
    job = {"run": crawl.run_id}
    while (position := removal.remove(job, position)) is not None:
        pass
    assert not [key for key in all_items() if crawl.run_id in key]
    assert not list(objects.keys(crawl.run_id, objects.PAGES))
