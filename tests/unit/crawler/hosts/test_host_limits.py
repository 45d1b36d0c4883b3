"""Turns of hosts at the limits of DynamoDB: sizes, refusals, stale reads."""

import random
import string
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from ada_url import URL
from botocore.exceptions import ClientError, ConnectTimeoutError
from chalicelib.crawler.core.models import FRONTIER
from chalicelib.crawler.frontier.hosts.failures import may_pass

from bench.units import item_size
from shared.aws import dynamo
from tests.faults import error, intercepted, stale_queries
from tests.unit.crawler.hosts.hosts_support import Crawl, Pages, check_sums

Make = Callable[[Pages], Crawl]
ALPHABET = string.ascii_letters + string.digits + "-_~."


def test_stale_reads_count_nothing_twice(make_crawl: Make) -> None:
    """A late replica may still hold an inbox that a turn has emptied."""

    def web(url: str) -> Iterable[str]:
        number = int(URL(url).pathname.removeprefix("/") or 0)
        other = "b" if "//a." in url else "a"
        return [f"http://{other}.example/{number + 1}"] if number < 12 else []

    crawl = make_crawl(web)
    crawl.start("http://a.example/0", scope="any")
    with stale_queries(FRONTIER.name):
        found = crawl.finish(steps=300)
    assert (found["status"], found["reason"]) == ("finished", "completed")
    assert found["stats"]["fetched"] == len(crawl.log) == 13
    check_sums(crawl)


@pytest.mark.parametrize("hosts", [1, 12])
def test_links_that_do_not_compress_fit_into_a_commit(make_crawl: Make, hosts: int) -> None:
    chance = random.Random(hosts)
    long = [
        f"http://{number % hosts}.example/" + "".join(chance.choices(ALPHABET, k=1_900))
        for number in range(1_600)
    ]
    sizes: list[tuple[int, int]] = []

    def measure(params: dict[str, Any]) -> None:
        puts = [one["Put"]["Item"] for one in params["TransactItems"] if "Put" in one]
        found = [item_size(item) for item in puts]
        sizes.append((max(found, default=0), sum(found)))

    crawl = make_crawl(lambda url: long if url.endswith("/start") else [])
    crawl.start("http://a.example/start", scope="any", max_pages=20)
    with intercepted("dynamodb", "TransactWriteItems", measure):
        found = crawl.finish(steps=300)
    assert (found["status"], found["reason"]) == ("finished", "max_pages")
    assert found["stats"]["fetched"] == 20
    # DynamoDB takes 400 KB and 4 MB; what a commit deletes may come on top of what it writes.
    assert max(one for one, _ in sizes) < 400 * 1024
    assert 200_000 < max(total for _, total in sizes) < 2_500_000


def test_a_page_whose_commit_is_refused_each_time_is_given_up(make_crawl: Make) -> None:
    def web(url: str) -> Iterable[str]:
        if url.endswith("/bad"):
            return ["http://b.example/"]
        return ["/1", "/bad", "/2"]

    def refuse(params: dict[str, Any]) -> Any:
        puts = [one["Put"]["Item"] for one in params["TransactItems"] if "Put" in one]
        if any(item["part"]["S"].endswith("#b.example") for item in puts):
            return error("ValidationException")
        return None

    crawl = make_crawl(web)
    crawl.start("http://a.example/", scope="any")
    with intercepted("dynamodb", "TransactWriteItems", refuse):
        found = crawl.finish(deaths=(ClientError,), steps=60)
    assert (found["status"], found["reason"]) == ("finished", "completed")
    errors = {URL(row["url"]).pathname: row.get("error") for row in crawl.rows()}
    assert errors == {"/": None, "/1": None, "/2": None, "/bad": "gave_up"}
    check_sums(crawl)


def refusal(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutItem")


@pytest.mark.parametrize(
    ("failure", "passes"),
    [
        (refusal("ProvisionedThroughputExceededException"), True),
        (refusal("ThrottlingException"), True), (refusal("SlowDown", 503), True),
        (refusal("InternalServerError", 500), True), (refusal("ValidationException"), False),
        (refusal("AccessDeniedException"), False), (dynamo.Unprocessed(), True),
        (ConnectTimeoutError(endpoint_url="x"), True), (KeyError("f#0#00000000"), False),
        (dynamo.TransactionCanceled([{"Code": "None"}, {"Code": "TransactionConflict"}]), True),
        (dynamo.TransactionCanceled([{"Code": "ThrottlingError"}]), True),
        (dynamo.TransactionCanceled([{"Code": "ValidationError"}]), False),
    ],
)  # fmt: skip
def test_failures_that_pass_count_as_no_attempt(failure: Exception, passes: bool) -> None:
    assert may_pass(failure) is passes
