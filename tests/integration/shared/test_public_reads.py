"""Caches may keep public answers without a viewer, and nothing else."""

import json

import pytest

from scripts.base.domain import domains, load_app
from scripts.base.process import ROOT
from shared.auth.scopes import user_access
from shared.base.answers import NO_BODY
from shared.http.api import Api, Call
from tests.platform import Platform

pytestmark = pytest.mark.integration

PERSONAL = {"set-cookie", "x-rate-limit-remaining", "x-rate-limit-limit", "x-rate-limit-reset"}


def test_a_public_answer_is_the_same_for_everybody(platform: Platform) -> None:
    author, liker, blocked = (platform.register() for _ in range(3))
    tweet_id = author.tweet("For all of you")
    liker.ok("POST", f"/2/users/{liker.id}/likes", {"tweet_id": tweet_id})
    author.ok("POST", f"/2/users/{author.id}/blocking", {"target_user_id": blocked.id})
    platform.settle()
    for path in (f"/1/public/tweets/{tweet_id}", f"/1/public/users/{author.id}/tweets"):
        answers = [platform.call("GET", path, token=token, cookie=cookie)
                   for token in (None, author.token, liker.token, blocked.token, "nonsense")
                   for cookie in ("", "session=1")]  # fmt: skip
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        for answer in answers:
            assert answer.headers["cache-control"] == "public, max-age=5, s-maxage=10"
            assert not PERSONAL & set(answer.headers)
            assert b"viewer" not in answer.body
        tag = answers[0].headers["etag"]
        again = platform.call("GET", path, if_none_match=f'"other", {tag}')
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == answers[0].headers["cache-control"]
        assert platform.call("GET", f"{path}?x=1").status == 400
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    gone = platform.call("GET", f"/1/public/tweets/{tweet_id}")
    assert (gone.status, gone.headers["cache-control"]) == (404, "private, no-store")


def test_a_protected_account_is_not_public(platform: Platform) -> None:
    author = platform.register()
    tweet_id = author.tweet("For friends")
    author.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    for path in (f"/1/public/tweets/{tweet_id}", f"/1/public/users/{author.id}/tweets"):
        answer = platform.call("GET", path, token=author.token)
        assert answer.status in (403, 404)
        assert answer.headers["cache-control"] == "private, no-store"


def test_an_answer_to_a_caller_is_nobody_elses_but_can_be_asked_for_again(
    platform: Platform,
) -> None:
    reader, other = platform.register(), platform.register()
    tweet_id = reader.tweet("Mine")
    path = f"/2/tweets/{tweet_id}?tweet.fields=viewer"
    first = reader.call("GET", path)
    assert first.headers["cache-control"] == "private, no-store"
    assert first.headers["vary"] == "authorization"
    tag = first.headers["etag"]
    assert reader.call("GET", path, if_none_match=tag).status == 304
    reader.ok("POST", f"/2/users/{reader.id}/likes", {"tweet_id": tweet_id})
    assert reader.call("GET", path, if_none_match=tag).status == 200
    home = f"/2/users/{other.id}/timelines/reverse_chronological?since_id=1"
    tag = other.call("GET", home).headers["etag"]
    again = other.call("GET", home, if_none_match=tag)
    assert again.status == 304
    assert "x-rate-limit-remaining" in again.headers


def test_only_cached_paths_have_shared_answers() -> None:
    table = json.loads((ROOT / "infra" / "routes.json").read_text())["routes"]
    cached = tuple(route["path"].rstrip("*") for route in table if route.get("cached"))
    for domain in domains():
        for endpoint in load_app(domain).app.endpoints:
            # Handles begin with an @, which no path variable can say.
            under = endpoint.path.replace("/{handle}", "/@").startswith(cached)
            assert bool(endpoint.shared_seconds) == under, endpoint.path
            assert not under or (endpoint.access.public and endpoint.method == "GET")


def test_a_personal_route_cannot_be_declared_shared() -> None:
    def handler(call: Call) -> None:
        del call

    api = Api("test", "test")
    declare = api.endpoint(
        "GET", "/1/x", access=user_access("tweet.read"), summary="x", answer=NO_BODY
    )
    declare(handler)
    with pytest.raises(TypeError):
        api.endpoint(
            "GET",
            "/1/y",
            access=user_access("tweet.read"),
            summary="y",
            answer=NO_BODY,
            shared_seconds=1,
        )
