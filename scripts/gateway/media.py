"""Serve ``/media/*`` from the bucket, whole or by ranges, as the CDN does."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse, web
from multidict import CIMultiDict

from scripts.gateway.proxy import Proxy, problem_response
from shared.base.config import settings
from shared.contracts import media_urls
from shared.http.cors import CORS

# What the bucket says and the browser needs.
_PASSED = ("cache-control", "content-length", "content-range", "content-type", "etag",
           "last-modified")  # fmt: skip
_ASKED = ("if-modified-since", "if-none-match", "if-range", "range")
# Never a page, whatever the bytes say; fit for pages of every origin, as its CORS headers are.
_SAFETY = {
    "accept-ranges": "bytes",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
    **CORS,
}


class Media:
    """The media path of the gateway."""

    def __init__(self, proxy: Proxy, aws_url: str) -> None:
        self._proxy, self._aws_url = proxy, aws_url

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve an object; 403 if a protected one has no valid signature."""
        if request.method not in {"GET", "HEAD"}:
            return problem_response(
                405, f"{request.method} is not possible here.", {"allow": "GET, HEAD"}
            )
        path, asked = request.path, request.query
        if not await asyncio.to_thread(
            media_urls.allowed, path, asked.get("e", ""), asked.get("s", "")
        ):
            return problem_response(403, "This address has expired or is not complete.")
        bucket = settings().bucket("tweets", "media")
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        try:
            async with self._proxy.session.request(
                request.method,
                f"{self._aws_url}/{bucket}{quote(path)}",
                headers={**headers, "accept-encoding": "identity"},
            ) as answer:
                return await self._pass_on(request, answer)
        except (ClientError, TimeoutError):
            return problem_response(502, "The media cannot be read at the moment.")

    async def _pass_on(self, request: web.Request, answer: ClientResponse) -> web.StreamResponse:
        if answer.status in {403, 404}:
            return problem_response(404, f"There is nothing at {request.path}.")
        if answer.status not in {200, 206, 304, 416}:
            return problem_response(502, "The media cannot be read at the moment.")
        passed = ((name, answer.headers[name]) for name in _PASSED if name in answer.headers)
        headers: CIMultiDict[str] = CIMultiDict([*passed, *_SAFETY.items()])
        if answer.status == 416:
            return web.Response(
                status=416, headers={"content-range": headers.get("content-range", "bytes */*")}
            )
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        if request.method != "HEAD" and answer.status != 304:
            async for chunk in answer.content.iter_chunked(65_536):
                await response.write(chunk)
        await response.write_eof()
        return response
