"""The fetcher against hostile URLs, names and servers; nothing leaves loopback."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from shared import fetch as fetching
from shared import pinned
from shared.addresses import embedded_ipv4, is_allowed, is_public
from shared.config import settings
from shared.fetch import Fetched, FetchError, check_url, fetch

PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def no_real_traffic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FETCH_DENIED_PORTS", "4599")
    settings.cache_clear()
    original = pinned._DeadlineSocket.connect

    def connect(self: socket.socket, address: Any) -> None:
        assert address[0] in ("127.0.0.1", "::1"), f"would have reached {address}"
        original(self, address)

    monkeypatch.setattr(pinned._DeadlineSocket, "connect", connect)
    yield
    settings.cache_clear()


def resolver(**names: str | list[str]) -> Callable[[str, int], list[Any]]:
    """A resolver of made-up names; literal addresses resolve to themselves."""

    def resolve(host: str, port: int) -> list[Any]:
        answer = names.get(host.replace(".", "_").replace("-", "_"), host)
        addresses = [answer] if isinstance(answer, str) else answer
        found = []
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            socket.inet_pton(family, address)
            found.append((family, socket.SOCK_STREAM, 6, "", (address, port)))
        return found

    return resolve


class Server:
    """Answers each connection with what a function makes of its socket."""

    def __init__(self, serve: Callable[[socket.socket, bytes], None]) -> None:
        self.serve = serve
        self.requests: list[bytes] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection:
            while True:
                request = b""
                try:
                    while b"\r\n\r\n" not in request:
                        data = connection.recv(65536)
                        if not data:
                            return
                        request += data
                    self.requests.append(request)
                    self.serve(connection, request)
                except OSError:
                    return

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: bytes | Callable[[socket.socket, bytes], None]) -> Server:
        if isinstance(answer, bytes):
            content = answer
            servers.append(Server(lambda connection, _: connection.sendall(content)))
        else:
            servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def http(body: bytes = b"hello", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def local(url: str, **options: Any) -> Fetched:
    return fetch(url, allow_private=True, **{"timeout_s": 5, **options})


def kind_of(action: Callable[[], Any]) -> str:
    with pytest.raises(FetchError) as caught:
        action()
    return caught.value.kind


HOSTILE = [
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/",
    "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/",
    "http://0/", "http://0.0.0.0/", "http://00000000/", "http://127.0.0.1./",
    "http://127。0。0。1/", "http://127．0．0．1/", "http://①②⑦.⓪.⓪.①/",
    "http://%31%32%37.0.0.1/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xA9FEA9FE/",
    "http://169.254.170.2/", "http://100.64.0.1/", "http://100.100.100.200/",
    "http://192.0.0.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/",
    "http://240.0.0.1/", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:7f00:1::80ff:fffe]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/",
    "http://[fe80::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/",
    "http://[2606:4700::5efe:7f00:1]/", "http://[fe80::1%25eth0]/",
    "http://example.com:22/", "http://example.com:6379/", "https://example.com:8443/",
    "http://user@example.com/", "http://user:pass@example.com/", "http://:pass@example.com/",
    "http://example.com@127.0.0.1/", "http://127.0.0.1\\@example.com/",
    "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "data:text/html,x",
    "javascript:alert(1)", "http:", "http://", "//example.com/", "example.com", "",
    "http://exa mple.com/", "http://example.com:99999/", "http://[::1", "http://a%00b/",
    "http://\udcff/", "dict://example.com:11211/", "ldap://example.com/",
]  # fmt: skip

HOSTILE_NAMES = {
    "localhost": "127.0.0.1",
    "internal.example": "10.1.2.3",
    "metadata.example": "169.254.169.254",
    "six.example": "::1",
    "mapped.example": "::ffff:10.0.0.1",
    "unique-local.example": "fd12::1",
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed-six.example": [PUBLIC, "::1"],
    "nat.example": "64:ff9b::a00:1",
    "xn--bcher-kva.example": "192.168.0.9",
    "trailing.example.": "127.0.0.1",
}


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_urls_are_refused(url: str) -> None:
    assert kind_of(lambda: fetch(url, resolver=resolver(example_com=PUBLIC))) == "refused"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_of_private_addresses_are_refused(name: str) -> None:
    names: dict[str, Any] = {
        n.replace(".", "_").replace("-", "_"): a for n, a in HOSTILE_NAMES.items()
    }
    for scheme in ("http", "https"):
        ask = partial(fetch, f"{scheme}://{name}/", resolver=resolver(**names))
        assert kind_of(ask) == "refused"


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://[::ffff:169.254.169.254]/",
     "http://0.0.0.0/", "http://[::]/", "http://[fe80::1]/", "http://224.0.0.1/",
     "http://100.100.100.200/", "http://127.0.0.1:4599/", "http://localhost:4599/",
     "http://u@127.0.0.1/"],
)  # fmt: skip
def test_some_places_stay_closed_even_for_private_fetches(url: str) -> None:
    assert kind_of(lambda: local(url)) == "refused"


def test_public_addresses_are_public() -> None:
    import ipaddress

    for text in (PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"):
        assert is_public(ipaddress.ip_address(text)), text
        assert is_allowed(ipaddress.ip_address(text), allow_private=True)
    six = ipaddress.ip_address("2001:0:7f00:1:0:0:f5ff:fffe")
    assert {str(one) for one in embedded_ipv4(six)} == {"127.0.0.1", "10.0.0.1"}


def test_a_second_answer_of_the_resolver_is_not_asked_for(serve: Any) -> None:
    """DNS rebinding: the address that was judged is the address that is used."""
    reached: list[Any] = []
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[Any]:
        asked.append(host)
        return resolver(rebind_example=answers[len(asked) - 1])(host, port)

    class Noted(Exception):
        pass

    def connect(self: socket.socket, address: Any) -> None:
        reached.append(address[0])
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pinned._DeadlineSocket, "connect", connect)
        assert kind_of(lambda: fetch("http://rebind.example/", resolver=rebinding)) == "connect"
    assert reached == [PUBLIC]
    assert asked == ["rebind.example"]


def test_the_name_travels_and_the_address_is_pinned(serve: Any) -> None:
    server = serve(http())
    answer = local(
        f"http://name.example:{server.port}/a/../b?c#d", resolver=resolver(name_example="127.0.0.1")
    )
    assert answer.body == b"hello"
    assert answer.url == f"http://name.example:{server.port}/b?c#d"
    request = server.requests[0].decode().lower()
    assert request.startswith("get /b?c http/1.1\r\n")
    assert f"host: name.example:{server.port}\r\n" in request


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:4599/", "http://169.254.169.254/", "ftp://127.0.0.1/", "http://u:p@x/"],
)
def test_redirects_to_forbidden_places_are_refused(serve: Any, target: str) -> None:
    server = serve(http(b"", "302 Found", location=target))
    assert kind_of(lambda: local(server.url)) == "refused"


def test_a_public_page_cannot_redirect_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    def exchange(manager: Any, url: Any, *args: Any) -> Fetched:
        assert url.hostname == "example.com"
        return Fetched(url.href, 301, {"location": "http://127.0.0.1/"}, b"")

    monkeypatch.setattr(fetching, "_exchange", exchange)
    assert kind_of(lambda: fetch("http://example.com/")) == "refused"


def test_environment_proxies_are_ignored(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert local(serve(http()).url).body == b"hello"


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
    started = time.monotonic()
    assert kind_of(lambda: local(server.url, max_bytes=50_000_000)) == "too_large"
    assert kind_of(lambda: local(server.url, max_bytes=50_000)) == "too_large"
    assert time.monotonic() - started < 2


def test_compressed_bodies_are_decoded(serve: Any) -> None:
    text = b"some text " * 1000
    assert local(serve(http(gzip.compress(text), content_encoding="gzip")).url).body == text
    assert local(serve(http(zlib.compress(text), content_encoding="deflate")).url).body == text


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_codings_nobody_asked_for_are_refused(serve: Any, coding: str) -> None:
    assert kind_of(lambda: local(serve(http(b"x", content_encoding=coding)).url)) == "decode"


def test_broken_codings_are_told(serve: Any) -> None:
    server = serve(http(b"not gzip at all", content_encoding="gzip"))
    assert kind_of(lambda: local(server.url)) == "decode"


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


def test_unknown_names_are_told() -> None:
    def unknown(host: str, port: int) -> list[Any]:
        raise socket.gaierror

    assert kind_of(lambda: fetch("http://nowhere.example/", resolver=unknown)) == "dns"
    assert kind_of(lambda: fetch("http://nowhere.example/", resolver=lambda *_: [])) == "dns"


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


def test_check_url_reads_as_browsers_do() -> None:
    assert check_url("HTTP://EXAMPLE.com:80/x").href == "http://example.com/x"
    assert check_url("http://example.com:8080/", ports=frozenset({8080})).port == "8080"
    assert check_url("http://0x7f.1:1234/", allow_private=True).hostname == "127.0.0.1"
    assert str(FetchError("refused", "why")) == "refused: why"
