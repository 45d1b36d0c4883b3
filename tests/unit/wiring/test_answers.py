"""The check that holds answers against the routes' schemas, and the one that counts them."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.base.domain import domains, load_app
from scripts.checks.answers_check import compare, declared, recorded
from shared.base.answers import JSON, PROBLEM
from tests.answers import AnswerCheck, WrongAnswer, closed

ENDPOINTS = [e for domain in domains() for e in load_app(domain).app.endpoints]
HEADERS = {"content-type": f"{JSON}; charset=utf-8"}
TWEET = {"id": "1", "text": "Hello", "edit_history_tweet_ids": ["1"]}
PROBLEM_HEADERS = {"content-type": "application/problem+json"}
REFUSED = {"title": "Not Found Error", "detail": "x", "type": "about:blank", "status": 404}


def check(path: str, body: Any, *, status: int = 200, method: str = "GET", **headers: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()} or HEADERS
    AnswerCheck(ENDPOINTS).check(method, path, status, named, raw)


def test_good_answers_pass() -> None:
    check("/2/tweets/1", {"data": TWEET})
    check("/2/tweets/1?tweet.fields=lang", {"data": {**TWEET, "lang": "en"}})
    check("/2/tweets/1", b"", status=304)
    check("/2/tweets/1", REFUSED, status=404, **PROBLEM_HEADERS)
    check("/2/media/upload", b"", method="POST")
    check("/1.1/media/upload.json", b"", status=204, method="POST")
    check("/no/such/path", {"anything": True})


@pytest.mark.parametrize(
    "data",
    [
        {"id": "1", "text": "Hello"},
        {**TWEET, "id": 1},
        {**TWEET, "unheard_of": 1},
        {**TWEET, "attachments": {"media_keys": ["3_1"], "unheard_of": 1}},
        {**TWEET, "public_metrics": {"like_count": 1}},
        {**TWEET, "lang": None},
        {**TWEET, "created_at": "yesterday"},
        [TWEET],
    ],
)
def test_wrong_members_are_errors(data: Any) -> None:
    with pytest.raises(WrongAnswer):
        check("/2/tweets/1", {"data": data})


def test_wrong_statuses_types_and_bodies_are_errors() -> None:
    for body, more in (
        ({"data": TWEET}, {"status": 201}),
        (b"", {}),
        ({"data": TWEET, "meta": {}}, {}),
        ({"data": TWEET}, {"content_type": "text/html"}),
        ({"data": TWEET}, {"status": 304}),
        ({"title": "x"}, {"status": 404, **PROBLEM_HEADERS}),
        (REFUSED, {"status": 200, **PROBLEM_HEADERS}),
    ):
        with pytest.raises(WrongAnswer):
            check("/2/tweets/1", body, **more)
    with pytest.raises(WrongAnswer):
        check("/1.1/media/upload.json", {"media_id": 1}, status=204, method="POST")


def test_a_name_goes_before_a_variable() -> None:
    check("/2/users/me", {"data": {"id": "1", "name": "Ada", "username": "ada"}})
    with pytest.raises(WrongAnswer):
        check("/2/users/reposts_of_me", {"data": {"id": "1", "name": "A", "username": "a"}})


def test_objects_are_closed_unless_they_say_so() -> None:
    assert closed(PROBLEM)["additionalProperties"] is False
    parameters = closed(PROBLEM)["properties"]["errors"]["items"]["properties"]["parameters"]
    assert parameters["additionalProperties"] != False  # noqa: E712
    assert "additionalProperties" not in PROBLEM


def test_seen_answers_are_noted_and_compared(tmp_path: Path) -> None:
    noting = AnswerCheck(ENDPOINTS, str(tmp_path))
    for _ in range(2):
        noting.check("GET", "/2/tweets/1", 200, HEADERS, json.dumps({"data": TWEET}).encode())
        noting.check("GET", "/2/tweets/1", 404, PROBLEM_HEADERS, json.dumps(REFUSED).encode())
    assert recorded(tmp_path) == {"GET /2/tweets/{id} 200"}
    assert recorded(tmp_path) < declared()
    assert compare({"a"}, {"a", "b", "c"}, {"c": "why"}) == ["never seen: b"]
    assert compare({"a"}, {"a"}, {"a": "why"}) == ["seen, but listed as unseen: a"]
    assert compare(set(), set(), {"a": "why"}) == ["not declared, but listed as unseen: a"]


def test_a_route_has_one_answer_for_a_status() -> None:
    for endpoint in ENDPOINTS:
        statuses = [answer.status for answer in endpoint.answers]
        assert len(statuses) == len(set(statuses)), endpoint.path
        assert any(status < 400 for status in statuses), endpoint.path
