"""Asks a gateway that has apps of our own behind it."""

import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer, unused_port

from scripts.gateway.routes import ROUTES
from scripts.gateway.server import GatewayConfig, make_app
from tests.unit.scripts.gateway.gateway_support import HOST, domain_app, emulator_app


@pytest.fixture
def ask(tmp_path: Any) -> Any:
    """Send a request to a gateway whose tweets domain is down."""
    dist = tmp_path / "dist"

    def send(
        method: Any,
        path: Any,
        headers: Any = None,
        with_web: Any = False,
        routes: Any = ROUTES,
        **options: Any,
    ) -> Any:
        async def run() -> Any:
            if with_web:
                (dist / "assets").mkdir(parents=True)
                (dist / "index.html").write_text("<title>client</title>")
                (dist / "assets" / "app-3fA9x_-Q.js").write_text("1")
            async with TestServer(domain_app()) as users, TestServer(emulator_app()) as aws:
                upstreams = {
                    "users": str(users.make_url("")).rstrip("/"),
                    "tweets": f"http://127.0.0.1:{unused_port()}",
                }
                aws_url = str(aws.make_url("")).rstrip("/")
                config = GatewayConfig(8000, upstreams, aws_url, tmp_path, routes, dist)
                async with TestClient(TestServer(make_app(config))) as client:
                    answer = await client.request(
                        method,
                        path,
                        headers={**HOST, **(headers or {})},
                        allow_redirects=False,
                        **options,
                    )
                    return answer, await answer.read()

        return asyncio.run(run())

    return send
