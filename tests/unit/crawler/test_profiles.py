"""Visits by options: secrets, proxy, conditions, sitemaps, feeds."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import RUNS, VISITED
from chalicelib.crawler.exports import sources
from chalicelib.crawler.fetching.processor import Processor
from chalicelib.crawler.frontier import shards
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.lifecycle import export
from chalicelib.crawler.runs import page_options, reading, runs, secrets
from chalicelib.crawler.runs.secrets import InvalidSecret, Secrets
from chalicelib.crawler.store.batches import BatchStore

from shared.aws import sdk
from shared.aws.models import as_dict
from shared.base.errors import Problem
from shared.net.dns_pinning import Proxy
from tests.unit.crawler.test_visits import Web, moved, page, private_fetches
from tests.unit.shared.fetch.fetch_support import Server, http

__all__ = ["private_fetches"]


class Site(Web):
    """A site whose crawls have options."""

    run_id = ""
    frontier = "plain"
    store: BatchStore | None = None
    members: dict[str, Any] = {}  # noqa: RUF012 (replaced, never changed)

    def crawl_with(self, path: str = "/", **options: Any) -> dict[str, dict[str, Any]]:
        """Crawl to the end; records by path and query."""
        url = f"http://{self.host}{path}"
        given = {
            "url": url, "scope": "host", "order": "breadth-first", "max_pages": 100,
            "max_depth": None, "allow_private": True, "frontier": self.frontier,
            **page_options.attributes("1", options, True), **self.members,
        }  # fmt: skip
        self.run_id = runs.begin("1", given, None)["id"]
        frontiers = Frontiers()
        processor = Processor(frontiers, store=self.store)
        frontiers.begin(given | {"id": self.run_id})
        while self.sent:
            message = self.sent.pop(0)
            body = json.dumps(message)
            attributes = {"ApproximateReceiveCount": str(limits.MAX_FAILURES)}
            number = str(len(self.server.requests))
            processor.handle({"body": body, "messageId": number, "attributes": attributes})
        records = shards.all_records(self.run_id)
        return {item["url"].removeprefix(f"http://{self.host}"): item for item in records}

    def links(self) -> set[tuple[str, ...]]:
        """Links in the run's files: source and target."""
        run = runs.find(self.run_id)
        assert run is not None
        return {row[:2] for row in sources.links(run)}

    def finish(self) -> str:
        """End the run, so that others may build on it; returns its id."""
        runs.end(self.run_id, "finished", "done", {})
        return self.run_id

    def requests(self, path: str) -> list[str]:
        """Requests for a path, lower-case."""
        texts = [request.decode().lower() for request in self.server.requests]
        return [text for text in texts if text.split()[1] == path]


@pytest.fixture
def site(private_fetches: None, sent: list[dict[str, Any]]) -> Iterator[Site]:
    kms = sdk.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/rookery-dev-crawler-secrets", TargetKeyId=key)
    made = Site(sent)
    yield made
    made.server.close()


SECRET: dict[str, Any] = {
    "headers": {"X-Key": "hush-header"},
    "cookies": {"sid": "hush-cookie", "b": "2"},
    "auth": {"username": "ada", "password": "hush-password"},
}


def test_secrets_go_to_the_runs_own_host_alone(site: Site) -> None:
    other = Server(lambda connection, _: connection.sendall(page("<title>other</title>")))
    site.answers |= {
        "/": page(f"<a href='http://127.0.0.1:{other.port}/x'><a href=/away><a href=/in>"),
        "/away": moved(f"http://127.0.0.1:{other.port}/moved"),
        "/in": page("<title>in</title>", set_cookie="own=1; path=/"),
    }
    # The scope follows other ports: the host of the secrets is the root's, with its port.
    runs_scope = {"scope": "domain"}
    original = page_options.attributes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_options, "attributes", lambda *a: {**original(*a), **runs_scope})
        found = site.crawl_with(**SECRET)
    other.close()
    assert found["/in"]["title"] == "in"
    for path in ("/", "/away", "/in"):
        (request,) = site.requests(path)
        assert "x-key: hush-header" in request
        assert "cookie: sid=hush-cookie; b=2" in request
        assert "authorization: basic ywrhomh1c2gtcgfzc3dvcmq=" in request
        assert "user-agent: rookerybot/" in request
    assert len(other.requests) >= 2
    assert not any(b"hush" in one.lower() or b"cookie" in one.lower() for one in other.requests)
    assert not any("hush" in one for one in site.requests("/robots.txt"))


