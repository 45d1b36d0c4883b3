"""The fetcher against hostile servers."""

import gzip
import socket
import threading
import time
import zlib
from typing import Any

import pytest

from shared.net import requests_transport
from shared.net.fetch import fetch
from tests.unit.shared.fetch.fetch_support import Server, http, kind_of, local, resolver

pytestmark = pytest.mark.usefixtures("both_transports")


def test_a_dripping_body_ends_at_the_deadline(serve: Any) -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        for _n in range(1000):
            connection.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    assert kind_of(lambda: local(serve(drip).url, timeout_s=0.6)) == "timeout"
    assert time.monotonic() - started < 20  # the whole drip takes 50 s


def test_dripping_headers_end_at_the_deadline(serve: Any) -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            connection.sendall(f"x-{number % 9}: y\r\n".encode())
            time.sleep(0.05)

    started = time.monotonic()
    assert kind_of(lambda: local(serve(drip).url, timeout_s=0.6)) == "timeout"
    assert time.monotonic() - started < 20  # the whole drip takes 50 s


def test_an_endless_row_of_continues_ends(serve: Any) -> None:
    def go_on(connection: socket.socket, _: bytes) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.01)

    assert kind_of(lambda: local(serve(go_on).url, timeout_s=0.6)) == "timeout"


def test_a_slow_chain_of_redirects_shares_one_deadline(serve: Any) -> None:
    def slow(connection: socket.socket, _: bytes) -> None:
        time.sleep(0.25)
        connection.sendall(http(b"", "302 Found", location="/again"))

    assert kind_of(lambda: local(serve(slow).url, timeout_s=0.6, max_redirects=20)) == "timeout"


def test_a_tls_handshake_that_never_answers_times_out(serve: Any) -> None:
    server = Server(lambda connection, _: None)
    url = f"https://127.0.0.1:{server.port}/"
    assert kind_of(lambda: local(url, timeout_s=0.5)) == "timeout"
    server.close()


def test_plain_text_is_no_tls() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(10)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    threading.Thread(target=answer, daemon=True).start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    assert kind_of(lambda: local(url)) == "tls"
    listener.close()


def test_large_bodies_are_refused_or_cut(serve: Any) -> None:
    server = serve(http(b"a" * 5000))
    assert kind_of(lambda: local(server.url, max_bytes=4999)) == "too_large"
    cut = local(server.url, max_bytes=1000, truncate=True)
    assert (len(cut.body), cut.truncated) == (1000, True)
    whole = local(server.url, max_bytes=5000)
    assert (len(whole.body), whole.truncated) == (5000, False)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_bombs_are_refused_early(serve: Any, coding: str) -> None:
    zeros = b"\0" * 100_000_000
    bomb = gzip.compress(zeros) if coding == "gzip" else zlib.compress(zeros, 9)
    del zeros
    server = serve(http(bomb, content_encoding=coding))
    started = time.thread_time()
    assert kind_of(lambda: local(server.url, max_bytes=50_000_000)) == "too_large"
    assert kind_of(lambda: local(server.url, max_bytes=50_000)) == "too_large"
    assert time.thread_time() - started < 2


def test_compressed_bodies_are_decoded(serve: Any) -> None:
    text = b"some text " * 1000
    assert local(serve(http(gzip.compress(text), content_encoding="gzip")).url).body == text
    assert local(serve(http(zlib.compress(text), content_encoding="deflate")).url).body == text


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "nonsense"])
def test_codings_nobody_asked_for_are_refused(serve: Any, coding: str) -> None:
    body = b"\x28\xb5\x2f\xfd\x00\x01" * 50
    assert kind_of(lambda: local(serve(http(body, content_encoding=coding)).url)) == "decode"


def test_broken_codings_are_told(serve: Any) -> None:
    whole = gzip.compress(b"some text " * 1000)
    for broken in (whole[:-9], whole[:20] + b"\xff" * 20 + whole[40:]):
        server = serve(http(broken, content_encoding="gzip"))
        assert kind_of(lambda url=server.url: local(url)) == "decode"  # type: ignore[misc]


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: y\r\n" % n for n in range(200)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + (b"x: " + b"y" * 20_000 + b"\r\n") * 5 + b"\r\n",
    ],
    ids=["no http", "many headers", "long line", "large headers"],
)
def test_answers_that_are_no_http(serve: Any, answer: bytes) -> None:
    assert kind_of(lambda: local(serve(answer).url)) == "http"


