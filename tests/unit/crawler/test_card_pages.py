"""Cards of difficult pages, read with the real fetcher from loopback."""

import socket
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from chalicelib.crawler.cards.cards import Cards
from chalicelib.crawler.core import limits

from tests.unit.shared.fetch.fetch_support import Server, http

HEAD = "<title>Plain</title><meta property='og:title' content='Graph'>"
Answer = bytes | Callable[[bytes], bytes]


@pytest.fixture
def serve(tables: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], Server]]:
    del tables
    monkeypatch.setattr("chalicelib.crawler.cards.cards.settings", lambda: _Local)
    servers: list[Server] = []

    def start(answer: Answer) -> Server:
        def handle(connection: socket.socket, request: bytes) -> None:
            if b"GET /robots.txt " in request:
                connection.sendall(http(b"", "404 Not Found"))
                return
            connection.sendall(answer if isinstance(answer, bytes) else answer(request))
            if b"content-length: 99999" in (answer if isinstance(answer, bytes) else b""):
                connection.close()

        servers.append(Server(handle))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


class _Local:
    private_fetch = True


def html(text: str, **headers: str) -> bytes:
    return http(text.encode(), content_type="text/html; charset=utf-8", **headers)


def read(server: Server, path: str = "") -> dict[str, Any]:
    return Cards()._read(server.url + path)


def test_a_heavy_head_gives_a_card(serve: Any) -> None:
    script = "<script>'</head>'" + "x" * 720_000 + "</script>"
    found = read(serve(html(f"<head>{script}{HEAD}</head><p>" + "y" * 2_000_000)))
    assert found["title"] == "Graph"
    for hostile in (
        "<meta name=x>" * 200_000,
        "<script>" * 250_000,
        "<script>" + "</script" * 250_000,
        "<script></script>" * 120_000,
        "<!--" * 500_000,
    ):
        started = time.thread_time()
        assert "title" not in read(serve(html(hostile + HEAD)))
        assert time.thread_time() - started < 5


def test_a_body_that_breaks_off_gives_a_card(serve: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 99999\r\n\r\n"
    assert read(serve(head + HEAD.encode()))["title"] == "Graph"


def test_a_card_needs_no_content_type(serve: Any) -> None:
    assert read(serve(http(HEAD.encode())))["title"] == "Graph"
    assert "title" not in read(serve(http(HEAD.encode(), content_type="text/plain")))


def test_raw_utf8_in_a_location_leads_to_its_page(serve: Any) -> None:
    first = b"HTTP/1.1 302 Found\r\nLocation: /caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n"
    pages = {b"/": first, b"/caf%C3%A9": html(HEAD), b"/caf%C3%83%C2%A9": html("<title>wrong")}
    found = read(serve(lambda request: pages[request.split()[1]]))
    assert (found["title"], found["unwound_url"][-10:]) == ("Graph", "/caf%C3%A9")


def test_a_cookie_wall_gives_a_card(serve: Any) -> None:
    wall = http(b"", "302 Found", location="/", set_cookie="seen=1")
    assert read(serve(lambda request: html(HEAD) if b"seen=1" in request else wall))["title"]


@pytest.mark.parametrize("how", ["header", "meta"])
def test_refreshes_are_followed_within_the_limit_of_redirects(serve: Any, how: str) -> None:
    def answer(request: bytes) -> bytes:
        hop = int(request.split()[1].strip(b"/") or 0)
        if hop == limits.MAX_HOPS:
            return html(HEAD)
        if hop == 2:
            return http(b"", "302 Found", location="/3")
        content = f"0; url=/{hop + 1}"
        if how == "header":
            return html("<title>moving</title>", refresh=content)
        return html(f"<title>moving</title><meta http-equiv=refresh content='{content}'>")

    server, numbers = serve(answer), count()
    assert read(server)["title"] == "Graph"
    assert len(server.requests) == 2 + limits.MAX_HOPS
    endless = serve(lambda _: html("<title>m</title>", refresh=f"0;url=/{next(numbers)}"))
    assert read(endless)["title"] == "m"
    assert len(endless.requests) == 2 + limits.MAX_HOPS


def test_a_page_with_its_own_card_is_not_left(serve: Any) -> None:
    refresh = "<meta http-equiv=refresh content='0;url=/nojs'>"
    assert read(serve(html(f"<noscript>{refresh}</noscript>{HEAD}")))["title"] == "Graph"
    assert read(serve(html("<title>T</title>", refresh="300; url=/x")))["title"] == "T"


def test_a_key_is_not_requested(serve: Any) -> None:
    server = serve(lambda request: html(f"<title>{request.split()[1].decode()}</title>"))
    assert read(server, "a?sid=2f6c8a1be04d47d5a1&b=2&a=1")["title"] == (
        "/a?sid=2f6c8a1be04d47d5a1&b=2&a=1"
    )
