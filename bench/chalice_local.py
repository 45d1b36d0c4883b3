"""Requests per second of `chalice local`, beside the stock server.

Both serve the users app and answer the same route, through our whole pipeline, to clients that
keep their connections.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from scripts.base.domain import APPS
from scripts.base.process import free_ports, stop, wait_until
from scripts.deploy.provision import apply_template, templates
from scripts.emulator.stack import embedded_aws

DOMAIN, ROUTE = "users", "/.well-known/jwks.json"
CONNECTIONS = 8
SECONDS = 3.0
GOAL = 2000
# Under another name than `chalice`, the app leaves Chalice's server as it is.
_STOCK = "import sys; sys.argv[0] = 'stock'; from chalice.cli import main; main()"


def measure(seconds: float = SECONDS) -> dict[str, float]:
    """Measure requests per second: ``ours``, ``stock`` and their ``ratio``.

    Raises:
        RuntimeError: a server did not start, or did not answer 200.
    """
    chalice = [str(Path(sys.executable).with_name("chalice"))]
    with (
        tempfile.TemporaryDirectory() as state,
        embedded_aws(Path(state), keep=False) as stack,
    ):
        found = templates()
        for one in ("events", DOMAIN):
            apply_template(one, found[one], stage="dev", endpoint_url=stack.endpoint_url)
        environment = {**stack.environment(), "RATE_LIMIT_MULTIPLIER": "1000000"}
        with _served(chalice, environment) as port:
            ours = _rate(port, seconds)
        with _served([sys.executable, "-c", _STOCK], environment) as port:
            stock = _rate(port, seconds)
    return {"ours": round(ours), "stock": round(stock), "ratio": round(ours / stock, 1)}


@contextmanager
def _served(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    port = free_ports(1)[0]
    process = subprocess.Popen(
        [*command, "local", "--no-autoreload", "--port", str(port)],
        cwd=APPS / DOMAIN,
        env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if not wait_until(lambda: _listens(port), 60, process=process):
            raise RuntimeError("chalice local did not start")
        yield port
    finally:
        stop([process], 10)


def _listens(port: int) -> bool:
    try:
        return _requests(port, 0) == 1
    except OSError:
        return False


def _rate(port: int, seconds: float) -> float:
    started = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answered = sum(pool.map(lambda _: _requests(port, seconds), range(CONNECTIONS)))
    return answered / (time.monotonic() - started)


def _requests(port: int, seconds: float) -> int:
    """Count answers on one connection until the time is up, at least one."""
    asked = f"GET {ROUTE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    count, until = 0, time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        while count == 0 or time.monotonic() < until:
            connection.sendall(asked)
            _read_answer(connection)
            count += 1
    return count


def _read_answer(connection: socket.socket) -> None:
    received = b""
    while True:
        piece = connection.recv(65_536)
        if not piece:
            raise RuntimeError("chalice local closed a connection")
        received += piece
        head, separator, body = received.partition(b"\r\n\r\n")
        if separator and len(body) >= _length(head):
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"chalice local answered {head[:40]!r}")
            return


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
