"""The local gateway: routing, guarding, proxying, and what it serves itself."""

import asyncio
import contextlib
import json
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from scripts.gateway import GatewayConfig, make_app
from scripts.gateway_local import select_mails
from scripts.gateway_routes import Guard, RouteTable
from scripts.gateway_site import DEMO_SITE

HOST = {"Host": "localhost:8000"}


@pytest.fixture(scope="module")
def table() -> Any:
    return RouteTable.load()


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        ("/2/users/me", "users"),
        ("/2/users", "users"),
        ("/2/users/by/username/likes", "users"),
        ("/2/users/1/likes", "tweets"),
        ("/2/users/1/likes/2", "tweets"),
        ("/2/users/1/timelines/reverse_chronological", "tweets"),
        ("/2/users/1/following", "users"),
        ("/2/tweets", "tweets"),
        ("/2/tweets/search/recent", "discovery"),
        ("/1/crawls/7/pages", "crawler"),
        ("/1/notifications/inbox", "notifications"),
        ("/oauth2/token", "users"),
        ("/.well-known/jwks.json", "users"),
        ("/", None),
        ("/healthz", None),
        ("/jack", None),
    ],
)
def test_the_first_matching_route_wins(table: Any, path: Any, domain: Any) -> None:
    assert table.domain(path) == domain


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("[::1]:8000", True),
        ("LOCALHOST:8000", True),
        ("api.x.com", True),
        ("upload.twitter.com:443", True),
        ("localhost:8001", False),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("api.x.com.evil.example", False),
        ("127.0.0.1:8000@evil.example", False),
        ("127.0.0.1.evil.example:8000", False),
        ("", False),
    ],
)
def test_only_our_own_hosts_are_known(host: Any, known: Any) -> None:
    assert Guard(8000).knows_host(host) is known


