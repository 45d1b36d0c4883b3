"""Crawls with options about fetching and reading pages, by the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.base.domain import load_app
from tests.integration.crawler.crawler_support import Site, finished, start
from tests.platform import Person, Platform

load_app("crawler")
from chalicelib.crawler.core.models import ROBOTS
from chalicelib.crawler.exports import sources
from chalicelib.crawler.fetching.robots_files import RobotsLimits
from chalicelib.crawler.frontier import shards
from chalicelib.crawler.runs import runs

from shared.base.process import process

pytestmark = pytest.mark.integration


class Guarded(Site):
    """Lets nobody in without a cookie; keeps the headers of its requests."""

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Pages that name their validator; the leaf stays as it was."""
        if path == "/leaf":
            unchanged = self.hits[path] > 1
            leaf = b"" if unchanged else b"<title>Leaf</title><h1>Head</h1><a href=/>home</a>"
            kind = {"content-type": "text/html", "etag": '"v1"'}
            return (304 if unchanged else 200), kind, leaf
        if path == "/robots.txt":
            return 200, {"content-type": "text/plain"}, b"User-agent: *\nDisallow: /no\n"
        head = b"<html lang=sv><title>Inside</title><meta name=description content=Words>"
        html = head + b"<a href=/leaf><a href=/no>"
        return 200, {"content-type": "text/html", "etag": '"v1"'}, html


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


@pytest.fixture
def site() -> Iterator[Guarded]:
    made = Guarded()
    yield made
    made.close()


@pytest.mark.parametrize("frontier", ["hosts", "plain"])
def test_options_of_a_crawl(
    platform: Platform, person: Person, site: Guarded, frontier: str
) -> None:
    options = {
        "extract": {"title": {"css": "title::text"}, "links": {"xpath": "//a/@href", "all": True}},
        "headers": {"X-Key": "hush"}, "cookies": {"sid": "hush"}, "structured_data": True,
        "auth": {"username": "ada", "password": "hush"}, "text_digest": True, "sitemaps": True,
        "feeds": True, "images": True, "store": ["graph"],
    }  # fmt: skip
    with process.limited(RobotsLimits(keeps_private=True)):
        run_id = start(person, site, options=options, frontier=frontier)
        found = finished(platform, person, run_id)
        assert (found["status"], found["stats"]["fetched"]) == ("finished", 2)
        assert "hush" not in str(found)
        assert found["options"]["headers"] == {"X-Key": "redacted"}
        assert found["options"]["extract"] == options["extract"]
        kept = ROBOTS.get({"origin": site.url})
        assert kept is not None
        records = {item["url"]: item for item in shards.all_records(run_id)}
        root = records[f"{site.url}/"]
        assert (root["language"], root["description"], root["etag"]) == ("sv", "Words", '"v1"')
        assert records[f"{site.url}/no"]["error"] == "robots_disallowed"
        # Another crawl of the site, on condition; robots.txt is known by now.
        process.reset()
        recrawl = {"base_run": run_id, "store": ["graph"]}
        again_id = start(person, site, options=recrawl, frontier=frontier)
        again = finished(platform, person, again_id)
        assert again["status"] == "finished"
        # A page that led to others is read again, and leads to them again; of a page that is as
        # it was, the files have what those of the base run have.
        assert again["stats"]["fetched"] == 2
        run = runs.find(again_id)
        assert run is not None
        (leaf,) = (row for row in sources.pages(run) if row["url"] == f"{site.url}/leaf")
        assert (leaf["status_code"], leaf["headings"]) == (304, ["Head"])
        assert (leaf["url"], f"{site.url}/") in {link[:2] for link in sources.links(run)}
        # A tweet's card reads the same rules.
        person.tweet(f"look {site.url}/")
        platform.settle()
        assert site.hits["/robots.txt"] == 1


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"extract": {"price": {"css": "div["}}}, "options.extract.price"),
        ({"extract": {"price": {"xpath": "//a[("}}}, "options.extract.price"),
        ({"extract": {"Price": {"css": "a"}}}, "options.extract.Price"),
        ({"extract": {"price": {"css": "a", "xpath": "//a"}}}, "options.extract.price"),
        ({"extract": {f"c{n}": {"css": "a"} for n in range(31)}}, "extract"),
        ({"headers": {"Host": "x"}}, "options.headers"),
        ({"cookies": {"a;": "x"}}, "options.cookies"),
        ({"auth": {"username": "a"}}, "auth"),
        ({"proxy": "http://169.254.169.254:80"}, "options.proxy"),
        ({"base_run": "11111111-1111-4111-8111-111111111111"}, "options.base_run"),
        ({"unknown": True}, "options"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused_and_named(
    person: Person, site: Guarded, options: dict[str, Any], name: str
) -> None:
    body = {"url": site.url, "allow_private": True, "options": options}
    answer = person.call("POST", "/1/crawls", body)
    assert answer.status == 400
    assert name in str(answer.json())
