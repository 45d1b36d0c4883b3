"""Recrawls ask for leaves on condition, and keep whole files."""

from typing import Any

import pytest
from chalicelib.crawler.exports import sources
from chalicelib.crawler.runs import page_options, runs
from chalicelib.crawler.store import objects
from chalicelib.crawler.store.batches import BatchStore

from shared.aws import sdk
from shared.base.errors import Problem
from tests.unit.crawler.test_profiles import Site, private_fetches, site
from tests.unit.crawler.test_visits import page
from tests.unit.shared.fetch.fetch_support import http

__all__ = ["private_fetches", "site"]


@pytest.mark.parametrize("frontier", ["plain", "hosts"])
def test_a_recrawl_asks_on_condition(site: Site, frontier: str) -> None:
    sdk.client("s3").create_bucket(Bucket=objects.bucket())
    site.frontier, site.store = frontier, BatchStore()
    options: dict[str, Any] = {"store": ["graph"], "extract": {"name": {"css": "title::text"}}}

    def leaf(request: bytes) -> bytes:
        if b'if-none-match: "v1"' in request.lower():
            return http(b"", "304 Not Modified", etag='"v1"')
        return page("<title>leaf</title><h1>Head</h1><a href=/>home</a>", etag='"v1"')

    def dated(request: bytes) -> bytes:
        if b"if-modified-since: mon, 01 jan 2024" in request.lower():
            return http(b"", "304 Not Modified")
        return page("<title>d</title>", last_modified="Mon, 01 Jan 2024 00:00:00 GMT")

    def root(request: bytes) -> bytes:
        if b"if-none-match" in request.lower():
            return http(b"", "304 Not Modified")
        return page("<a href=/leaf><a href=/dated><a href=/plain><a href=/new>", etag='"root"')

    nonces = iter(range(100))
    site.answers |= {
        "/": root,
        "/leaf": leaf,
        "/dated": dated,
        "/plain": lambda _: page(f"<p>same text</p><script>{next(nonces)}</script>"),
        "/new": page("<p>one</p>"),
    }
    first = site.crawl_with(text_digest=True, **options)
    assert first["/leaf"]["etag"] == '"v1"'
    links, base = site.links(), site.finish()
    assert (f"http://{site.host}/leaf", f"http://{site.host}/") in links
    site.answers["/new"] = page("<p>two</p>")
    second = site.crawl_with(base_run=base, **options)
    assert {path: item.get("unchanged") for path, item in second.items()} == {
        "/": True, "/leaf": True, "/dated": True, "/plain": True, "/new": False,
    }  # fmt: skip
    # What leads to others is read again whatever it is; leaves are asked for on condition.
    assert [item.get("status_code") for item in (second["/"], second["/leaf"])] == [200, 304]
    for path in ("/leaf", "/dated"):
        kept = ("title", "digest", "etag", "last_modified", "state")
        assert [second[path].get(name) for name in kept] == [first[path].get(name) for name in kept]
        assert "error" not in second[path]
    # The files of a recrawl are whole: a 304 has the row and the links of the base run.
    assert site.links() == links
    site.finish()
    third = site.crawl_with(base_run=site.run_id, **options)
    assert third["/leaf"]["status_code"] == 304
    assert third["/leaf"]["title"] == "leaf"
    assert site.links() == links
    run = runs.find(site.run_id)
    assert run is not None
    rows = {row["url"].removeprefix(f"http://{site.host}"): row for row in sources.pages(run)}
    assert (rows["/leaf"]["headings"], rows["/leaf"]["fields"]) == (["Head"], {"name": "leaf"})
    site.finish()
    # A run that wants more than its base run has read does not ask on condition.
    more: dict[str, Any] = {"extract": {"h": {"css": "h1::text"}}, "store": ["graph"]}
    assert site.crawl_with(base_run=site.run_id, **more)["/leaf"]["status_code"] == 200


@pytest.mark.parametrize("frontier", ["plain", "hosts"])
def test_a_page_that_led_on_only_within_its_runs_limits_is_read_again(
    site: Site, frontier: str
) -> None:
    def leads_on(request: bytes) -> bytes:
        if b"if-none-match" in request.lower():
            return http(b"", "304 Not Modified")
        return page("<a href=/next>", etag='"v1"')

    site.frontier = frontier
    site.answers |= {"/": leads_on, "/next": page("<title>next</title>")}
    for members, found in (({"max_depth": 0}, {"/"}), ({"max_pages": 1}, {"/"})):
        site.members = members
        assert set(site.crawl_with(text_digest=True)) == found
        base = site.finish()
        site.members = {}
        assert set(site.crawl_with(base_run=base)) == {"/", "/next"}


def test_a_base_run_is_an_ended_one_of_the_same_user(site: Site) -> None:
    site.answers["/"] = page("")
    site.crawl_with()
    for base in (site.run_id, "unknown"):
        with pytest.raises(Problem, match="400"):
            page_options.attributes("1", {"base_run": base}, True)
    assert page_options.attributes("1", {"base_run": site.finish()}, True)
    with pytest.raises(Problem, match="400"):
        page_options.attributes("2", {"base_run": site.run_id}, True)
