"""Crawls of a local site on the real tables, streams and queues."""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scripts.domain import load_app
from scripts.permissions import running
from shared import aws
from shared.clock import now_ms
from shared.config import settings
from tests.platform import Person, Platform

load_app("crawler")
from chalicelib.crawler import accounting, runs, sweeper  # noqa: E402
from chalicelib.crawler.frontier import PlainFrontier  # noqa: E402

pytestmark = pytest.mark.integration

PAGES = 40
ROBOTS = "User-agent: *\nDisallow: /private\n"


class Site:
    """A small web site that counts what is asked of it."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.user_agents: set[str] = set()
        self.delay = 0.0
        self.hold: threading.Event | None = None
        self.lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                with site.lock:
                    site.hits[self.path] += 1
                    site.user_agents.add(self.headers["user-agent"])
                if site.hold is not None and self.path != "/robots.txt":
                    site.hold.wait(20)
                time.sleep(site.delay)
                status, headers, body = site.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        if self.hold is not None:
            self.hold.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        plain = path.partition("?")[0]
        if plain == "/robots.txt":
            return 200, {"content-type": "text/plain"}, ROBOTS.encode()
        if plain == "/missing":
            return 404, {"content-type": "text/html"}, b"<title>gone</title>"
        if plain == "/flaky" and self.hits[path] == 1:
            return 503, {"retry-after": "0"}, b""
        if plain == "/down":
            return 500, {}, b""
        if plain.startswith("/moved/"):
            return 302, {"location": plain.removeprefix("/moved")}, b""
        if plain == "/circle/a":
            return 301, {"location": "/circle/b"}, b""
        if plain == "/circle/b":
            return 301, {"location": "/circle/a"}, b""
        if plain == "/away":
            return 302, {"location": "http://127.0.0.1:9/"}, b""
        if plain == "/file.pdf":
            return 200, {"content-type": "application/pdf"}, b"%PDF" * 1000
        return 200, {"content-type": "text/html; charset=utf-8"}, self.page(plain).encode()

    def page(self, path: str) -> str:
        links = []
        if path == "/":
            links = [spelling for n in range(PAGES) for spelling in self.spellings(n)]
            links += ["/missing", "/flaky", "/down", "/moved/p/3", "/circle/a", "/away"]
            links += ["/file.pdf", "/private/page", "/trap/", "/nofollow", "/broken"]
            links += ["/list?b=2&a=1", "/list?a=1&b=2&utm_campaign=x", "/list?PHPSESSID=9&a=1&b=2"]
            links += [
                "http://example.invalid/",
                "mailto:a@example.com",
                "javascript:void(0)",
                "#top",
            ]
            links += ["/facets?" + "&".join(f"f{n}=1" for n in range(30))]
        elif path.startswith("/p/"):
            number = int(path.removeprefix("/p/"))
            links = [f"/p/{(number + 1) % PAGES}", f"/p/{number * 7 % PAGES}", "/", "#x"]
        elif path.startswith("/trap/"):
            links = ["deeper/"]
        elif path == "/nofollow":
            return "<title>n</title><a rel='external nofollow' href='/hidden'>h</a>"
        elif path == "/broken":
            return "<title>b</title><div><p><a href='/after-mess'>x<table><td></b></a><a href=/late"
        anchors = "".join(f'<a href="{link}">x</a>' for link in links)
        return f"<html><head><title>Page {path}</title></head><body>{anchors}</body></html>"

    def spellings(self, number: int) -> list[str]:
        path = f"/p/{number}"
        return [
            path,
            f"{path}#part",
            f"{path}?utm_source=a&utm_medium=b",
            f"/x/../p/./{number}",
            f"{self.url.upper().replace('HTTP', 'http')}{path}",
            f"{path};jsessionid=ABC{number}",
            "/%70/" + str(number),
        ]

    def fetched_paths(self) -> Counter[str]:
        return Counter({p: n for p, n in self.hits.items() if p != "/robots.txt"})


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.close()


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


def start(person: Person, site: Site, **members: Any) -> str:
    order = {"url": site.url, "allow_private": True, **members}
    answer = person.call("POST", "/1/crawls", order)
    assert answer.status == 202, answer.body
    assert answer.json()["data"]["status"] == "running"
    run_id: str = answer.json()["data"]["id"]
    return run_id


def crawl(person: Person, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = person.ok("GET", f"/1/crawls/{run_id}")["data"]
    return found


def finished(
    platform: Platform, person: Person, run_id: str, timeout: float = 60
) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    while (found := crawl(person, run_id))["status"] == "running":
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    platform.settle()
    return crawl(person, run_id)


def pages(person: Person, run_id: str, size: int = 1000) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    token = ""
    while True:
        answer = person.ok("GET", f"/1/crawls/{run_id}/pages?max_results={size}{token}")
        rows += answer.get("data", [])
        assert answer["meta"]["result_count"] == len(answer.get("data", []))
        if "next_token" not in answer["meta"]:
            return rows
        token = f"&pagination_token={answer['meta']['next_token']}"


def check_sums(found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    stats = found["stats"]
    assert stats["queued"] == 0
    assert stats["discovered"] == stats["fetched"] + stats["failed"] + stats["skipped"]
    assert stats["discovered"] == len(rows) == len({row["url"] for row in rows})


def test_a_site_is_crawled_each_page_once(platform: Platform, person: Person, site: Site) -> None:
    run_id = start(person, site)
    found = finished(platform, person, run_id)
    assert (found["status"], found["reason"]) == ("finished", "completed")
    rows = pages(person, run_id)
    check_sums(found, rows)
    by_path = {row["url"].removeprefix(site.url): row for row in rows}
    expected = {"/", "/list?a=1&b=2", "/trap/", "/nofollow", "/broken", "/after-mess", "/file.pdf"}
    expected |= {f"/p/{n}" for n in range(PAGES)} | {"/flaky", "/down", "/missing", "/away"}
    expected |= {"/moved/p/3", "/circle/a", "/circle/b", "/private/page"}
    expected |= {f"/trap/{'deeper/' * n}" for n in range(1, 4)}
    assert set(by_path) - {"/late"} == expected
    hits = site.fetched_paths()
    assert hits.pop("/flaky") == 2
    assert hits.pop("/down") == 3
    assert set(hits) == set(by_path) - {"/flaky", "/down", "/private/page"}
    assert set(hits.values()) == {1}
    assert site.hits["/robots.txt"] == 1
    assert site.user_agents == {f"RookeryBot/0.1 (+{settings().public_url}/docs)"}
    assert by_path["/"]["title"] == "Page /"
    assert by_path["/"]["depth"] == 0
    assert by_path["/p/1"]["depth"] == 1
    assert by_path["/missing"]["status_code"] == 404
    assert by_path["/missing"]["error"] == "http_404"
    assert by_path["/down"]["error"] == "http_500"
    assert by_path["/private/page"]["error"] == "robots_disallowed"
    assert "status_code" not in by_path["/private/page"]
    assert by_path["/moved/p/3"]["status_code"] == 302
    assert by_path["/away"]["error"] == "redirect_out_of_scope"
    assert by_path["/file.pdf"]["content_type"] == "application/pdf"
    assert found["stats"]["failed"] == 2
    assert found["stats"]["skipped"] == 1


def test_pages_are_listed_with_paging(platform: Platform, person: Person, site: Site) -> None:
    run_id = start(person, site, max_pages=30)
    finished(platform, person, run_id)
    whole = [row["url"] for row in pages(person, run_id)]
    assert [row["url"] for row in pages(person, run_id, 7)] == whole
    assert [row["url"] for row in pages(person, run_id, 1)] == whole
    assert person.call("GET", f"/1/crawls/{run_id}/pages?max_results=0").status == 400
    other = start(person, site, max_pages=1)
    answer = person.ok("GET", f"/1/crawls/{run_id}/pages?max_results=5")
    token = answer["meta"]["next_token"]
    wrong = person.call("GET", f"/1/crawls/{other}/pages?pagination_token={token}")
    assert wrong.status == 400
    finished(platform, person, other)


@pytest.mark.parametrize("limit", [1, 2, 10, 33])
def test_the_page_budget_is_kept(
    platform: Platform, person: Person, site: Site, limit: int
) -> None:
    run_id = start(person, site, max_pages=limit)
    found = finished(platform, person, run_id)
    rows = pages(person, run_id)
    check_sums(found, rows)
    assert found["reason"] == "max_pages"
    assert found["stats"]["discovered"] == limit
    assert len(site.fetched_paths()) <= limit


def test_depth_is_bounded(platform: Platform, person: Person, site: Site) -> None:
    run_id = start(person, site, url=f"{site.url}/p/1", max_depth=1)
    found = finished(platform, person, run_id)
    assert {row["depth"] for row in pages(person, run_id)} == {0, 1}
    assert found["stats"]["discovered"] == 4
    assert found["reason"] == "completed"


def test_a_run_belongs_to_its_owner(platform: Platform, person: Person, site: Site) -> None:
    other = platform.register(verify=True)
    run_id = start(person, site, max_pages=2)
    for method, path in (("GET", ""), ("GET", "/pages"), ("POST", "/stop")):
        assert other.call(method, f"/1/crawls/{run_id}{path}").status == 404
    assert other.ok("GET", "/1/crawls") == {"meta": {"result_count": 0}}
    assert person.call("GET", f"/1/crawls/{uuid.uuid4()}").status == 404
    newest = person.ok("GET", "/1/crawls?max_results=1")
    assert newest["data"][0]["id"] == run_id
    token = newest["meta"]["next_token"]
    older = person.ok("GET", f"/1/crawls?max_results=1&pagination_token={token}")
    assert older["data"][0]["id"] != run_id
    finished(platform, person, run_id)


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"url": "ftp://127.0.0.1/"}, 400),
        ({"url": "http://user:pass@127.0.0.1/"}, 400),
        ({"url": "http://169.254.169.254/latest/meta-data"}, 400),
        ({"url": "http://[fd00:ec2::254]/"}, 400),
        ({"url": "not a url"}, 400),
        ({}, 400),
        ({"max_pages": 0}, 400),
        ({"max_pages": 100_001}, 400),
        ({"order": "depth_first"}, 400),
        ({"scope": "world"}, 400),
        ({"surprise": 1}, 400),
        ({"allow_private": False}, 400),
    ],
)
def test_bad_orders_are_refused(
    person: Person, site: Site, order: dict[str, Any], status: int
) -> None:
    body = {"url": site.url, "allow_private": True, **order}
    if not order:
        del body["url"]
    assert person.call("POST", "/1/crawls", body).status == status


def test_the_emulator_itself_is_out_of_reach(platform: Platform, person: Person) -> None:
    body = {"url": f"{platform.stack.endpoint_url}/", "allow_private": True}
    assert person.call("POST", "/1/crawls", body).status == 400


def test_a_repeated_order_starts_one_run(platform: Platform, person: Person, site: Site) -> None:
    body = {"url": site.url, "allow_private": True, "max_pages": 1}
    key = str(uuid.uuid4())
    first, again = (person.ok("POST", "/1/crawls", body, Idempotency_Key=key) for _ in range(2))
    assert first == again
    changed = person.call("POST", "/1/crawls", {**body, "max_pages": 2}, Idempotency_Key=key)
    assert changed.status == 409
    finished(platform, person, first["data"]["id"])
    assert site.hits["/"] == 1


def test_an_unreachable_root_fails_the_run(platform: Platform, person: Person, site: Site) -> None:
    gone = Site()
    gone.close()
    run_id = start(person, site, url=gone.url)
    found = finished(platform, person, run_id)
    assert (found["status"], found["reason"]) == ("failed", "robots_unreachable: connect")
    check_sums(found, pages(person, run_id))


def test_duplicated_messages_change_nothing(platform: Platform, person: Person, site: Site) -> None:
    original = PlainFrontier.queue

    def thrice(self: PlainFrontier, run_id: str, page_urls: Any) -> None:
        for _ in range(3):
            original(self, run_id, list(page_urls))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainFrontier, "queue", thrice)
        run_id = start(person, site)
        found = finished(platform, person, run_id)
    check_sums(found, pages(person, run_id))
    hits = site.fetched_paths()
    assert hits.pop("/down") == 3
    assert hits.pop("/flaky") == 2
    assert set(hits.values()) == {1}
    # Long after the end: nothing moves any more.
    PlainFrontier().queue(run_id, [site.url + "/", f"{site.url}/p/1"])
    platform.settle()
    assert crawl(person, run_id) == found
    assert site.hits["/"] == 1


class Killed(Exception):
    pass


@contextmanager
def faults(service: str, operation: str, every: int) -> Iterator[list[int]]:
    """Every n-th call of an operation dies before it reaches the service, thrice."""
    calls: list[int] = []
    lock = threading.Lock()

    def die(**_: Any) -> None:
        with lock:
            calls.append(1)
            if len(calls) % every == 0 and len(calls) <= 3 * every:
                raise Killed

    events = aws.client(service).meta.events
    name = f"before-call.{service}.{operation}"
    events.register(name, die)
    try:
        yield calls
    finally:
        events.unregister(name, die)


@pytest.mark.parametrize(
    ("service", "operation", "every"),
    [
        ("sqs", "SendMessageBatch", 2),
        ("dynamodb", "PutItem", 7),
        ("dynamodb", "UpdateItem", 5),
        ("dynamodb", "TransactWriteItems", 2),
    ],
)
def test_a_worker_that_dies_in_the_middle_loses_nothing(
    platform: Platform, person: Person, site: Site, service: str, operation: str, every: int
) -> None:
    run_id = start(person, site)
    with faults(service, operation, every) as calls:
        found = finished(platform, person, run_id)
    assert len(calls) > every
    rows = pages(person, run_id)
    check_sums(found, rows)
    found_paths = {row["url"].removeprefix(site.url) for row in rows}
    assert {f"/p/{n}" for n in range(PAGES)} | {"/", "/after-mess", "/circle/b"} <= found_paths


def test_runs_do_not_see_each_other(platform: Platform, person: Person, site: Site) -> None:
    first, second = start(person, site), start(person, site, max_depth=1)
    one, two = (finished(platform, person, run_id) for run_id in (first, second))
    check_sums(one, pages(person, first))
    check_sums(two, pages(person, second))
    assert one["stats"]["discovered"] > two["stats"]["discovered"] > PAGES
    assert site.hits["/p/5"] == 2


def test_a_run_can_be_stopped(platform: Platform, person: Person, site: Site) -> None:
    site.hold = threading.Event()
    run_id = start(person, site)
    deadline = time.monotonic() + 20
    while not site.hits["/"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    answer = person.ok("POST", f"/1/crawls/{run_id}/stop")
    assert answer["data"] == {"id": run_id, "status": "stopped"}
    assert person.ok("POST", f"/1/crawls/{run_id}/stop") == answer
    site.hold.set()
    runs.forget_cached()
    platform.settle()
    found = crawl(person, run_id)
    assert (found["status"], found["reason"]) == ("stopped", "stopped_by_user")
    # Pages that were being fetched arrive; of what they found nothing is fetched any more.
    assert set(site.fetched_paths()) == {"/"}


def test_lost_messages_are_found_by_the_sweeper(
    platform: Platform, person: Person, site: Site
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lost: list[str] = []
        original = PlainFrontier.queue

        def lose(self: PlainFrontier, run_id: str, page_urls: Any) -> None:
            kept = [u for u in page_urls if not u.endswith(("/p/5", "/p/6"))]
            lost.append(run_id)
            original(self, run_id, kept)

        patch.setattr(PlainFrontier, "queue", lose)
        run_id = start(person, site)
        deadline = time.monotonic() + 60
        while crawl(person, run_id)["stats"]["queued"] != 2 or not lost:
            assert time.monotonic() < deadline, crawl(person, run_id)
            time.sleep(0.1)
        platform.settle()
    assert crawl(person, run_id)["status"] == "running"
    pump = next(pump for pump in platform.pumps if pump.domain == "crawler")
    pump.fire("sweep_runs")
    assert crawl(person, run_id)["status"] == "running"
    run = runs.find(run_id)
    assert run is not None
    with running("crawler", "sweep_runs"):
        sweeper.revive(run, PlainFrontier(), now_ms() + sweeper.STALE_MS + 1000)
    found = finished(platform, person, run_id)
    check_sums(found, pages(person, run_id))
    assert (found["status"], site.hits["/p/5"]) == ("finished", 1)


def test_wrong_totals_are_healed(platform: Platform, person: Person, site: Site) -> None:
    site.hold = threading.Event()
    run_id = start(person, site, max_pages=20)
    client = aws.client("dynamodb")
    client.update_item(
        TableName=accounting.COUNTERS_TABLE,
        Key={"key": {"S": run_id}},
        UpdateExpression="ADD fetched :n, balance :n",
        ExpressionAttributeValues={":n": {"N": "3"}},
    )
    site.hold.set()
    site.hold = None
    platform.settle()
    assert crawl(person, run_id)["status"] == "running"
    run = runs.find(run_id)
    assert run is not None
    with running("crawler", "sweep_runs"):
        sweeper.revive(run, PlainFrontier(), now_ms())
    found = finished(platform, person, run_id)
    check_sums(found, pages(person, run_id))
    assert found["status"] == "finished"


def test_the_sweeper_notices_a_run_that_stands_still(
    platform: Platform, person: Person, site: Site
) -> None:
    site.hold = threading.Event()
    run_id = start(person, site, max_pages=2)
    stats = {"fetched": 0, "failed": 0, "skipped": 0}
    now = now_ms()
    still = sweeper._stands_still
    assert [still(run_id, stats, now), still(run_id, stats, now + 60_000)] == [False, False]
    later = now + sweeper.STILL_MS
    assert still(run_id, stats, later)
    assert not still(run_id, stats, later + 60_000)
    assert still(run_id, stats, later + sweeper.REREAD_MS)
    assert not still(run_id, {**stats, "fetched": 1}, later + 2 * sweeper.REREAD_MS)
    site.hold.set()
    finished(platform, person, run_id)


def test_the_end_is_announced_once_per_version(
    platform: Platform, person: Person, site: Site
) -> None:
    queue = aws.client("sqs").create_queue(QueueName=f"listener-{uuid.uuid4().hex}")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    aws.client("sns").subscribe(
        TopicArn=settings().topic_arn("crawler"),
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
    )
    run_id = start(person, site, max_pages=3)
    found = finished(platform, person, run_id)
    bodies = received(queue)
    (event,) = [body for body in bodies if body["subject"] == run_id]
    assert event["type"] == "crawl.finished"
    assert event["data"] == {
        "run_id": run_id,
        "owner_id": person.id,
        "url": f"{site.url}/",
        "status": "finished",
        "reason": "max_pages",
        "fetched": found["stats"]["fetched"],
        "discovered": 3,
        "failed": found["stats"]["failed"],
    }


def received(queue: str) -> list[dict[str, Any]]:
    answer = aws.client("sqs").receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
    )
    return [json.loads(json.loads(m["Body"])["Message"]) for m in answer.get("Messages", [])]


def test_the_card_of_a_link_reaches_its_tweet(
    platform: Platform, person: Person, site: Site
) -> None:
    tweets = [person.tweet(f"look {site.url}/p/1?utm_source={n}") for n in range(3)]
    platform.settle()
    for tweet_id in tweets:
        path = f"/2/tweets/{tweet_id}?tweet.fields=entities"
        (entity,) = person.ok("GET", path)["data"]["entities"]["urls"]
        assert entity["title"] == "Page /p/1"
        assert entity["unwound_url"] == f"{site.url}/p/1"
        assert entity["status"] == 200
    # Workers that meet the page at the same moment may read it twice; its age would not.
    assert set(site.fetched_paths()) == {"/p/1"}
    before = site.hits["/p/1"]
    person.tweet(f"again {site.url}/p/1")
    platform.settle()
    assert site.hits["/p/1"] == before
