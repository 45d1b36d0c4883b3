"""Passes requests on to the domains' processes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    web,
)
from multidict import CIMultiDict
from yarl import URL

from scripts.base.problems import CONTENT_TYPE, body_limit, problem
from scripts.gateway.routes import FRONT_NAMES, Route
from scripts.gateway.storage import Storage
from shared.http.cors import CORS

HOP_BY_HOP = frozenset(
    {
        *(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
        ),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
# We say these; what a client says of itself here is not to be believed.
OURS = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port",
     "x-real-ip", "x-request-id", "x-rookery-origin-secret"}
)  # fmt: skip
# Answers that caches share know no caller.
PERSONAL = ("Authorization", "Cookie")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SMALL = 256 * 1024
TEXTS = frozenset({"application/json", "application/problem+json", "text/html"})
# Below this, a header costs more than it saves (bytes).
COMPRESSED_FROM = 1024
TIMEOUT = ClientTimeout(total=65, connect=5)


def problem_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A problem document as an answer of the gateway itself."""
    return web.Response(
        status=status,
        body=problem(status, detail),
        content_type=CONTENT_TYPE,
        headers={**CORS, "cache-control": "no-store", **(headers or {})},
    )


def end_to_end(headers: Iterable[tuple[str, str]], connection: str) -> CIMultiDict[str]:
    """The headers that are meant for the other end, not for this hop."""
    named = {name.strip().lower() for name in connection.split(",")}
    return CIMultiDict(
        (name, value)
        for name, value in headers
        if name.lower() not in HOP_BY_HOP and name.lower() not in named
    )


def compress(request: web.Request, response: web.StreamResponse, size: int | None) -> None:
    """Compress a text of some size with gzip, for clients that accept it."""
    if response.content_type not in TEXTS or (size is not None and size < COMPRESSED_FROM):
        return
    response.headers.add("Vary", "Accept-Encoding")
    takes = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    if takes and request.method != "HEAD" and "Content-Encoding" not in response.headers:
        response.headers.pop("Content-Length", None)
        response.enable_compression(web.ContentCoding.gzip)


async def read_body(request: web.Request, limit: int) -> bytes | None:
    """The request's body, None when it is over the limit."""
    if (request.content_length or 0) > limit:
        return None
    body = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


class Proxy:
    """Forwards to the domains over pooled connections."""

    def __init__(self, upstreams: Mapping[str, str], aws_url: str = "") -> None:
        self.upstreams = dict(upstreams)
        # Headers that pages get here instead of their domain's.
        self.page_headers: Mapping[str, str] = {}
        self.storage = Storage(lambda: self.session, aws_url)
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        """The client, made in the running event loop."""
        if self._session is None:
            # Shorter than the domains keep an idle connection, so that none is
            # used just when the other side closes it.
            connector = TCPConnector(limit=0, limit_per_host=64, keepalive_timeout=30)
            self._session = ClientSession(
                connector=connector, timeout=TIMEOUT, auto_decompress=False, cookie_jar=None
            )
        return self._session

    async def close(self) -> None:
        """Drop all connections."""
        if self._session is not None:
            await self._session.close()

    def _headers(self, request: web.Request, route: Route, request_id: str) -> CIMultiDict[str]:
        headers = end_to_end(request.headers.items(), request.headers.get("Connection", ""))
        for name in [*OURS, *(PERSONAL if route.shared else ())]:
            headers.popall(name, None)
        headers.popall("Content-Length", None)
        headers.popall("Expect", None)
        host = request.headers.get("Host", "")
        headers["X-Forwarded-For"] = request.remote or "127.0.0.1"
        headers["X-Forwarded-Host"] = host
        headers["X-Forwarded-Proto"] = (
            "https" if host.partition(":")[0].lower() in FRONT_NAMES else "http"
        )
        headers["X-Request-Id"] = request_id
        return headers

    async def forward(self, request: web.Request, route: Route) -> web.StreamResponse:
        """The domain's answer, or a problem that tells why there is none."""
        path, domain = request.raw_path.partition("?")[0], route.domain
        base = self.upstreams.get(domain)
        if base is None:
            return problem_response(404, f"There is nothing at {path}.")
        body = await read_body(request, body_limit(path))
        if body is None:
            return problem_response(
                413, f"The body may hold {body_limit(path)} bytes.", {"connection": "close"}
            )
        request_id = str(uuid.uuid4())
        try:
            async with self.session.request(
                request.method,
                URL(base + (request.raw_path if route.query else path), encoded=True),
                headers=self._headers(request, route, request_id),
                data=body or None,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            ) as upstream:
                if upstream.status >= 500 and request.method not in SAFE:
                    refusal = await self.storage.refusal()
                    if refusal is not None:
                        return problem_response(503, refusal, {"retry-after": "60"})
                headers = end_to_end(
                    upstream.headers.items(), upstream.headers.get("Connection", "")
                )
                headers.setdefault("X-Request-Id", request_id)
                if route.shared and upstream.content_type == "text/html":
                    headers.update(self.page_headers)
                response = web.StreamResponse(
                    status=upstream.status, reason=upstream.reason, headers=headers
                )
                compress(request, response, upstream.content_length)
                if request.method == "HEAD" or upstream.status in {204, 304}:
                    await response.prepare(request)
                elif (upstream.content_length or SMALL) < SMALL:
                    content = await upstream.read()
                    await response.prepare(request)
                    await response.write(content)
                else:
                    await response.prepare(request)
                    async for chunk in upstream.content.iter_chunked(65_536):
                        await response.write(chunk)
                await response.write_eof()
                return response
        except ClientConnectorError:
            detail = f"The {domain} service is not running at the moment."
            return problem_response(503, detail, {"retry-after": "2"})
        except TimeoutError:
            return problem_response(504, f"The {domain} service took too long to answer.")
        except (ClientError, asyncio.IncompleteReadError):
            return problem_response(502, f"The {domain} service broke off its answer.")