def test_connections_that_break_are_told(serve: Any) -> None:
    gone = socket.create_server(("127.0.0.1", 0))
    port = gone.getsockname()[1]
    gone.close()
    assert kind_of(lambda: local(f"http://127.0.0.1:{port}/")) == "connect"
    server = serve(lambda connection, _: connection.close())
    assert kind_of(lambda: local(server.url)) == "connect"


def test_connections_are_kept_and_a_dead_one_is_replaced(serve: Any) -> None:
    answers = iter([http(), http(), b"", http()])

    def answer(connection: socket.socket, _: bytes) -> None:
        content = next(answers)
        if not content:
            connection.close()
            raise OSError
        connection.sendall(content)

    server = serve(answer)
    assert [local(server.url).body for _ in range(3)] == [b"hello"] * 3
    assert server.connections == 2


def test_private_connections_are_not_lent_to_public_requests(serve: Any) -> None:
    server = serve(http())
    ports = frozenset({server.port})
    resolved = resolver(name_example="127.0.0.1")
    url = f"http://name.example:{server.port}/"
    assert local(url, resolver=resolved).body == b"hello"
    assert kind_of(lambda: fetch(url, ports=ports, resolver=resolved)) == "refused"
    assert local(server.url).body == b"hello"
    assert kind_of(lambda: fetch(server.url, ports=ports)) == "refused"


def test_redirects_are_followed_counted_and_shown(serve: Any) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        hop = int(request.split()[1].strip(b"/") or 0)
        more = http(b"", "302 Found", location=f"/{hop + 1}")
        connection.sendall(more if hop < 3 else http(b"end"))

    server = serve(answer)
    seen: list[str] = []
    answer_ = local(server.url, on_redirect=seen.append)
    assert (answer_.body, answer_.url) == (b"end", f"{server.url}3")
    assert answer_.redirects == (server.url, f"{server.url}1", f"{server.url}2")
    assert seen == [f"{server.url}{n}" for n in (1, 2, 3)]
    assert kind_of(lambda: local(server.url, max_redirects=2)) == "too_many_redirects"
    alone = local(server.url, max_redirects=0)
    assert (alone.status, alone.location) == (302, f"{server.url}1")

    class Stop(Exception):
        pass

    def stop(_: str) -> None:
        raise Stop

    with pytest.raises(Stop):
        local(server.url, on_redirect=stop)


def test_credentials_do_not_follow_to_another_origin(serve: Any) -> None:
    end = serve(http())
    server = serve(http(b"", "307 Temporary Redirect", location=end.url))
    sent = {"authorization": "secret", "x-kind": "kept"}
    local(server.url, method="POST", body=b"{}", headers=sent)
    assert b"authorization: secret" in server.requests[0].lower()
    last = end.requests[0].lower()
    assert b"authorization" not in last
    assert b"x-kind: kept" in last
    assert last.startswith(b"post ")


def test_see_other_turns_a_post_into_a_get(serve: Any) -> None:
    end = serve(http())
    server = serve(http(b"", "303 See Other", location=end.url))
    local(server.url, method="POST", body=b"{}", headers={"content-type": "application/json"})
    assert end.requests[0].startswith(b"GET ")
    assert b"content-type" not in end.requests[0].lower()


def test_bodies_of_other_types_are_not_read(serve: Any) -> None:
    server = serve(http(b"%PDF", content_type="application/pdf"))
    answer = local(server.url, accept=("text/html",))
    assert (answer.body, answer.truncated, answer.content_type) == (b"", True, "application/pdf")
    page = serve(http(b"<p>", content_type="Text/HTML; charset=utf-8"))
    assert local(page.url, accept=("text/",)).body == b"<p>"


def test_no_cookie_outlives_its_chain(serve: Any, both_transports: Any) -> None:
    server = serve(http(set_cookie="a=1; path=/"))
    for _ in range(2):
        assert local(server.url).body == b"hello"
    assert not any(b"cookie" in request.lower() for request in server.requests)
    session = requests_transport._state.session
    assert both_transports is None or session is not None
    assert session is None or not len(session.cookies)
