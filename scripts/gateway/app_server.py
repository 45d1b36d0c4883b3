"""Serve one Chalice app over HTTP as API Gateway does.

aiohttp speaks HTTP; Chalice's own local gateway makes the Lambda events, without what makes
it unfit to share: one app class for the whole process, 403 for unknown paths, and content
types that match binary types only without parameters.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web
from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LambdaEventConverter, LocalGateway, LocalGatewayException, RouteMatcher
from multidict import CIMultiDict

from scripts.base.problems import CONTENT_TYPE, PREFLIGHT, body_limit, problem
from scripts.base.process import LOOPBACK
from scripts.checks.permissions import API, running
from shared.base import legacy_errors
from shared.http.cors import CORS

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]
Extra = Mapping[str, Callable[[], Answer]]

# Requests answered at a time; further ones wait for their turn.
WORKERS = 64
STOP_SECONDS = 5
# aiohttp writes these itself.
_OF_THE_CONNECTION = frozenset({"content-length", "connection", "transfer-encoding"})


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
            return _nothing_at(path)
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


def _nothing_at(path: str) -> Answer:
    if path.startswith("/1.1/"):
        # Clients of API 1.1 look at its code.
        body = json.dumps(legacy_errors.document(legacy_errors.no_page())).encode()
        return 404, [("content-type", "application/json; charset=utf-8"), *CORS.items()], body
    return _problem(404, f"There is nothing at {path}.")


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


class AppServer:
    """One app on a loopback port.

    Args:
        port: 0 takes a free one; see `port`.
        extra: paths whose GET does not come from the app.
    """

    def __init__(self, app: Chalice, port: int, extra: Extra | None = None) -> None:
        self.gateway = AppGateway(app)
        self.extra = extra or {}
        self.port = port
        self._workers = ThreadPoolExecutor(WORKERS, "http")
        self._loop = asyncio.new_event_loop()
        # An access log would keep addresses and paths, which are personal data.
        self._runner = web.AppRunner(
            self._application(),
            access_log=None,
            keepalive_timeout=75,
            shutdown_timeout=STOP_SECONDS,
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="http", daemon=True)

    def start(self) -> AppServer:
        """Listen; returns once clients can connect.

        Raises:
            OSError: the port is taken.
        """
        self._thread.start()
        self._run(self._listen())
        return self

    def stop(self) -> None:
        """Answer what was asked, take nothing more, and end."""
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        self._workers.shutdown(wait=False)

    def _run(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _listen(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=0)
        application.router.add_route("*", "/{path:.*}", self._answer)
        application.on_response_prepare.append(_without_server)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        status, headers, content = await self._answered(request)
        kept = CIMultiDict(pair for pair in headers if pair[0].lower() not in _OF_THE_CONNECTION)
        if request.method == "HEAD":
            kept["content-length"] = str(len(content))
        return web.Response(status=status, headers=kept, body=content)

    async def _answered(self, request: web.Request) -> Answer:
        path = request.raw_path.partition("?")[0]
        if request.method == "GET" and path in self.extra:
            return await self._in_thread(self.extra[path])
        try:
            body = await request.clone(client_max_size=body_limit(path)).read()
        except web.HTTPRequestEntityTooLarge:
            return _problem(413, f"The body may hold {body_limit(path)} bytes.")
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        answer = self.gateway.answer
        return await self._in_thread(answer, request.method, request.raw_path, headers, body)

    async def _in_thread(self, answer: Callable[..., Answer], *arguments: Any) -> Answer:
        return await self._loop.run_in_executor(self._workers, answer, *arguments)


async def _without_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)
