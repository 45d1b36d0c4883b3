"""Routing by path, and the hosts and pages that may ask."""

from typing import Any

import pytest

from scripts.gateway.routes import Guard, RouteTable
from tests.unit.scripts.gateway.gateway_support import check_problem


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
        ("/oauth/request_token", "users"),
        ("/oauth/authorize", "users"),
        ("/oauth/callback", None),
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
        ("x.com", True),
        ("twitter.com:443", True),
        ("x.com:8000", False),
        ("web.x.com", False),
        ("upload.twitter.com:443", True),
        ("publish.x.com", True),
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
        ("GET", "/1/dev/logins", {"Origin": "https://app.example"}, False),
        ("GET", "/i/oauth2/authorize", {"Origin": "https://app.example"}, False),
        ("GET", "/oauth/authenticate", {"Origin": "https://app.example"}, False),
        ("POST", "/oauth/login", {"Origin": "https://evil.example"}, False),
    ],
)
def test_pages_of_other_origins_may_only_do_what_is_public(
    method: Any, path: Any, headers: Any, allowed: Any
) -> None:
    assert Guard(8000).allows_origin(method, path, headers) is allowed


def test_foreign_hosts_and_origins_are_refused(ask: Any) -> None:
    check_problem(ask("GET", "/2/users/me", headers={"Host": "evil.example:8000"}), 421)
    check_problem(ask("POST", "/2/users", headers={"Origin": "https://evil.example"}), 403)
