"""Pages of the gateway itself: web client, API, outbox, demo site."""

import gzip
import json
import re
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import brotli
import pytest

from scripts.gateway.outbox import merged, select_mails
from scripts.gateway.site import DEMO_SITE
from tests.unit.scripts.gateway.gateway_support import check_problem, mail


def test_unknown_api_paths_and_files_are_problems(ask: Any) -> None:
    check_problem(ask("GET", "/2/nothing", headers={"Accept": "text/html"}, with_web=True), 404)
    check_problem(ask("GET", "/nothing.js"), 404)
    answer, content = ask("POST", "/about")
    check_problem((answer, content), 405)
    assert answer.headers["Allow"] == "GET, HEAD"
    answer, content = ask("TRACE", "/2/users")
    check_problem((answer, content), 405)
    assert "TRACE" not in answer.headers["Allow"]


def test_the_web_client_and_its_own_routes(ask: Any) -> None:
    answer, content = ask("GET", "/jack/status/1", headers={"Accept": "text/html"}, with_web=True)
    assert (answer.status, content) == (200, b"<title>client</title>")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# Programs that show links send any Accept header, or none.
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
@pytest.mark.parametrize("path", ["/", "/settings", "/crawls/1"])
def test_the_path_alone_decides_what_is_a_page(ask: Any, accept: str, path: str) -> None:
    answer, content = ask("GET", path, headers={"Accept": accept}, with_web=True)
    assert (answer.status, content) == (200, b"<title>client</title>")


def test_a_missing_file_is_no_page(ask: Any) -> None:
    check_problem(ask("GET", "/missing.js", headers={"Accept": "text/html"}, with_web=True), 404)


def test_hashed_assets_never_expire(ask: Any) -> None:
    answer, content = ask("GET", "/assets/app-3fA9x_-Q.js", with_web=True)
    assert (answer.status, content) == (200, b"1")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("takes", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)]
)
def test_assets_are_sent_as_the_build_has_compressed_them(
    ask: Any, tmp_path: Any, takes: str, encoding: str | None
) -> None:
    text = b"export const rooks = 1;\n" * 100
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    asset = tmp_path / "dist" / "assets" / "rooks-3fA9x_-Q.js"
    sizes: dict[str | None, int] = {None: len(text)}
    for kind, suffix, content in (
        (None, "", text), ("br", ".br", brotli.compress(text)), ("gzip", ".gz", gzip.compress(text))
    ):  # fmt: skip
        asset.with_name(asset.name + suffix).write_bytes(content)
        sizes[kind] = len(content)
    answer, content = ask("GET", f"/assets/{asset.name}", headers={"Accept-Encoding": takes})
    assert (answer.headers.get("Content-Encoding"), content) == (encoding, text)
    assert int(answer.headers["Content-Length"]) == sizes[encoding]
    assert answer.content_type.endswith("/javascript")
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


def test_the_api_document_and_its_page(ask: Any, tmp_path: Any) -> None:
    check_problem(ask("GET", "/openapi.json"), 503)
    operation: dict[str, Any] = {"tags": ["Tweets"], "summary": "<b>", "responses": {"200": {}},
                 "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
                 "description": "See `a<b`.",
                 "security": [{"UserToken": ["tweet.read"]}, {"ApiKey": ["a.read"]},
                              {"ApiKey": ["admin"]}]}  # fmt: skip
    schema = {"$ref": "#/components/schemas/Tweet"}
    operation["responses"]["200"] = {"content": {"application/json": {"schema": schema}}}
    document = {
        "info": {"title": "R"},
        "paths": {"/2/tweets/{id}": {"get": operation}},
        "components": {"schemas": {"Tweet": {"type": "object"}}},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    answer, content = ask("GET", "/openapi.json")
    assert json.loads(content) == document
    answer, content = ask("GET", "/docs")
    assert answer.content_type == "text/html"
    assert b"/2/tweets/{id}" in content
    assert b"&lt;b&gt;" in content
    assert b"<p>Scopes: <code>tweet.read</code></p>" in content
    assert b"<p>Scope of an API key: <code>a.read</code> or <code>admin</code></p>" in content
    assert content.count(b'href="#ApiKey"') == 1
    assert b"See <code>a&lt;b</code>." in content
    assert b'<a href="#Tweet">Tweet</a>' in content
    assert b'<details id="Tweet">' in content


def test_demo_logins_are_those_of_the_local_community(ask: Any, tmp_path: Any) -> None:
    answer, content = ask("GET", "/1/dev/logins")
    assert (answer.status, json.loads(content)) == (200, {"data": []})
    login = {"username": "mira", "password": "rookery-demo-1", "role": "user"}
    (tmp_path / "demo.json").write_text(json.dumps({"logins": [login]}))
    answer, content = ask("GET", "/1/dev/logins")
    assert json.loads(content) == {"data": [login]}
    assert answer.headers["Cache-Control"] == "no-store"


def test_robots_and_icons_are_there_without_a_build(ask: Any) -> None:
    answer, content = ask("GET", "/robots.txt")
    assert (answer.status, answer.content_type) == (200, "text/plain")
    rules = RobotFileParser()
    rules.parse(content.decode().splitlines())
    for path in ("/", "/@mira", "/@mira/status/1", "/hashtag/a", "/lists/1", "/i/lists/1"):
        assert rules.can_fetch("Googlebot", path), path
    for path in ("/1/tweets", "/2/users", "/i/oauth2/authorize", "/settings/security", "/search"):
        assert not rules.can_fetch("Googlebot", path), path
    # Browsers ask for the one of pages that name none.
    for path in ("/favicon.ico", "/favicon.svg"):
        answer, _ = ask("GET", path)
        assert answer.status == 200
        assert answer.content_type.startswith("image/")


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


def test_the_outbox_shows_what_each_channel_received() -> None:
    mails = select_mails(
        {"": [{**mail("ann@example.com", "mail", 3.0), "MessageId": "m-1"}]}, None, 9
    )
    text = {"channel": "sms", "to": "+15005551000", "text": "Hi", "segments": 1, "price": 0.006}
    push = {"channel": "ios", "to": "ab", "title": "Tea", "text": "Ready", "url": "https://x"}
    noted = {"channel": "email", "to": "ann@example.com", "id": "m-1", "headers": {"X-A": "b"}}
    found = merged(mails, [{**text, "at": 2.0}, {**push, "at": 4.0}, {**noted, "at": 3.0}])
    assert [one["channel"] for one in found] == ["ios", "email", "sms"]
    assert (found[0]["subject"], found[0]["data"]) == ("Tea", {"url": "https://x"})
    assert found[1]["data"]["headers"] == {"X-A": "b"}
    assert "message_id" not in found[1]
    assert found[2]["data"] == {"segments": 1, "price": 0.006}
