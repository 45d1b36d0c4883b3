"""Fixtures of the fetcher's tests; nothing leaves loopback."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.base.process import process
from shared.net import dns_pinning
from tests.unit.shared.fetch.fetch_support import Server, both_transports

__all__ = ["both_transports"]


@pytest.fixture(autouse=True)
def no_real_traffic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FETCH_DENIED_PORTS", "4599")
    process.restart()
    original = dns_pinning._DeadlineSocket.connect

    def connect(self: socket.socket, address: Any) -> None:
        assert address[0] in ("127.0.0.1", "::1"), f"would have reached {address}"
        original(self, address)

    monkeypatch.setattr(dns_pinning._DeadlineSocket, "connect", connect)
    yield
    process.restart()


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
