"""Serves one Chalice app over HTTP as API Gateway would, for the local stack.

Built on Chalice's own local gateway, without what makes it unfit to share:
one app class for the whole process, a 40 ms stall on every answer (two small
packets and a delayed acknowledgement), 403 for unknown paths, and content
types that match binary types only without parameters.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LambdaEventConverter, LocalGateway, LocalGatewayException, RouteMatcher

from scripts.base.problems import CONTENT_TYPE, PREFLIGHT, body_limit, problem
from scripts.base.process import LOOPBACK
from scripts.checks.permissions import API, running
from shared.http.cors import CORS

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]
Extra = Mapping[str, Callable[[], Answer]]

# How much of a refused body is read away, and how long one read may wait.
LINGER_BYTES = 16 * 1024 * 1024
LINGER_SECONDS = 2


def make_thread_safe(app: Chalice) -> None:
    """Give every thread its own current request and Lambda context.

    Each app gets a class of its own: several apps may live in one process.
    """
    if getattr(app, "_rookery_thread_safe", False):
        return
    store = threading.local()

    def own(name: str) -> property:
        return property(
            lambda _: getattr(store, name, None), lambda _, value: setattr(store, name, value)
        )

    kind = type(app)
    members = {name: own(name) for name in ("current_request", "lambda_context")}
    app.__class__ = type(kind.__name__, (kind,), {**members, "_rookery_thread_safe": True})


class _Converter(LambdaEventConverter):
    def _is_binary(self, headers: Mapping[str, str]) -> bool:
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        return media in self._binary_types or "*/*" in self._binary_types


class AppGateway:
    """Turns HTTP requests into Lambda events for one app, and answers back."""

    def __init__(self, app: Chalice) -> None:
        make_thread_safe(app)
        self.domain = app.app_name.removeprefix("rookery-")
        self.routes = app.routes
        self._matcher = RouteMatcher(list(app.routes))
        self._gateway = LocalGateway(app, Config())
        self._gateway.event_converter = _Converter(self._matcher, app.api.binary_types)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request; ``target`` is path and query as they came."""
        path = target.partition("?")[0]
        try:
            methods = set(self.routes[self._matcher.match_route(target).route])
        except ValueError:
            return _problem(404, f"There is nothing at {path}.")
        if method == "HEAD" and "HEAD" not in methods:
            method = "GET"
        if method == "OPTIONS" and "OPTIONS" not in methods:
            allowed = ", ".join(sorted({*methods, "OPTIONS"}))
            return 204, [*PREFLIGHT.items(), ("access-control-allow-methods", allowed)], b""
        if method not in methods:
            allowed = ", ".join(sorted({*methods, "OPTIONS"}))
            status, found, text = _problem(405, f"{method} is not possible at {path}.")
            return status, [*found, ("allow", allowed)], text
        try:
            with running(self.domain, API):
                response = self._gateway.handle_request(method, target, headers, body or None)
            return _to_answer(response)
        except LocalGatewayException as error:
            return error.CODE, [*error.headers.items(), *CORS.items()], error.body or b""


def _problem(status: int, detail: str) -> Answer:
    return status, [("content-type", CONTENT_TYPE), *CORS.items()], problem(status, detail)


def _to_answer(response: Mapping[str, Any]) -> Answer:
    merged: dict[str, Any] = dict(response["headers"])
    merged.update(response.get("multiValueHeaders") or {})
    body = response["body"]
    if body is None:
        content = b""
    elif response.get("isBase64Encoded"):
        content = base64.b64decode(body)
    else:
        content = body if isinstance(body, bytes) else str(body).encode()
    headers = [
        (name, str(one))
        for name, value in merged.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    present = {name.lower() for name, _ in headers}
    if "content-type" not in present:
        headers.append(("content-type", "application/json"))
    headers += [(name, value) for name, value in CORS.items() if name not in present]
    return int(response["statusCode"]), headers, content


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One segment an answer, sent at once: otherwise every answer waits for an
    # acknowledgement that the other side delays.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 75
    server: AppServer

    def _body(self, path: str) -> bytes | Answer:
        if self.headers.get("transfer-encoding"):
            return _problem(411, "Send a Content-Length.")
        try:
            length = int(self.headers.get("content-length") or 0)
        except ValueError:
            length = -1
        if length < 0:
            return _problem(400, "The Content-Length is not a number.")
        if length > body_limit(path):
            return _problem(413, f"The body may hold {body_limit(path)} bytes.")
        return self.rfile.read(length)

    def _handle(self) -> None:
        path = self.path.partition("?")[0]
        body = self._body(path)
        if not isinstance(body, bytes):
            # The body is still on the wire: the connection is of no more use.
            self.close_connection = True
            self._send(*body)
            self._linger()
            return
        if path in self.server.extra and self.command == "GET":
            answer = self.server.extra[path]()
        else:
            headers: dict[str, str] = {}
            for name, value in self.headers.items():
                key = name.lower()
                headers[key] = f"{headers[key]}, {value}" if key in headers else value
            answer = self.server.gateway.answer(self.command, self.path, headers, body)
        self._send(*answer)

    def _send(self, status: int, headers: Headers, content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(content)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(content)

    def _linger(self) -> None:
        """Take in a refused body, within bounds, before closing.

        Closing with bytes unread resets the connection, and a client that is
        still sending would never read why it was refused (RFC 9112, section 9.6).
        """
        self.connection.settimeout(LINGER_SECONDS)
        left = LINGER_BYTES
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and (taken := len(self.rfile.read1(min(left, 65_536)))):
                left -= taken

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Keep no access log: addresses and paths are personal data."""


class AppServer(ThreadingHTTPServer):
    """One app on a loopback port, a thread per connection.

    ``extra`` maps paths to answers that do not come from the app.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: Chalice, port: int, extra: Extra | None = None) -> None:
        self.gateway = AppGateway(app)
        self.extra = extra or {}
        super().__init__((LOOPBACK, port), _RequestHandler)

    def server_bind(self) -> None:
        """Bind without the reverse look-up of our own name that the library does."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""

    def start(self) -> AppServer:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, name="http", daemon=True).start()
        return self
