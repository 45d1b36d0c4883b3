"""Answers that browsers read although they break rules."""

import gzip
import socket
import zlib
from typing import Any

import pytest

from shared.net.heads import in_order
from tests.unit.shared.fetch.fetch_support import http, kind_of, local

HTML = ("text/html", "application/xhtml+xml")
PAGE = b"<title>t</title><a href=/next>x</a>"
TEXT = b"some text " * 200


def raw(head: bytes, body: bytes = b"") -> bytes:
    return head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body


def deflated(content: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(content) + made.flush()


def packed(content: bytes) -> bytes:
    """Compress without the time, which would make the tests' names differ."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("header", "body", "kind"),
    [
        (None, PAGE, "text/html"),
        (None, b"  <!-- c --><p>x", "text/html"),
        (None, b"\xef\xbb\xbf<!doctype html><p>", "text/html"),
        (None, "\ufeff<html>é".encode("utf-16-le"), "text/html"),
        (None, b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", HTML[1]),
        (None, b"<?xml version='1.0'?><rss>", "text/xml"),
        (None, b"words, no markup", "text/plain"),
        (None, b"%PDF-1.7 <html>", "application/pdf"),
        (None, b"\x89PNG\r\n\x1a\n<html>", "image/png"),
        (None, b"\0\1\2", "application/octet-stream"),
        ("", PAGE, "text/html"),
        ("html", PAGE, "text/html"),
        ("*/*", PAGE, "text/html"),
        ("unknown/unknown", PAGE, "text/html"),
        ("text/html, text/html", PAGE, "text/html"),
        ("text/plain, text/html; charset=utf-8", PAGE, "text/html"),
        ("TEXT/HTML;charset", PAGE, "text/html"),
        ("application/xml", b"<html xmlns='http://www.w3.org/1999/xhtml'>", HTML[1]),
        ("text/plain", PAGE, "text/plain"),
        ("application/octet-stream", PAGE, "application/octet-stream"),
        ("text/html", b"\x89PNG\r\n\x1a\n" + b"\0" * 3000, "image/png"),
        ("text/html", b"\x1f\x8b\x08" + b"\0" * 100, "application/x-gzip"),
        ("text/html", b"BM, a page about cars", "text/html"),
    ],
)
def test_types_are_found_as_browsers_find_them(
    serve: Any, header: str | None, body: bytes, kind: str
) -> None:
    answer = http(body) if header is None else http(body, content_type=header)
    found = local(serve(answer).url, accept=HTML)
    assert found.content_type == kind
    assert found.body == (body if kind in HTML else b"")


def test_a_server_may_forbid_finding_html(serve: Any) -> None:
    server = serve(http(PAGE, x_content_type_options="nosniff"))
    assert local(server.url, accept=HTML).content_type == "text/plain"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("identity", TEXT),
        ("x-gzip", packed(TEXT)),
        ("GZIP", packed(TEXT)),
        ("gzip, gzip", packed(TEXT)),
        ("gzip, gzip", packed(packed(TEXT))),
        ("gzip, identity", packed(TEXT)),
        ("gzip", packed(TEXT[:900]) + packed(TEXT[900:])),
        ("gzip", packed(TEXT) + b"\0" * 100),
        ("gzip", zlib.compress(TEXT)),
        ("gzip", TEXT),
        ("gzip", b"x"),
        ("gzip", b""),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", deflated(TEXT)),
        ("deflate", packed(TEXT)),
        ("deflate", TEXT),
        ("utf-8", TEXT),
        ("none", TEXT),
        ("br", TEXT),
    ],
)
def test_odd_content_codings_are_read(serve: Any, coding: str, body: bytes) -> None:
    found = local(serve(http(body, content_encoding=coding)).url, max_bytes=len(TEXT))
    assert found.body == (TEXT if len(body) > 1 else body)
    assert not (found.truncated or found.broken)


def test_layers_of_gzip_do_not_hide_a_bomb(serve: Any) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 100_000_000))
    server = serve(http(bomb, content_encoding="gzip, gzip"))
    assert kind_of(lambda: local(server.url, max_bytes=50_000_000)) == "too_large"


@pytest.mark.parametrize(
    "head",
    [
        b"no colon here\nlocation: /end",
        b"x: \xff\xfe raw\nlocation: /end",
        b" folded first\nlocation: /end",
        b"no colon\n and its fold\nlocation: /end",
        b"location:\n /end",
        b"location : /end",
        b": no name\nlocation: /end",
        b"two words: x\nlocation: /end",
        b"x: a\rlocation: /hidden\nlocation: /end",
        b"content-length: 0\ncontent-length: 0\nlocation: /end",
        b"content-length: 0, 0\nlocation: /end",
        b"location: /end\nlocation: /other",
    ],
)
def test_broken_header_lines_do_not_hide_others(serve: Any, head: bytes) -> None:
    size = b"" if b"content-length" in head else b"\ncontent-length: 0"
    moved = raw(b"HTTP/1.1 302 Found\n" + head + size)

    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(http(b"end") if b"GET /end " in request else moved)

    assert local(serve(answer).url).body == b"end"


def test_lengths_agree_or_the_answer_is_refused(serve: Any) -> None:
    same = raw(b"HTTP/1.1 200 OK\ncontent-length: 5\nno colon\ncontent-length: 5", b"hello")
    server = serve(same)
    assert [local(server.url).body for _ in range(2)] == [b"hello", b"hello"]
    assert server.connections == 1
    other = raw(b"HTTP/1.1 200 OK\ncontent-length: 5\ncontent-length: 6", b"hello")
    assert kind_of(lambda: local(serve(other).url)) == "http"
    chunked = raw(
        b"HTTP/1.1 200 OK\ntransfer-encoding: identity, chunked", b"5\r\nhello\r\n0\r\n\r\n"
    )
    assert local(serve(chunked).url).body == b"hello"


def test_heads_come_in_order() -> None:
    lines = [b"A: 1\r\n", b"junk\r\n", b" 2\r\n", b"B : x\r\n", b"\ty\r\n"]
    assert in_order(lines) == [b"A: 1\r\n", b"B: x y\r\n", b"\r\n"]


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/café".encode(), b"/caf%C3%A9"),
        ("/café".encode("latin-1"), b"/caf%E9"),
        (b"/caf%C3%A9", b"/caf%C3%A9"),
        ("?q=日".encode(), b"/?q=%E6%97%A5"),
    ],
)
def test_raw_bytes_in_a_location_are_sent_on(serve: Any, location: bytes, asked: bytes) -> None:
    moved = raw(b"HTTP/1.1 302 Found\nlocation: " + location + b"\ncontent-length: 0")

    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(moved if len(server.requests) == 1 else http(b"end"))

    server = serve(answer)
    assert local(server.url).body == b"end"
    assert server.requests[1].split()[1] == asked


def wall(connection: socket.socket, request: bytes) -> None:
    """A page that is shown only to those who bring its cookie."""
    seen = b"seen=1" in request
    moved = http(b"", "302 Found", location="/cookie", set_cookie="seen=1; path=/")
    connection.sendall(http(b"inside") if seen else moved)


def test_a_cookie_wall_is_passed_once_and_forgotten(serve: Any) -> None:
    server = serve(wall)
    for _ in range(2):
        assert local(f"{server.url}cookie").body == b"inside"
    # A second fetch begins without the first one's cookies.
    assert [b"seen=1" in request for request in server.requests] == [False, True, False, True]


def test_cookies_stay_with_their_host_path_and_scheme(serve: Any) -> None:
    end = serve(http())
    cookies = "a=1; path=/, b=2; path=/other, c=3; secure, d=4; max-age=0, e=5; domain=127.0.0.1"
    first = http(b"", "302 Found", location="/two", set_cookie=cookies)
    second = http(b"", "302 Found", location=end.url.replace("127.0.0.1", "localhost"))

    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(second if b"GET /two" in request else first)

    server = serve(answer)
    local(server.url, headers={"cookie": "own=0"})
    assert b"cookie: own=0; a=1; e=5\r\n" in server.requests[1].lower()
    assert b"cookie" not in end.requests[0].lower()


def test_jars_are_bounded(serve: Any) -> None:
    many = ", ".join(f"n{number}={'x' * 10}; path=/" for number in range(100))
    many += f", big={'y' * 5000}"

    def answer(connection: socket.socket, _: bytes) -> None:
        moved = http(b"", "302 Found", location="/", set_cookie=many)
        connection.sendall(moved if len(server.requests) == 1 else http())

    server = serve(answer)
    local(server.url)
    assert server.requests[1].count(b"=x") == 20


@pytest.mark.parametrize("how", ["length", "chunks", "gzip", "drip"])
def test_what_arrived_of_a_broken_body_counts_if_wanted(serve: Any, how: str) -> None:
    def answer(connection: socket.socket, _: bytes) -> None:
        if how == "chunks":
            connection.sendall(
                raw(b"HTTP/1.1 200 OK\ntransfer-encoding: chunked", b"23\r\n" + PAGE)
            )
        elif how == "gzip":
            connection.sendall(http(gzip.compress(PAGE)[:-4], content_encoding="gzip"))
        else:
            connection.sendall(raw(b"HTTP/1.1 200 OK\ncontent-length: 999999", PAGE))
        if how == "drip":
            connection.recv(1)
        connection.close()

    server = serve(answer)
    found = local(server.url, partial_body=True, timeout_s=1)
    assert (found.body, found.broken) == (PAGE, True)
    assert kind_of(lambda: local(server.url, timeout_s=1)) in ("http", "decode", "timeout")


def test_a_body_of_which_nothing_arrived_is_a_failure(serve: Any) -> None:
    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(raw(b"HTTP/1.1 200 OK\ncontent-length: 10"))
        connection.close()

    assert kind_of(lambda: local(serve(answer).url, partial_body=True)) == "http"


def test_a_head_is_read_to_its_end_and_no_further(serve: Any) -> None:
    script = b"<script>'</head><body>'" + b"x" * 720_000 + b"</script>"
    page = b"<head>" + script + b"<title>t</title></head>" + b"y" * 2_000_000
    found = local(serve(http(page)).url, max_bytes=2_000_000, truncate=True, head_after=256 * 1024)
    assert b"<title>t</title>" in found.body
    assert len(found.body) < 900_000
    early = b"<title>t</title></head>" + b"z" * 1_000_000
    cut = local(serve(http(early)).url, max_bytes=2_000_000, truncate=True, head_after=256 * 1024)
    assert 256 * 1024 < len(cut.body) < 400_000
