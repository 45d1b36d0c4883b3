"""The local gateway: one address in front of all domains.

It routes by the CDN's own table, serves the web client and the API's
documentation, and shows the health of the whole. It listens on loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from scripts.base.process import LOOPBACK, ROOT, state_directory, terminate_self, watch_parent
from scripts.gateway.local_endpoints import LocalEndpoints
from scripts.gateway.media import Media
from scripts.gateway.proxy import Proxy, compress, problem_response
from scripts.gateway.routes import ROUTES, Guard, RouteTable
from scripts.gateway.site import Site, demo, style

log = logging.getLogger("rookery.gateway")
# What a CDN passes on; the domains' servers know no others.
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class GatewayConfig:
    """Settings of a gateway.

    Attributes:
        port: where it listens, and the only port that a Host header may name.
        upstreams: base URL of every domain's process.
        aws_url: base URL of the embedded AWS.
        providers_url: base URL of the simulated providers.
        state: directory of the local state.
    """

    port: int
    upstreams: Mapping[str, str]
    aws_url: str = ""
    state: Path = field(default_factory=state_directory)
    routes: Path = ROUTES
    web_dist: Path = ROOT / "web" / "dist"
    providers_url: str = ""


@web.middleware
async def speak_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error of the gateway itself is a problem document."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        headers = {"allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        detail = f"{request.method} {request.path}: {error.reason}."
        return problem_response(error.status, detail, headers)
    except ConnectionError:
        # The client went away; there is nobody to tell.
        raise
    except Exception:
        log.exception("request failed")
        return problem_response(500, "The gateway failed to answer.")


@web.middleware
async def compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress what the gateway answers itself, unlike the proxy."""
    response = await handler(request)
    if isinstance(response, web.Response) and not response.prepared:
        compress(request, response, response.content_length)
    return response


def guarded(guard: Guard) -> Middleware:
    """A middleware that refuses foreign Host and Origin headers."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not guard.knows_host(request.headers.get("Host", "")):
            detail = f"This server answers at http://{LOOPBACK}:{guard.port} only."
            return problem_response(421, detail)
        if not guard.allows_origin(request.method, request.path, request.headers):
            return problem_response(403, "Pages of other origins may not do this.")
        return await handler(request)

    return check


def make_app(config: GatewayConfig) -> web.Application:
    """The gateway as an aiohttp application."""
    table, proxy = RouteTable.load(config.routes), Proxy(config.upstreams, config.aws_url)
    media = Media(proxy, config.aws_url)
    local = LocalEndpoints(proxy, config.aws_url, config.state, config.providers_url)
    site = Site(config.web_dist, config.aws_url)
    proxy.page_headers = site.safety

    async def route(request: web.Request) -> web.StreamResponse:
        found = table.find(request.raw_path.partition("?")[0])
        if found is None:
            return await site.serve(request)
        if request.method not in METHODS:
            detail = f"{request.method} is not possible at {request.path}."
            return problem_response(405, detail, {"allow": ", ".join(METHODS)})
        return await proxy.forward(request, found)

    async def to_demo(_: web.Request) -> web.StreamResponse:
        raise web.HTTPMovedPermanently("/demo/")

    app = web.Application(middlewares=[compressed, guarded(Guard(config.port)), speak_problems])
    app.router.add_get("/healthz", local.health)
    app.router.add_get("/openapi.json", local.openapi)
    app.router.add_get("/docs", local.docs)
    app.router.add_get("/docs/style.css", style)
    app.router.add_get("/1/dev/outbox", local.outbox)
    app.router.add_get("/1/dev/outbox/mails/{id}", local.mail)
    app.router.add_get("/1/dev/logins", local.logins)
    app.router.add_route("*", "/media/{path:.*}", media.serve)
    app.router.add_get("/demo", to_demo)
    app.router.add_get("/demo/{name:[^/]*}", demo)
    app.router.add_route("*", "/{path:.*}", route)

    async def close(_: web.Application) -> None:
        await proxy.close()

    app.on_cleanup.append(close)
    return app


async def serve(config: GatewayConfig) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    runner = web.AppRunner(
        make_app(config), access_log=None, keepalive_timeout=75, shutdown_timeout=1.0
    )
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, config.port).start()
    await stop.wait()
    await runner.cleanup()


def main() -> int:
    """Command line: ``--port N --domain NAME=PORT …`` (or an address)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--domain", action="append", default=[], metavar="NAME=WHERE")
    options = parser.parse_args()
    pairs = (one.partition("=") for one in options.domain)
    upstreams = {
        name: f"http://{LOOPBACK}:{where}" if where.isdigit() else where for name, _, where in pairs
    }
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    watch_parent(terminate_self)
    aws_url = os.environ.get("AWS_ENDPOINT_URL", "")
    providers_url = os.environ.get("PROVIDERS_URL", "")
    asyncio.run(serve(GatewayConfig(options.port, upstreams, aws_url, providers_url=providers_url)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
