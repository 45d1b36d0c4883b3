"""Cards of difficult pages, read with the real fetcher from loopback."""

import json
import math
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
    return Cards()._read(server.url + path, math.inf)


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


OEMBED = "<link rel='alternate' type='application/json+oembed' href='{}'>"
TOLD = {"version": "1.0", "type": "video", "title": "Told", "author_name": "Ann",
        "provider_name": "Tube", "thumbnail_url": "/t.png", "thumbnail_width": 480}  # fmt: skip


def beside(page: str, told: Any, status: str = "200 OK", kind: str = "application/json") -> Answer:
    """A page with an oEmbed answer beside it."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return lambda request: (
        http(body, status, content_type=kind) if b"GET /oembed" in request else html(page)
    )


def test_oembed_fills_what_a_page_leaves_out(serve: Any) -> None:
    link = OEMBED.format("/oembed?url=x&amp;format=json")
    server = serve(beside(link, TOLD))
    assert read(server) == {
        "title": "Told", "description": "Ann · Tube", "status": 200, "unwound_url": server.url,
        "image": {"url": f"{server.url}t.png", "width": 480},
    }  # fmt: skip
    assert any(b"GET /oembed?url=x&format=json " in one for one in server.requests)
    own = "<meta property=og:title content=Own><meta name=description content=Mine>"
    card = read(serve(beside(own + link, TOLD)))
    assert (card["title"], card["description"], card["image"]["width"]) == ("Own", "Mine", 480)
    photo = {"type": "photo", "title": "P", "url": "p.png", "width": 9, "height": True}
    image = read(serve(beside(link, photo)))["image"]
    assert image["url"].endswith("/p.png") and image["width"] == 9 and "height" not in image


def test_a_page_that_says_all_itself_needs_no_oembed(serve: Any) -> None:
    whole = "<meta property=og:title content=Own><meta property=og:image content=/own.png>"
    server = serve(beside(whole + OEMBED.format("/oembed"), TOLD))
    assert read(server)["title"] == "Own"
    assert not any(b"/oembed" in one for one in server.requests)


@pytest.mark.parametrize(
    "answer",
    [
        beside("", b"{"),
        beside("", b"[" * 90_000),
        beside("", []),
        beside("", {"title": 7}),
        beside("", {"title": " "}),
        beside("", TOLD, "404 Not Found"),
        beside("", TOLD, kind="image/png"),
        beside("", b'{"title":"' + b"x" * 200_000 + b'"}'),
        beside("", {"title": "\ud800"}),
    ],
    ids=["broken", "nested", "list", "number", "blank", "missing", "picture", "huge", "surrogate"],
)
def test_oembed_that_is_none_changes_nothing(serve: Any, answer: Any) -> None:
    link = OEMBED.format("/oembed")
    server = serve(lambda request: answer(request) if b"/oembed" in request else html(link + "x"))
    assert "title" not in read(server)
    assert any(b"/oembed" in one for one in server.requests)


@pytest.mark.parametrize(
    "link",
    [
        "<link rel=alternate type=application/json+oembed href='ftp://a.example/'>",
        "<link rel=alternate type=application/json+oembed href='http://['>",
        "<link rel=stylesheet type=application/json+oembed href=/oembed>",
        "<link rel=alternate type=text/xml+oembed href=/oembed>",
    ],
)
def test_other_links_are_no_oembed(serve: Any, link: str) -> None:
    server = serve(beside(link, TOLD))
    assert "title" not in read(server)
    assert not any(b"/oembed" in one for one in server.requests)
