"""Steps of OAuth 2.0 logins: an app, a browser, a code and its exchange."""

import base64
import hashlib
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from scripts.base.domain import load_app
from shared.base.clock import now_ms
from tests.platform import PASSWORD, Answer, Person, Platform

load_app("users")
from chalicelib.users.core import revocation_items
from chalicelib.users.core.account_items import account_key
from chalicelib.users.core.models import ACCOUNTS
from chalicelib.users.core.token_models import REVOCATIONS

REDIRECT = "http://127.0.0.1:9999/callback"
FORM = "application/x-www-form-urlencoded"


def form(platform: Platform, path: str, values: dict[str, str], **headers: str) -> Answer:
    body = urlencode(values).encode()
    return platform.call("POST", path, body, content_type=FORM, **headers)


def app(person: Person, **members: Any) -> dict[str, Any]:
    body = {"name": "Test app", "redirect_uris": [REDIRECT], "type": "public", **members}
    made: dict[str, Any] = person.ok("POST", "/1/apps", body)["data"]
    return made


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))


class Browser:
    """Minimal browser: cookies, forms, and redirects followed by hand."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.cookies: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str) -> Answer:
        return self._kept(self.platform.call("GET", path, cookie=self.cookie))

    def post(self, path: str, values: dict[str, str]) -> Answer:
        return self._kept(form(self.platform, path, values, cookie=self.cookie))

    def _kept(self, answer: Answer) -> Answer:
        if "set-cookie" in answer.headers:
            name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def log_in(self, path: str, person: Person) -> Answer:
        fields = hidden(self.get(path).body.decode())
        answer = self.post(
            "/i/oauth2/login", {**fields, "login": person.username, "password": PASSWORD}
        )
        assert answer.status == 302, answer.body
        return self.get(answer.headers["location"])


def authorize_path(client_id: str, challenge: str, **members: str) -> str:
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "scope": "tweet.read users.read tweet.write offline.access",
        "state": "xyz",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **members,
    }
    return "/i/oauth2/authorize?" + urlencode(query)


def pkce() -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def code_for(
    platform: Platform, person: Person, client: dict[str, Any], **members: str
) -> tuple[str, str]:
    verifier, challenge = pkce()
    browser = Browser(platform)
    page = browser.log_in(authorize_path(client["client_id"], challenge, **members), person)
    assert b"Post and repost for you" in page.body
    allowed = browser.post(
        "/i/oauth2/authorize", {**hidden(page.body.decode()), "decision": "allow"}
    )
    assert allowed.status == 302, allowed.body
    query = parse_qs(urlsplit(allowed.headers["location"]).query)
    assert query["state"] == ["xyz"]
    assert query["iss"] == ["http://127.0.0.1:8000"]
    return query["code"][0], verifier


def exchange(platform: Platform, client_id: str, code: str, verifier: str, **more: str) -> Answer:
    values = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
        **more,
    }
    return form(platform, "/2/oauth2/token", values)


def end_sessions(person: Person) -> None:
    """End all logins of a person, as another process would."""
    ACCOUNTS.update({"key": account_key(person.id)}, "SET #sessions_from = :at", {"at": now_ms()})


def revoke_elsewhere(person: Person) -> None:
    """Revoke a person's tokens, as another process: this one has not noted it."""
    REVOCATIONS.put(revocation_items.revocation(f"user:{person.id}", now_ms()))
