"""An app behind the HTTP server of a domain's process."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scripts.gateway.app_server import AppServer

pytestmark = pytest.mark.integration


def request(server: Any, method: Any, path: Any, body: Any = None, headers: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, dict(answer.getheaders()), content
    finally:
        connection.close()


@pytest.fixture
def server(module: Any) -> Any:
    running = AppServer(module.app, 0).start()
    yield running
    running.stop()


def test_unknown_paths_and_methods_are_problems(server: Any) -> None:
    status, headers, content = request(server, "GET", "/1/nothing", headers={"Authorization": "x"})
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(content)["type"] == "https://api.x.com/2/problems/resource-not-found"
    status, headers, content = request(server, "DELETE", "/1/things/1")
    assert (status, headers["allow"]) == (405, "GET, OPTIONS, PUT")
    assert json.loads(content)["status"] == 405


def test_preflight_head_and_cors(server: Any) -> None:
    status, headers, content = request(server, "OPTIONS", "/1/things/1")
    assert (status, content) == (204, b"")
    assert headers["access-control-allow-methods"] == "GET, OPTIONS, PUT"
    assert "idempotency-key" in headers["access-control-allow-headers"]
    status, headers, content = request(server, "HEAD", "/1/things/1", headers={"x-me": "a"})
    assert (status, content) == (200, b"")
    assert int(headers["content-length"]) > 0
    assert headers["access-control-allow-origin"] == "*"
    assert "x-rate-limit-remaining" in headers["access-control-expose-headers"]


def test_body_limits_and_binary_types(server: Any) -> None:
    large = b"x" * (1024 * 1024 + 1)
    status, _, content = request(server, "PUT", "/1/things/1", large)
    assert (status, json.loads(content)["status"]) == (413, 413)
    chunks = (large[at : at + 65_536] for at in range(0, len(large), 65_536))
    status, _, content = request(server, "PUT", "/1/things/1", chunks)
    assert (status, json.loads(content)["status"]) == (413, 413)
    kind = {"content-type": "multipart/form-data; boundary=abc"}
    status, _, content = request(server, "POST", "/2/media/upload", large + b"\xff", kind)
    assert (status, json.loads(content)) == (200, {"size": len(large) + 1})


def test_two_users_never_share_a_request(server: Any) -> None:
    def ask(n: Any) -> Any:
        headers = {"x-me": f"user-{n % 7}"}
        status, _, content = request(server, "GET", f"/1/things/{n}", headers=headers)
        answer = json.loads(content)
        return (status, answer["id"], answer["me"]) == (200, str(n), f"user-{n % 7}")

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(300)))