def test_secrets_are_nowhere_in_clear(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    site.answers["/"] = page("<title>t</title>")
    site.crawl_with(**SECRET, proxy="http://u:hush-proxy@127.0.0.1:1/")
    run = runs.find(site.run_id)
    assert run is not None
    shown = json.dumps(reading.show(site.run_id, "1", False))
    exported = json.dumps(export.crawls("1", None), default=str)
    stored = str(RUNS.get({"id": site.run_id})) + str(as_dict(run)) + str(shown) + exported
    assert "hush" not in stored + "".join(capfd.readouterr())
    for name in ("X-Key", "sid", "username"):
        assert name in shown
    assert shown.count(secrets.REDACTED) == 6
    assert "secrets" not in exported
    opened = secrets.unseal("1", run.secrets, str(run.url), True)
    assert "hush" not in repr(opened)
    with pytest.raises(sdk.client("kms").exceptions.InvalidCiphertextException):
        secrets.unseal("2", run.secrets, str(run.url), True)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://example.com/x", True), ("https://example.com:443/", True),
        ("http://example.com/", False), ("https://example.com:8443/", False),
        ("https://www.example.com/", False), ("https://example.com.evil.example/", False),
        ("https://evil.example/?example.com", False), ("https://sub.example.com/", False),
    ],
)  # fmt: skip
def test_hosts_of_secrets(url: str, sent: bool) -> None:
    held = Secrets("example.com", True, {"x": "y"})
    assert bool(held.headers_for(url)) is sent
    assert Secrets("example.com", False, {"x": "y"}).headers_for("https://example.com/")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"headers": {"Host": "x"}}, "Host"), ({"headers": {"content-length": "1"}}, "content"),
        ({"headers": {"User-Agent": "x"}}, "User-Agent"), ({"headers": {"a b": "x"}}, "a b"),
        ({"headers": {"X": "hush\r\nY: z"}}, "'X'"), ({"headers": {"X": "hush-ü"}}, "'X'"),
        ({"headers": {"Cookie": "hush"}}, "Cookie"), ({"headers": {"": "hush"}}, "headers"),
        ({"cookies": {"a": "hush;b"}}, "'a'"), ({"cookies": {"a=b": "hush"}}, "a=b"),
        ({"auth": {"username": "a:b", "password": "hush"}}, "colon"),
        ({"headers": {f"X{n}": "h" * 1000 for n in range(5)}}, "4 KB"),
        ({"proxy": "https://proxy.example/"}, "http://host:port"),
        ({"proxy": "socks5://proxy.example:1/"}, "http://host:port"),
        ({"proxy": "http://proxy.example/path"}, "http://host:port"),
        ({"proxy": "data:text/html,x"}, "http://host:port"),
        ({"proxy": "http://10.0.0.1:3128/"}, "not public"),
        ({"proxy": "http://169.254.169.254/"}, "not public"),
        ({"proxy": "http://[::1]:3128/"}, "not public"), ({"proxy": "nonsense"}, "address"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_used_are_named(options: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidSecret) as caught:
        secrets.check(options, False)
    assert word in str(caught.value)
    assert "hush" not in str(caught.value)
    with pytest.raises(Problem) as problem:
        page_options.attributes("1", options, False)
    assert problem.value.status == 400


def test_a_wrong_selector_is_a_problem_that_names_it() -> None:
    with pytest.raises(Problem) as caught:
        page_options.attributes("1", {"extract": {"price": {"css": "div["}}}, False)
    assert caught.value.status == 400
    (error,) = caught.value.document()["errors"]
    assert "options.extract.price" in error["message"]
    assert "div[" in error["message"]


def test_a_proxy_gets_whole_addresses_and_its_own_credentials(site: Site) -> None:
    def answer(connection: Any, request: bytes) -> None:
        path = request.split()[1].decode()
        robots = path.endswith("/robots.txt")
        connection.sendall(http(b"") if robots else page("<title>by proxy</title>"))

    proxy = Server(answer)
    found = site.crawl_with(proxy=f"http://ada:hush@127.0.0.1:{proxy.port}", **SECRET)
    proxy.close()
    assert found["/"]["title"] == "by proxy"
    text = proxy.requests[-1].decode()
    assert text.startswith(f"GET http://{site.host}/ HTTP/1.1\r\n")
    assert "proxy-authorization: Basic YWRhOmh1c2g=" in text
    assert f"\r\nhost: {site.host}\r\n" in text.lower()
    # Nobody else was asked for the page, and nobody else learned the proxy's credentials.
    assert site.requests("/") == []
    # robots.txt as well; what a proxy says of a site counts for its own runs alone.
    assert proxy.requests[0].startswith(f"GET http://{site.host}/robots.txt ".encode())
    assert site.requests("/robots.txt") == []
    site.answers["/robots.txt"] = http(b"User-agent: *\nDisallow: /")
    assert site.crawl_with()["/"]["error"] == "robots_disallowed"


def test_proxies_are_kept_apart() -> None:
    opened = [secrets._proxy(url, False) for url in ("http://a.example:3128", "http://u:p%40@b/")]
    assert opened == [Proxy("http://a.example:3128"), Proxy("http://b", "Basic dTpwQA==")]


def test_sitemaps_on_request(site: Site) -> None:
    origin = f"http://{site.host}"
    xml = {"content_type": "application/xml"}
    index = f"<sitemapindex><sitemap><loc>{origin}/deep.xml</loc></sitemap></sitemapindex>"
    deep = f"<urlset><url><loc>{origin}/lonely</loc></url></urlset>"
    site.answers |= {
        "/robots.txt": http(f"Sitemap: {origin}/index.xml\nSitemap: /wrong".encode()),
        "/": page("<title>root</title>"),
        "/index.xml": http(index.encode(), **xml),
        "/deep.xml": http(deep.encode(), **xml),
        "/lonely": page("<title>lonely</title>"),
    }
    assert set(site.crawl_with()) == {"/"}
    found = site.crawl_with(sitemaps=True)
    assert set(found) == {"/", "/index.xml", "/deep.xml", "/lonely"}
    assert {item["state"] for item in found.values()} == {"fetched"}
    assert found["/lonely"]["title"] == "lonely"


def test_feeds_on_request(site: Site) -> None:
    rss = "<rss><channel><title>News</title><item><link>/story</link></item></channel></rss>"
    site.answers |= {
        "/": page("<link rel=alternate type='application/rss+xml' href=/feed>"),
        "/feed": http(rss.encode(), content_type="application/rss+xml"),
        "/story": page("<title>story</title>"),
    }
    assert set(site.crawl_with()) == {"/"}
    found = site.crawl_with(feeds=True)
    assert set(found) == {"/", "/feed", "/story"}
    assert found["/feed"]["title"] == "News"


def test_a_record_holds_short_texts(site: Site) -> None:
    html = (
        f"<html lang=de><meta name=description content='{'d' * 500}'>"
        "<link rel=canonical href=/other><meta name=robots content='noarchive, nosnippet'>"
    )
    site.answers |= {"/": page(html, etag='"' + "e" * 300 + '"'), "/other": moved("http://x/")}
    found = site.crawl_with(text_digest=True)
    root = found["/"]
    assert root["description"] == "d" * 120
    assert root["canonical"].endswith("/other")
    assert (root["language"], root["robots"]) == ("de", "noarchive,nosnippet")
    # A cut validator would match nothing.
    assert "etag" not in root
    assert re.fullmatch("[0-9a-f]{32}", root["digest"])
    assert isinstance(root["latency_ms"], int)
    assert found["/other"]["redirect_to"] == "http://x/"
    assert len(json.dumps(root, default=str)) < 1000
    assert VISITED.get({name: root[name] for name in ("shard", "url_digest")}) == root
