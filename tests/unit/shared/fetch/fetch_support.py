"""Hostile servers, fixed resolvers, and fetches that reach loopback."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from shared.net import requests_transport
from shared.net.answers import Fetched, FetchError
from shared.net.fetch import Transport, fetch

PUBLIC = "93.184.216.34"
TRANSPORTS: dict[str, Transport | None] = {
    "urllib3": None,
    "requests": requests_transport.request,
}


class Using:
    """The transport of `local`; `both_transports` changes it."""

    transport: Transport | None = None


@pytest.fixture(params=TRANSPORTS)
def both_transports(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Transport | None:
    """Makes a test twice, with each client."""
    monkeypatch.setattr(Using, "transport", TRANSPORTS[request.param])
    return Using.transport


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


def http(body: bytes = b"hello", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def local(url: str, **options: Any) -> Fetched:
    given = {"timeout_s": 5, "transport": Using.transport, **options}
    return fetch(url, allow_private=True, **given)


def kind_of(action: Callable[[], Any]) -> str:
    with pytest.raises(FetchError) as caught:
        action()
    return caught.value.kind
