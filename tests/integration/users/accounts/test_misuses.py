"""Misuses of accounts and tokens that have no other test.

Elsewhere: forgery, PKCE, redirect addresses, consent (`test_oauth`), refresh reuse
(`test_oauth`), an unknown login's time (`test_passwords`), mass assignment (`test_users`).
"""

import base64
import hashlib
import hmac
import json

import pytest

from shared.base.clock import now_seconds
from tests.account_steps import signed
from tests.oauth_steps import (
    Browser,
    app,
    authorize_path,
    code_for,
    exchange,
    pkce,
)
from tests.platform import Answer, Platform

pytestmark = pytest.mark.integration


def ask(platform: Platform, token: str) -> Answer:
    return platform.call("GET", "/2/users/me", token=token)


def segment(document: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def test_a_token_with_a_confused_algorithm_is_refused(platform: Platform) -> None:
    person = platform.register()
    jwks = platform.call("GET", "/.well-known/jwks.json")
    claims = person.token.split(".")[1]
    key = jwks.json()["keys"][0]
    # The public key as the secret of a MAC, in the shapes that libraries have fallen for.
    for secret in (jwks.body, json.dumps(key).encode(), key["x"].encode()):
        for algorithm in ("HS256", "hs256"):
            header = segment({"alg": algorithm, "typ": "at+jwt", "kid": key["kid"]})
            mac = hmac.digest(secret, f"{header}.{claims}".encode(), hashlib.sha256)
            tail = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
            assert ask(platform, f"{header}.{claims}.{tail}").status == 401
    for algorithm in ("none", "None", "NONE"):
        header = segment({"alg": algorithm, "typ": "at+jwt", "kid": key["kid"]})
        assert ask(platform, f"{header}.{claims}.").status == 401


def test_an_expired_token_is_refused(platform: Platform) -> None:
    person = platform.register()
    assert ask(platform, signed(person)).status == 200
    assert ask(platform, signed(person, exp=now_seconds() - 1)).status == 401


def test_a_token_of_a_wrong_audience_or_issuer_is_refused(platform: Platform) -> None:
    person = platform.register()
    for wrong in ({"aud": "another-api"}, {"aud": ["x"]}, {"iss": "https://evil.example"}):
        assert ask(platform, signed(person, **wrong)).status == 401, wrong


def test_a_bearer_that_names_no_owner_is_refused(platform: Platform) -> None:
    person = platform.register()
    client = app(person, type="confidential")
    own = {"sub": client["client_id"], "client_id": client["client_id"], "app_only": True}
    for owner, status in ((person.id, 200), ("", 401), (None, 401)):
        bearer = signed(person, **own, owner=owner)
        asked = platform.call("GET", f"/2/users/{person.id}", token=bearer)
        assert asked.status == status, owner


def test_a_code_that_is_used_again_is_refused(platform: Platform) -> None:
    person = platform.register()
    client = app(person)
    code, verifier = code_for(platform, person, client)
    assert exchange(platform, client["client_id"], code, verifier).status == 200
    again = exchange(platform, client["client_id"], code, verifier)
    assert (again.status, again.json()["error"]) == (400, "invalid_grant")


def test_markup_in_profile_fields_is_data(platform: Platform) -> None:
    person, script = platform.register(), "<script>alert(1)</script>"
    person.ok("PATCH", "/1/accounts/me", {"name": script, "description": f"{script}\n<img src=x>"})
    answer = platform.call(
        "GET", f"/2/users/{person.id}?user.fields=description,entities", token=person.token
    )
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["data"]["name"] == script
    for url in (
        "javascript:alert(1)",
        "data:text/html,x",
        " javascript:x",
        "https:",
        "//x.example",
    ):
        assert person.call("PATCH", "/1/accounts/me", {"url": url}).status == 400, url
    page = Browser(platform).log_in(authorize_path(app(person)["client_id"], pkce()[1]), person)
    assert script.encode() not in page.body


def test_nobody_is_redirected_to_where_an_attacker_says(platform: Platform) -> None:
    client = app(platform.register())
    for more in (
        {"redirect_uri": "https://evil.example/"}, {"redirect_uri": "//evil.example"},
        {"redirect_uri": "http://127.0.0.1:9999/callback@evil.example"},
        {"response_type": "token", "redirect_uri": "https://evil.example/"},
    ):  # fmt: skip
        path = authorize_path(client["client_id"], pkce()[1], **more)
        answer = platform.call("GET", path)
        assert answer.status == 400, more
        assert "location" not in answer.headers
