"""Pages of difficult servers, read as browsers do and told honestly."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalicelib.crawler.core import limits
from chalicelib.crawler.extract.charset import text_of
from chalicelib.crawler.fetching.processor import Processor
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.runs import pages, reading, runs

from tests.unit.shared.fetch.fetch_support import Server, http

Answer = bytes | Callable[[bytes], bytes]


def page(body: str, **headers: str) -> bytes:
    return http(body.encode(), content_type="text/html; charset=utf-8", **headers)


def moved(location: str, **headers: str) -> bytes:
    return http(b"", "302 Found", location=location, **headers)


class Web:
    """A site on loopback and the crawls of it."""

    def __init__(self, sent: list[dict[str, Any]]) -> None:
        self.answers: dict[str, Answer] = {"/robots.txt": http(b"", "404 Not Found")}
        self.sent = sent
        self.server = Server(self._serve)
        self.host = f"127.0.0.1:{self.server.port}"

    def _serve(self, connection: socket.socket, request: bytes) -> None:
        answer = self.answers.get(request.split()[1].decode(), http(b"", "404 Not Found"))
        connection.sendall(answer if isinstance(answer, bytes) else answer(request))

    @property
    def asked(self) -> list[str]:
        lines = [request.split()[1].decode() for request in self.server.requests]
        return [line for line in lines if line != "/robots.txt"]

    def crawl(self, path: str = "/") -> dict[str, dict[str, Any]]:
        """Crawl to the end; pages by path and query."""
        options = {
            "url": f"http://{self.host}{path}", "scope": "host", "order": "breadth_first",
            "max_pages": 50, "max_depth": None, "allow_private": True,
        }  # fmt: skip
        run_id = runs.begin("1", options, None)["id"]
        processor = Processor(Frontiers())
        processor.frontier.queue(run_id, [options["url"]])
        while self.sent:
            message = self.sent.pop(0)
            body = f'{{"run": "{message["run"]}", "url": "{message["url"]}"}}'
            number = str(len(self.server.requests))
            attributes = {"ApproximateReceiveCount": str(limits.MAX_FAILURES)}
            processor.handle({"body": body, "messageId": number, "attributes": attributes})
        rows = pages.list_pages(reading.visible(run_id, "1", False), 100, None).get("data", [])
        return {row["url"].removeprefix(f"http://{self.host}"): row for row in rows}


@pytest.fixture
def private_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read by the restart of the process that comes with the tables."""
    monkeypatch.setenv("PRIVATE_FETCH", "1")


@pytest.fixture
def web(private_fetches: None, sent: list[dict[str, Any]]) -> Iterator[Web]:
    made = Web(sent)
    yield made
    made.server.close()


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    return row.get("status_code"), row.get("title"), row.get("error")


def test_a_parameter_is_never_dropped_from_the_request(web: Web) -> None:
    session = "sid=2f6c8a1be04d47d5a1"
    links = ["/article.pl?sid=1", "/article.pl?sid=2", "/article.pl?sid=3"]
    links += ["/list?b=2&a=1&utm_source=x", f"/shop?{session}&id=7", "/page;jsessionid=4AF"]
    again = ["/list?a=1&b=2", "/shop?id=7", "/page"]
    web.answers["/"] = page("".join(f"<a href='{link}'>x</a>" for link in links + again))
    for link in links:
        web.answers[link] = page(f"<title>{link}</title>")
    found = web.crawl()
    assert set(found) == {"/", *links}
    assert sorted(web.asked) == sorted(["/", *links])
    assert {row.get("title") for row in found.values()} == {None, *links}


def test_a_cookie_wall_is_passed_once(web: Web) -> None:
    def wall(request: bytes) -> bytes:
        seen = b"seen=1" in request
        return (
            page("<title>in</title><a href=/next>")
            if seen
            else moved("/cookie", set_cookie="seen=1; path=/")
        )

    web.answers |= {"/cookie": wall, "/next": page("<title>next</title>")}
    for _ in range(2):
        found = web.crawl("/cookie")
        assert told(found["/cookie"]) == (200, "in", None)
        assert told(found["/next"]) == (200, "next", None)
    # Neither the next page nor the next run brings the cookie.
    walls = [b"seen=1" in one for one in web.server.requests if b"/cookie" in one.split()[1]]
    assert walls == [False, True, False, True]
    nexts = [one for one in web.server.requests if b"/next" in one.split()[1]]
    assert not any(b"ookie:" in one for one in nexts)


def test_a_wall_on_a_second_page_is_passed(web: Web) -> None:
    def guarded(request: bytes) -> bytes:
        return page("<title>in</title>") if b"ok=1" in request else moved("/check")

    web.answers |= {"/": guarded, "/check": moved("/", set_cookie="ok=1; path=/")}
    found = web.crawl()
    assert told(found["/"]) == (302, None, None)
    assert told(found["/check"]) == (200, "in", None)


def test_another_spelling_of_the_same_page_is_followed(web: Web) -> None:
    session = "/?sid=2f6c8a1be04d47d5a1"
    web.answers |= {"/": moved(session), session: page("<title>in</title>")}
    assert told(web.crawl()["/"]) == (200, "in", None)


def test_a_redirect_to_itself_ends(web: Web) -> None:
    web.answers["/"] = moved("/")
    assert told(web.crawl()["/"]) == (302, None, "redirect_loop")
    assert len(web.asked) == 1
    numbers = iter(range(100))
    web.answers["/"] = lambda _: moved("/", set_cookie=f"n={next(numbers)}; path=/")
    assert told(web.crawl()["/"]) == (302, None, "redirect_loop")
    assert len(web.asked) == 1 + limits.MAX_HOPS + 1


