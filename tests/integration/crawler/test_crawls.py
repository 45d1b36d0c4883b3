"""Crawls of a local site on the real tables, streams and queues."""

import json
import threading
import time
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from shared.aws import sdk
from shared.base.config import settings
from shared.base.process import process
from tests.integration.crawler.crawler_support import (
    PAGES,
    Site,
    check_sums,
    crawl,
    finished,
    pages,
    start,
)
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


@pytest.mark.parametrize("frontier", ["plain", "hosts"])
def test_a_site_is_crawled_each_page_once(
    platform: Platform, person: Person, site: Site, frontier: str
) -> None:
    run_id = start(person, site, frontier=frontier)
    found = finished(platform, person, run_id)
    assert (found["status"], found["reason"]) == ("finished", "completed")
    rows = pages(person, run_id)
    check_sums(found, rows)
    by_path = {row["url"].removeprefix(site.url): row for row in rows}
    expected = {"/", "/list?b=2&a=1", "/trap/", "/nofollow", "/broken", "/after-mess", "/file.pdf"}
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
    assert by_path["/file.pdf"]["error"] == "not_read: application/pdf"
    assert found["stats"]["failed"] == 2
    assert found["stats"]["skipped"] == 2
    # Without options it keeps its links, and each page names its part.
    address = quote(f"{site.url}/p/3", safe="")
    page = person.ok("GET", f"/1/crawls/{run_id}/page?url={address}")["data"]
    assert [link["url"].removeprefix(site.url) for link in page["links_out"]] == [
        "/p/4", "/p/21", "/",
    ]  # fmt: skip
    assert page["digest"] and "/" in {
        link["url"].removeprefix(site.url) for link in page["links_in"]
    }
    hosts = person.ok("GET", f"/1/crawls/{run_id}/hosts")
    if frontier == "plain":
        assert hosts == {"meta": {"result_count": 0}}
        return
    (host,) = hosts["data"]
    assert host["host"] == site.url.removeprefix("http://")
    assert (host["waiting"], host["done"], host["busy"]) == (0, len(rows), False)


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


@pytest.mark.parametrize("frontier", ["plain", "hosts"])
@pytest.mark.parametrize("limit", [1, 2, 10, 33])
def test_the_page_budget_is_kept(
    platform: Platform, person: Person, site: Site, limit: int, frontier: str
) -> None:
    run_id = start(person, site, max_pages=limit, frontier=frontier)
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


@pytest.mark.parametrize("frontier", ["plain", "hosts"])
@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/away", "failed", "redirect_out_of_scope"),
        ("/private/page", "failed", "robots_disallowed"),
        ("/missing", "failed", "http_404"),
        ("/inside", "failed", "redirect_out_of_scope"),
        ("/file.pdf", "failed", "not_read: application/pdf"),
    ],
)
def test_a_root_that_is_no_page_ends_the_run_with_its_reason(
    platform: Platform, person: Person, site: Site,
    frontier: str, path: str, status: str, reason: str,
) -> None:  # fmt: skip
    # A redirect to the service of the host's credentials.
    site.redirects["/inside"] = "http://169.254.169.254/latest/meta-data/"
    run_id = start(person, site, url=site.url + path, frontier=frontier)
    found = finished(platform, person, run_id)
    assert (found["status"], found["reason"]) == (status, reason)
    check_sums(found, pages(person, run_id))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None), ("GET", "/pages", None), ("GET", "/page?url=http://a.test/", None),
        ("GET", "/picture", None), ("GET", "/changes?base=x", None), ("GET", "/exports", None),
        ("GET", "/hosts", None), ("GET", "/exports/pages.csv", None),
        ("POST", "/pause", None), ("POST", "/resume", None), ("POST", "/stop", None),
        ("POST", "/extend", {"max_pages": 2}), ("POST", "/exports", {"name": "pages.csv"}),
        ("DELETE", "", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("run_id", [str(uuid.UUID(int=7)), "x", "%00", "a" * 65])
def test_an_unknown_run_is_told(
    person: Person, run_id: str, method: str, path: str, body: Any
) -> None:
    answer = person.call(method, f"/1/crawls/{run_id}{path}", body)
    assert answer.status == 404, answer.body
    assert answer.json()["detail"]


def test_an_unreachable_root_fails_the_run(platform: Platform, person: Person, site: Site) -> None:
    gone = Site()
    gone.close()
    run_id = start(person, site, url=gone.url)
    found = finished(platform, person, run_id)
    assert (found["status"], found["reason"]) == ("failed", "robots_unreachable: connect")
    check_sums(found, pages(person, run_id))


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
    process.reset()
    platform.settle()
    found = crawl(person, run_id)
    assert (found["status"], found["reason"]) == ("stopped", "stopped_by_user")
    # Pages that were being fetched arrive; of what they found nothing is fetched any more.
    assert set(site.fetched_paths()) == {"/"}


def test_the_end_is_announced_once_per_version(
    platform: Platform, person: Person, site: Site
) -> None:
    queue = sdk.client("sqs").create_queue(QueueName=f"listener-{uuid.uuid4().hex}")["QueueUrl"]
    arn = sdk.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sdk.client("sns").subscribe(
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
    answer = sdk.client("sqs").receive_message(
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
        # The page is requested as one of the tweets spells it; its card is all tweets'.
        assert entity["unwound_url"].startswith(f"{site.url}/p/1?utm_source=")
        assert entity["status"] == 200
    # Workers that meet the page at the same moment may read it twice; its age would not.
    before = site.fetched_paths()
    assert set(before) <= {f"/p/1?utm_source={n}" for n in range(3)}
    person.tweet(f"again {site.url}/p/1")
    platform.settle()
    assert site.fetched_paths() == before
