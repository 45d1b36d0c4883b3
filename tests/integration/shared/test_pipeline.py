"""The HTTP pipeline under bad input and under parallel requests."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.base.domain import domains
from scripts.ops.admin import grant
from shared.base.process import process
from shared.http.pipeline import MAX_BODY_BYTES, MAX_MEDIA_BYTES
from shared.http.rate_limit import RateLimits
from tests.faults import intercepted
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.integration

PROBLEM = "application/problem+json"
LEGACY = "application/json; charset=utf-8"


def test_parallel_requests_never_see_each_others_identity(platform: Platform) -> None:
    people = [platform.register() for _ in range(2)]

    def ask(number: int) -> bool:
        person = people[number % 2]
        return bool(person.ok("GET", "/2/users/me")["data"]["id"] == person.id)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(400)))


def test_every_route_answers_junk_with_a_problem(platform: Platform) -> None:
    # An admin, for whom no route is closed; the token names the role from its issue.
    person = platform.register()
    grant(person.username, "admin")
    session = {"login": person.username, "password": PASSWORD}
    opened = platform.call("POST", "/1/sessions", session).json()["data"]
    person.token = opened["access_token"]
    for domain in domains():
        for endpoint in platform.modules[domain].app.endpoints:
            path = endpoint.path.replace("{id}", "1").replace("{username}", "x")
            path = path.replace("{target_user_id}", "1").replace("{tweet_id}", "1")
            path = path.replace("{handle}", "@x").replace("{section}", "x").replace("{tag}", "x")
            label = f"{endpoint.method} {endpoint.path}"
            if not endpoint.access.public:
                bare = platform.call(endpoint.method, path)
                assert bare.status == 401, label
                assert bare.headers["content-type"] == (LEGACY if endpoint.legacy else PROBLEM)
                forged = platform.call(endpoint.method, path, token="not.a.token")
                assert forged.status == 401, label
            unknown = person.call(endpoint.method, f"{path}?surprise=1")
            if endpoint.legacy or endpoint.anywhere:
                # API 1.1 and OAuth ignore what they do not know.
                assert unknown.status < 500 and b"surprise" not in unknown.body, label
            else:
                assert unknown.status == 400, (label, unknown.status)
            if endpoint.body is None:
                continue
            limit = MAX_MEDIA_BYTES[False] if endpoint.multipart else MAX_BODY_BYTES
            for body, expected in (
                (b"{", 400),
                (b"[1]", 400),
                (b'"x"', 400),
                (b"\xff\xff", 400),
                (b'{"x": "' + b"y" * limit + b'"}', 413),
            ):
                answer = person.call(endpoint.method, path, body)
                # OAuth speaks its own error language (RFC 6749 section 5.2) after parsing.
                assert answer.status in {expected, 401, 403}, (label, body[:9], answer.status)
                assert b"Traceback" not in answer.body
            typed = person.call(endpoint.method, path, b"x=1", content_type="text/plain")
            assert typed.status in {415, 403}, (label, typed.status)


def test_unknown_paths_and_methods(platform: Platform) -> None:
    person = platform.register()
    unknown = person.call("GET", "/2/users/1/2/3/4")
    assert unknown.status == 404
    wrong = person.call("PUT", "/2/users/me")
    assert wrong.status == 405
    assert "GET" in wrong.headers["allow"]
    for answer in (unknown, wrong):
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["title"]


def test_rate_limit_headers_are_always_there(platform: Platform) -> None:
    person = platform.register()
    first = person.call("GET", "/2/users/me").headers
    second = person.call("GET", "/2/users/me").headers
    assert int(second["x-rate-limit-remaining"]) == int(first["x-rate-limit-remaining"]) - 1
    assert int(first["x-rate-limit-reset"]) > 0


def test_too_many_requests(platform: Platform) -> None:
    person = platform.register()
    with process.limited(RateLimits(multiplier=0)):
        answer = person.call("GET", "/2/users/me")
    assert answer.status == 429
    assert answer.headers["x-rate-limit-remaining"] == "0"


def test_an_unexpected_failure_is_a_problem_without_details(
    platform: Platform,
) -> None:
    person = platform.register()

    def fail(_: object) -> None:
        raise RuntimeError("secret detail")

    with intercepted("dynamodb", "BatchGetItem", fail):
        answer = person.call("GET", f"/2/users/{person.id}")
    assert answer.status == 500
    assert b"secret detail" not in answer.body
    assert answer.json()["status"] == 500


def test_answers_are_compact_utf8_json(platform: Platform) -> None:
    person = platform.register()
    tweet_id = person.tweet("日本 😀")
    answer = person.call("GET", f"/2/tweets/{tweet_id}")
    assert "日本 😀".encode() in answer.body
    assert json.loads(answer.body)["data"]["text"] == "日本 😀"
