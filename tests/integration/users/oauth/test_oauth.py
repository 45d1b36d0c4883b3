"""OAuth 2.0: code with PKCE, refresh, app-only, revocation; misuses."""

import base64
import json
import secrets
from typing import Any

import pytest

from shared.base.process import process
from tests.oauth_steps import Browser, app, authorize_path, code_for, exchange, form, hidden, pkce
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture
def person(platform: Platform) -> Person:
    return platform.register()


def test_code_flow_with_refresh_and_reuse_detection(platform: Platform, person: Person) -> None:
    client = app(person)
    # The method as twitter-api-v2 (npm) spells it.
    code, verifier = code_for(platform, person, client, code_challenge_method="s256")
    answer = exchange(platform, client["client_id"], code, verifier)
    assert answer.status == 200, answer.body
    tokens = answer.json()
    assert tokens["token_type"] == "bearer"
    assert set(tokens["scope"].split()) == {
        "tweet.read", "users.read", "tweet.write", "offline.access",
    }  # fmt: skip
    me = platform.call("GET", "/2/users/me", token=tokens["access_token"])
    assert me.json()["data"]["id"] == person.id

    def refresh(token: str, json_body: bool = False) -> Answer:
        values = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": client["client_id"],
        }
        if json_body:
            return platform.call("POST", "/2/oauth2/token", values)
        return form(platform, "/2/oauth2/token", values)

    fresh = refresh(tokens["refresh_token"], json_body=True)
    assert fresh.status == 200
    assert fresh.json()["scope"] == tokens["scope"]
    with process.clock.ahead(61):
        assert refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    # The old one was used twice: somebody has a copy, so the whole family is dead.
    assert refresh(fresh.json()["refresh_token"]).status == 400
    dead = platform.call("GET", "/2/users/me", token=fresh.json()["access_token"])
    assert dead.status == 401


def test_missing_scope_is_named(platform: Platform, person: Person) -> None:
    client = app(person)
    code, verifier = code_for(platform, person, client)
    token = exchange(platform, client["client_id"], code, verifier).json()["access_token"]
    answer = platform.call("POST", f"/2/users/{person.id}/likes", {"tweet_id": "1"}, token=token)
    assert answer.status == 403
    assert answer.json()["required_scopes"] == ["like.write"]
    assert platform.call("PATCH", "/1/accounts/me", {"name": "x"}, token=token).status == 403


def test_pkce_mismatch_missing_and_plain_are_refused(platform: Platform, person: Person) -> None:
    client = app(person)
    code, _ = code_for(platform, person, client)
    wrong = exchange(platform, client["client_id"], code, secrets.token_urlsafe(48))
    assert (wrong.status, wrong.json()["error"]) == (400, "invalid_grant")
    browser, confidential = Browser(platform), app(person, type="confidential")
    # A method that is not named is plain (RFC 7636 section 4.3).
    methods = ("plain", "", "S512")
    wrongs = [{"code_challenge": ""}, *({"code_challenge_method": method} for method in methods)]
    for asking, refused in ((client, wrongs), (confidential, [wrongs[0], wrongs[-1]])):
        for query in refused:
            answer = browser.get(authorize_path(asking["client_id"], pkce()[1], **query))
            assert answer.status == 302, query
            assert "error=invalid_request" in answer.headers["location"]


def test_plain_pkce_serves_clients_with_a_secret(platform: Platform, person: Person) -> None:
    client = app(person, type="confidential")
    proof = {"client_secret": client["client_secret"]}
    for method in ("plain", ""):
        plain, challenge = {"code_challenge_method": method}, secrets.token_urlsafe(48)
        code, other = code_for(platform, person, client, code_challenge=challenge, **plain)
        for verifier, more, status in (
            (other, proof, 400), (challenge, {}, 401), (challenge, proof, 200),
        ):  # fmt: skip
            answer = exchange(platform, client["client_id"], code, verifier, **more)
            assert answer.status == status, (method, status, answer.body)


def test_redirect_uri_tricks_never_leave_the_page(platform: Platform, person: Person) -> None:
    client = app(person)
    browser = Browser(platform)
    for uri in (
        "http://127.0.0.1:9999/callback/../evil",
        "http://127.0.0.1:9999/callback?x=1",
        "http://127.0.0.1:9999.evil.example/callback",
        "https://evil.example/",
        "javascript:alert(1)",
    ):
        path = authorize_path(client["client_id"], pkce()[1], redirect_uri=uri)
        answer = browser.get(path)
        assert answer.status == 400, uri
        assert "location" not in answer.headers
    unknown = browser.get(authorize_path("nobody", pkce()[1]))
    assert unknown.status == 400


@pytest.mark.parametrize(
    "uri",
    ["http://example.com/cb", "https://x.example/#f", "javascript:alert(1)", "data:text/html,x",
     "https://*.example.com/cb", "not a uri", "//example.com/cb"],
)  # fmt: skip
def test_unsafe_redirect_uris_cannot_be_registered(person: Person, uri: str) -> None:
    body = {"name": "x", "redirect_uris": [uri]}
    assert person.call("POST", "/1/apps", body).status == 400