@pytest.mark.parametrize(
    ("method", "path", "headers", "allowed"),
    [
        ("POST", "/1/accounts", {}, True),
        ("POST", "/1/accounts", {"Origin": "http://localhost:5173"}, True),
        ("POST", "/1/accounts", {"Origin": "https://evil.example"}, False),
        ("POST", "/1/accounts", {"Origin": "null"}, False),
        ("POST", "/i/x", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ("POST", "/i/x", {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ("POST", "/2/tweets", {"Origin": "https://app.example", "Authorization": "Bearer x"}, True),
        ("OPTIONS", "/2/tweets", {"Origin": "https://app.example"}, True),
        ("GET", "/2/tweets", {"Origin": "https://app.example"}, True),
        ("GET", "/1/dev/outbox", {"Origin": "https://app.example"}, False),
        ("GET", "/i/oauth2/authorize", {"Origin": "https://app.example"}, False),
    ],
)
def test_pages_of_other_origins_may_only_do_what_is_public(
    method: Any, path: Any, headers: Any, allowed: Any
) -> None:
    assert Guard(8000).allows_origin(method, path, headers) is allowed


def domain_app() -> Any:
    """Stands in for a domain's process and tells what reached it."""

    async def echo(request: Any) -> Any:
        body = await request.read()
        return web.json_response(
            {
                "path": request.raw_path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "size": len(body),
            },
            status=201 if request.method == "POST" else 200,
            headers={"X-Mine": "yes", "Connection": "X-Hop", "X-Hop": "1", "Keep-Alive": "1"},
        )

    async def large(_: Any) -> Any:
        return web.Response(body=b"x" * 700_000)

    async def nothing(_: Any) -> Any:
        return web.Response(status=204)

    async def moved(_: Any) -> web.Response:
        raise web.HTTPFound("https://elsewhere.example/")

    async def health(_: Any) -> Any:
        return web.json_response({"status": "ok", "queues": {"q": {"visible": 2}}})

    app = web.Application(client_max_size=20_000_000)
    app.router.add_get("/_health", health)
    app.router.add_get("/2/users/large", large)
    app.router.add_get("/2/users/moved", moved)
    app.router.add_delete("/2/users/gone", nothing)
    app.router.add_route("*", "/{path:.*}", echo)
    return app


def emulator_app() -> Any:
    async def messages(_: Any) -> Any:
        mails = [
            mail("a@example.com", "first", 1.0),
            mail("b@example.com", "x", 2.0),
        ]
        return web.json_response({"messages": {"000000000000": mails}})

    app = web.Application()
    app.router.add_get("/_ministack/ses/messages", messages)
    return app


def mail(to: Any, subject: Any, at: Any, text: Any = "", markup: Any = None) -> Any:
    return {"To": [to], "CC": [], "BCC": [], "Subject": subject, "BodyText": text,
            "BodyHtml": markup, "Timestamp": at}  # fmt: skip


@pytest.fixture
def ask(tmp_path: Any) -> Any:
    """Sends one request to a gateway with a running users and a dead tweets domain."""
    dist = tmp_path / "dist"

    def send(
        method: Any, path: Any, headers: Any = None, with_web: Any = False, **options: Any
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
                config = GatewayConfig(8000, upstreams, aws_url, tmp_path, web_dist=dist)
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


def check_problem(answered: tuple[Any, bytes], status: int) -> Any:
    answer, content = answered
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    document = json.loads(content)
    assert document["status"] == status
    assert set(document) == {"title", "detail", "status", "type"}
    return document


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


def test_foreign_hosts_and_origins_are_refused(ask: Any) -> None:
    check_problem(ask("GET", "/2/users/me", headers={"Host": "evil.example:8000"}), 421)
    check_problem(ask("POST", "/2/users", headers={"Origin": "https://evil.example"}), 403)


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


def test_unknown_api_paths_and_files_are_problems(ask: Any) -> None:
    check_problem(ask("GET", "/2/nothing", headers={"Accept": "text/html"}, with_web=True), 404)
    check_problem(ask("GET", "/nothing.js"), 404)
    answer, content = ask("POST", "/about")
    check_problem((answer, content), 405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_the_web_client_and_its_own_routes(ask: Any) -> None:
    answer, content = ask("GET", "/jack/status/1", headers={"Accept": "text/html"}, with_web=True)
    assert (answer.status, content) == (200, b"<title>client</title>")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_hashed_assets_never_expire(ask: Any) -> None:
    answer, content = ask("GET", "/assets/app-3fA9x_-Q.js", with_web=True)
    assert (answer.status, content) == (200, b"1")
    assert "immutable" in answer.headers["Cache-Control"]


def test_paths_do_not_lead_out_of_the_web_client(ask: Any, tmp_path: Any) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
        _, content = ask("GET", path)
        assert b"secret" not in content.replace(b"secret.txt", b"")


def test_without_a_web_client_a_page_says_how_to_get_it(ask: Any) -> None:
    answer, content = ask("GET", "/", headers={"Accept": "text/html"})
    assert answer.status == 200
    assert b"make web" in content


def test_health_tells_every_domain_and_queue(ask: Any) -> None:
    answer, content = ask("GET", "/healthz")
    document = json.loads(content)
    assert answer.status == 503
    assert document["status"] == "starting"
    assert document["domains"] == {"users": "ok", "tweets": "down"}
    assert document["queues"] == {"q": {"visible": 2}}


def test_the_api_document_and_its_page(ask: Any, tmp_path: Any) -> None:
    check_problem(ask("GET", "/openapi.json"), 503)
    operation = {"tags": ["Tweets"], "summary": "<b>", "responses": {"200": {}},
                 "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
                 "security": [{"UserToken": ["tweet.read"]}]}  # fmt: skip
    document = {"info": {"title": "R"}, "paths": {"/2/tweets/{id}": {"get": operation}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    answer, content = ask("GET", "/openapi.json")
    assert json.loads(content) == document
    answer, content = ask("GET", "/docs")
    assert answer.content_type == "text/html"
    assert b"/2/tweets/{id}" in content
    assert b"&lt;b&gt;" in content
    assert b"tweet.read" in content


def test_the_outbox_answers_for_one_address(ask: Any) -> None:
    _, content = ask("GET", "/1/dev/outbox?to=A@example.com")
    assert [one["subject"] for one in json.loads(content)["data"]] == ["first"]
    _, content = ask("GET", "/1/dev/outbox")
    assert [one["subject"] for one in json.loads(content)["data"]] == ["x", "first"]
    check_problem(ask("GET", "/1/dev/outbox?max_results=0"), 400)


def test_the_outbox_finds_tokens_in_text_and_markup() -> None:
    link = "http://127.0.0.1:8000/verify?a=1&amp;token=ab%2Bc-_.9"
    mails = [
        mail("Ann <ann@example.com>", "old", 1.0, markup=f'<a href="{link}">x</a>'),
        mail("ann@example.com", "new", 1767312000.25, text=f"Tom &amp; Ann: {link}"),
        mail("bob@example.com", "other", 1767400000, text="no link"),
    ]  # fmt: skip
    new, old = select_mails({"0": mails}, "ann@example.com", 10)
    assert (new["subject"], new["data"], new["channel"]) == ("new", {"token": "ab+c-_.9"}, "email")
    assert new["text"].startswith("Tom & Ann")
    assert new["created_at"] == "2026-01-02T00:00:00.250Z"
    assert (old["subject"], old["data"], old["text"]) == ("old", {"token": "ab+c-_.9"}, "x")
    assert select_mails({"0": mails}, None, 1)[0]["data"] == {}


def test_the_demo_site_is_a_small_web_of_its_own(ask: Any) -> None:
    answer, content = ask("GET", "/demo/")
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert b'property="og:title"' in content
    answer, _ = ask("GET", "/demo")
    assert (answer.status, answer.headers["Location"]) == (301, "/demo/")


def test_only_one_link_of_the_demo_site_is_broken() -> None:
    pages = {path.stem: path.read_text() for path in DEMO_SITE.glob("*.html")}
    assert 12 <= len(pages) <= 15
    broken: set[str] = set()
    spellings: dict[str, set[tuple[str, str]]] = {}
    for name, text in pages.items():
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            url = urlsplit(urljoin(f"http://localhost/demo/{name}", link))
            target = url.path.removeprefix("/demo/") or "index"
            spellings.setdefault(target, set()).add((url.query, url.fragment))
            if target not in pages and not (DEMO_SITE / target).is_file():
                broken.add(target)
    assert broken == {"calendar-2019"}
    assert len(spellings["index"]) > 1
    assert len(spellings["bird-heron"]) > 1
