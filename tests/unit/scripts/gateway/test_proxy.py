"""Requests and answers that pass through the gateway."""

import contextlib
import json
from typing import Any

import pytest

from tests.unit.scripts.gateway.gateway_support import check_problem


def test_requests_reach_their_domain_with_our_own_forwarding_headers(ask: Any) -> None:
    answer, content = ask(
        "POST",
        "/2/users/1%2F2?q=a%20b&q=c",
        headers={
            "X-Forwarded-For": "6.6.6.6",
            "X-Request-Id": "mine",
            "Forwarded": "for=6.6.6.6",
            "Connection": "keep-alive, X-Secret",
            "X-Secret": "1",
            "Authorization": "Bearer t",
        },
        data=b"hello",
    )
    seen = json.loads(content)
    assert (answer.status, seen["path"], seen["size"]) == (201, "/2/users/1%2F2?q=a%20b&q=c", 5)
    assert seen["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert seen["headers"]["x-forwarded-proto"] == "http"
    assert seen["headers"]["x-forwarded-host"] == "localhost:8000"
    assert seen["headers"]["host"] == "localhost:8000"
    assert seen["headers"]["authorization"] == "Bearer t"
    assert seen["headers"]["x-request-id"] != "mine"
    assert answer.headers["X-Request-Id"] == seen["headers"]["x-request-id"]
    assert not {"x-secret", "forwarded"} & set(seen["headers"])
    assert answer.headers["X-Mine"] == "yes"
    assert "X-Hop" not in answer.headers


def test_shared_answers_are_asked_for_without_a_caller(ask: Any, tmp_path: Any) -> None:
    table = {
        "routes": [
            {"path": "/@*", "domain": "users", "cached": True},
            {"path": "/oembed*", "domain": "users", "cached": True, "query": True},
            {"path": "/2/*", "domain": "users"},
        ]
    }
    routes = tmp_path / "routes.json"
    routes.write_text(json.dumps(table))

    def seen(path: str) -> Any:
        personal = {"Authorization": "Bearer x", "Cookie": "a=b"}
        _, content = ask("GET", path, headers=personal, routes=routes)
        return json.loads(content)

    page = seen("/@ada?utm_source=elsewhere")
    assert page["path"] == "/@ada"
    assert not {"authorization", "cookie"} & page["headers"].keys()
    assert seen("/oembed?url=x")["path"] == "/oembed?url=x"
    personal = seen("/2/tweets/1?expansions=author_id")
    assert personal["path"] == "/2/tweets/1?expansions=author_id"
    assert personal["headers"]["authorization"] == "Bearer x"


def test_texts_are_compressed_for_those_who_take_it(ask: Any) -> None:
    long = "/2/users/" + "x" * 2000
    plain, content = ask("GET", long, headers={"Accept-Encoding": "identity"})
    small, same = ask("GET", long, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert json.loads(same)["path"] == json.loads(content)["path"]
    short, _ = ask("GET", "/2/users/1", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in short.headers


def test_a_tls_front_is_told_as_https(ask: Any) -> None:
    _, content = ask("GET", "/2/users/me", headers={"Host": "api.x.com"})
    assert json.loads(content)["headers"]["x-forwarded-proto"] == "https"


def test_large_empty_and_redirecting_answers_pass_unchanged(ask: Any) -> None:
    answer, content = ask("GET", "/2/users/large")
    assert (answer.status, len(content)) == (200, 700_000)
    answer, content = ask("DELETE", "/2/users/gone")
    assert (answer.status, content) == (204, b"")
    answer, _ = ask("GET", "/2/users/moved")
    assert (answer.status, answer.headers["Location"]) == (302, "https://elsewhere.example/")


def test_head_has_the_length_but_no_body(ask: Any) -> None:
    answer, content = ask("HEAD", "/2/users/large")
    assert (answer.status, content) == (200, b"")
    assert answer.headers["Content-Length"] == "700000"


def test_a_dead_domain_and_an_unknown_one(ask: Any) -> None:
    answer, content = ask("GET", "/2/tweets")
    check_problem((answer, content), 503)
    assert answer.headers["Retry-After"]
    answer, content = ask("GET", "/2/dm_events")
    document = check_problem((answer, content), 404)
    assert document["type"] == "https://api.x.com/2/problems/resource-not-found"


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_over_the_limit_are_refused(ask: Any, chunked: Any) -> None:
    large = b"x" * (1024 * 1024 + 1)

    async def stream() -> Any:
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    # The gateway may hang up before it has read everything.
    with contextlib.suppress(ConnectionError):
        answer, content = ask("POST", "/2/users", data=stream() if chunked else large)
        check_problem((answer, content), 413)


def test_chunked_bodies_arrive_with_a_length(ask: Any) -> None:
    async def stream() -> Any:
        yield b"abc"
        yield b"def"

    _, content = ask("POST", "/2/users", data=stream())
    seen = json.loads(content)
    assert (seen["size"], seen["headers"]["content-length"]) == (6, "6")


def test_health_tells_every_domain_and_queue(ask: Any) -> None:
    answer, content = ask("GET", "/healthz")
    document = json.loads(content)
    assert answer.status == 503
    assert document["status"] == "starting"
    assert document["domains"] == {"users": "ok", "tweets": "down"}
    assert document["queues"] == {"q": {"visible": 2}}