@pytest.mark.parametrize("how", ["header", "meta"])
def test_a_refresh_is_a_redirect(web: Web, how: str) -> None:
    def refreshing(content: str) -> bytes:
        if how == "header":
            return page("<title>on</title>", refresh=content)
        return page(f'<title>on</title><meta http-equiv=Refresh content="{content}">')

    for hop in range(limits.MAX_HOPS + 2):
        web.answers[f"/{hop}"] = refreshing(f"0; url=/{hop + 1}")
    web.answers |= {
        "/": page("<a href=/0><a href=/slow><a href=/self><a href=/away>"),
        "/slow": refreshing("600; url='/late'"),
        "/self": refreshing("5"),
        "/away": refreshing("0;URL=http://other.example/"),
    }
    found = web.crawl()
    hops = [found[f"/{hop}"] for hop in range(limits.MAX_HOPS + 1)]
    # Depths show that a redirect is no link.
    assert {row["depth"] for row in hops} == {1}
    assert told(hops[0]) == (200, "on", None)
    assert told(hops[-1]) == (200, "on", "too_many_redirects")
    assert f"/{limits.MAX_HOPS + 1}" not in found
    assert told(found["/slow"]) == told(found["/self"]) == (200, "on", None)
    assert told(found["/away"]) == (200, "on", "redirect_out_of_scope")
    assert "/late" not in found


def test_what_was_not_read_is_not_called_fetched(web: Web) -> None:
    broken = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9999\r\n\r\n"

    def cut(request: bytes) -> bytes:
        del request
        return broken + b"<title>half</title><a href=/linked>"

    web.answers |= {
        "/": page("".join(f"<a href=/{name}>" for name in (
            "plain", "pdf", "binary", "text", "br", "gzip", "not-modified", "choices", "empty",
        ))),
        "/plain": http(b"<title>t</title><a href=/linked>x</a>"),
        "/pdf": http(b"%PDF", content_type="application/pdf"),
        "/binary": http(b"\x89PNG\r\n\x1a\n\0\0", content_type="text/html"),
        "/text": http(b"words"),
        "/br": http(b"\x8b\x01\x80\x00\x03" * 30, content_type="text/html", content_encoding="br"),
        "/gzip": http(b"<title>g</title>", content_type="text/html", content_encoding="gzip"),
        "/not-modified": http(b"", "304 Not Modified"),
        "/choices": page("<title>c</title>").replace(b"200 OK", b"300 Multiple Choices"),
        "/empty": page(""),
        "/linked": page("<title>l</title>"),
    }  # fmt: skip
    found = web.crawl()
    assert {path: told(row) for path, row in found.items()} == {
        "/": (200, None, None),
        "/plain": (200, "t", None),
        "/pdf": (200, None, "not_read: application/pdf"),
        "/binary": (200, None, "not_read: image/png"),
        "/text": (200, None, "not_read: text/plain"),
        "/br": (None, None, "decode"),
        "/gzip": (200, "g", None),
        "/not-modified": (304, None, "http_304"),
        "/choices": (300, "c", None),
        "/empty": (200, None, None),
        "/linked": (200, "l", None),
    }
    assert found["/plain"]["content_type"] == "text/html"
    assert "bytes" not in found["/pdf"]


def test_a_page_that_breaks_off_says_so(web: Web) -> None:
    body = b"<title>half</title><a href=/linked>x</a>" + b" " * 4000

    def serve(connection: socket.socket, request: bytes) -> None:
        if b"GET / " not in request:
            return Web._serve(web, connection, request)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 99999\r\n\r\n"
        connection.sendall(head + body)
        connection.close()
        return None

    web.server.serve = serve
    web.answers["/linked"] = page("<title>l</title>")
    found = web.crawl()
    assert told(found["/"]) == (200, "half", "truncated")
    assert told(found["/linked"]) == (200, "l", None)


def test_a_mark_before_robots_rules_hides_none(web: Web) -> None:
    rules = "User-agent: *\nDisallow: /secret\n"
    for body in (b"\xef\xbb\xbf" + rules.encode(), rules.encode("utf-16")):
        web.answers |= {"/robots.txt": http(body), "/secret": page("<title>s</title>")}
        found = web.crawl("/secret")
        assert told(found["/secret"]) == (None, None, "robots_disallowed")
    assert web.asked == []


LATE = b"<script>" + b"x" * 6000 + b"</script>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (LATE + "<meta charset=windows-1251><title>é".encode(), "text/html; charset=utf-8"),
        (LATE + b"<meta charset=iso-8859-15><title>\xa4\xe9", "text/html"),
        (LATE + b"<META content='text/html; charset=iso-8859-15' http-equiv=x><title>\xa4\xe9", ""),
        ("<meta charset=utf-16><title>é".encode(), "text/html"),
        (LATE + "<meta charset=utf-16le><title>é".encode(), "text/html"),
        ("\ufeff<meta charset=latin-1><title>é".encode(), "text/html; charset=latin-1"),
        ("\ufeff<title>é".encode("utf-16-le"), "text/html"),
        ("\ufeff<title>é".encode("utf-16-be"), "text/html; charset=utf-8"),
        (b"<title>\xe9 not utf-8", "text/html"),
        ("<title>é, cut: é".encode()[:-1], "text/html"),
    ],
)
def test_charsets_are_found_late_and_against_their_labels(body: bytes, content_type: str) -> None:
    title = re.sub(r"(?s).*<title>", "", text_of(body, content_type))
    assert "é" in title
    assert "\ufffd" not in title.rstrip("\ufffd")


def test_hostile_declarations_cost_little() -> None:
    body = b"x" * 5000 + (b"<meta " + b"charset " * 3) * 60_000
    started = time.thread_time()
    assert text_of(body, "")
    assert time.thread_time() - started < 2