def test_consent_needs_its_own_form(platform: Platform, person: Person) -> None:
    client = app(person)
    browser = Browser(platform)
    page = browser.log_in(authorize_path(client["client_id"], pkce()[1]), person)
    fields = hidden(page.body.decode())
    for change in ({"csrf": "0" * 64}, {"scope": fields["scope"] + " dm.read"}, {"state": "other"}):
        answer = browser.post("/i/oauth2/authorize", {**fields, **change, "decision": "allow"})
        assert answer.status == 403, change
    denied = browser.post("/i/oauth2/authorize", {**fields, "decision": "deny"})
    assert "error=access_denied" in denied.headers["location"]


def test_pages_escape_what_they_echo(platform: Platform, person: Person) -> None:
    client = app(person, name="<script>alert(1)</script>")
    browser = Browser(platform)
    path = authorize_path(client["client_id"], pkce()[1], state='"><img src=x onerror=1>')
    assert b"<img" not in browser.get(path).body
    typed = {**hidden(browser.get(path).body.decode()), "login": '"><img src=x>', "password": "x"}
    assert b"<img" not in browser.post("/i/oauth2/login", typed).body
    page = browser.log_in(path, person)
    assert b"<script>" not in page.body
    assert b"&lt;script&gt;" in page.body
    assert page.headers["x-frame-options"] == "DENY"


def test_a_code_is_bound_to_its_client(platform: Platform, person: Person) -> None:
    one, two = app(person), app(person)
    code, verifier = code_for(platform, person, one)
    stolen = exchange(platform, two["client_id"], code, verifier)
    assert stolen.status == 400
    assert stolen.json()["error"] == "invalid_grant"


def test_confidential_clients_must_prove_themselves(platform: Platform, person: Person) -> None:
    client = app(person, type="confidential")
    code, verifier = code_for(platform, person, client)
    bare = exchange(platform, client["client_id"], code, verifier)
    assert bare.status in (400, 401)
    proven = exchange(
        platform, client["client_id"], code, verifier, client_secret=client["client_secret"]
    )
    assert proven.status == 200, proven.body


def test_app_only_bearer_reads_but_does_not_act(platform: Platform, person: Person) -> None:
    client = app(person, type="confidential")
    pair = f"{client['consumer_key']}:{client['consumer_secret']}"
    basic = base64.b64encode(pair.encode()).decode()
    answer = form(
        platform,
        "/oauth2/token",
        {"grant_type": "client_credentials"},
        authorization=f"Basic {basic}",
    )
    assert answer.status == 200, answer.body
    assert answer.json()["token_type"] == "bearer"
    for token in (answer.json()["access_token"], client["bearer_token"]):
        assert platform.call("GET", f"/2/users/{person.id}", token=token).status == 200
        refused = platform.call("POST", "/2/tweets", {"text": "x"}, token=token)
        assert refused.status == 403
        assert refused.json()["type"].endswith("/unsupported-authentication")


def test_revoked_and_logged_out_sessions_are_refused(platform: Platform, person: Person) -> None:
    client = app(person)
    code, verifier = code_for(platform, person, client)
    token = exchange(platform, client["client_id"], code, verifier).json()["access_token"]
    values = {"token": token, "client_id": client["client_id"]}
    assert form(platform, "/2/oauth2/revoke", values).json() == {"revoked": True}
    assert platform.call("GET", "/2/users/me", token=token).status == 401
    person.ok("DELETE", "/1/sessions/current")
    assert person.call("GET", "/2/users/me").status == 401


def test_own_tokens_for_an_app(platform: Platform, person: Person) -> None:
    client = app(person)
    made = person.ok(
        "POST", f"/1/apps/{client['id']}/tokens", {"scopes": ["tweet.read", "users.read"]}
    )["data"]
    assert made["access_token"].startswith(f"{person.id}-")
    assert made["access_token_secret"]
    me = platform.call("GET", "/2/users/me", token=made["oauth2"]["access_token"])
    assert me.json()["data"]["id"] == person.id
    other = platform.register()
    assert other.call("POST", f"/1/apps/{client['id']}/tokens", {}).status == 404
    refused = person.call("POST", f"/1/apps/{client['id']}/tokens", {"scopes": ["account.write"]})
    assert refused.status == 400


def _segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_forged_tokens_are_refused(platform: Platform, person: Person) -> None:
    header, claims, signature = person.token.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    public = json.dumps(platform.call("GET", "/.well-known/jwks.json").json())
    other = platform.register()
    confused = _segment({"alg": "HS256", "typ": "at+jwt"}) + "." + claims
    mac = __import__("hmac").new(public.encode(), confused.encode(), "sha256").digest()
    forged = [
        f"{header}.{_segment({**decoded, 'sub': other.id})}.{signature}",
        f"{_segment({'alg': 'none', 'typ': 'at+jwt'})}.{claims}.",
        confused + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode(),
        f"{header}.{claims}.{signature[:-8]}AAAAAAAA",
        f"{header}.{claims}",
        "x" * 5000,
        "é.ü.ß",
    ]
    for token in forged:
        answer = platform.call("GET", "/2/users/me", token=token)
        assert answer.status == 401, token[:40]
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_unverified_account_cannot_hand_out_what_it_does_not_have(
    platform: Platform, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app(person)
    monkeypatch.setenv("REQUIRE_VERIFIED_EMAIL", "1")
    process.restart()
    try:
        code, verifier = code_for(platform, person, client)
        granted = exchange(platform, client["client_id"], code, verifier).json()["scope"]
        own = person.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]["scope"]
    finally:
        monkeypatch.undo()
        process.restart()
    for scope in (granted, own):
        assert "tweet.read" in scope.split()
        assert "tweet.write" not in scope.split()
