"""Steps of OAuth 1.0a logins: an app, a browser, its consent."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from oauthlib.oauth1 import Client as Signer

from tests.oauth_steps import FORM, REDIRECT, app, form, hidden
from tests.platform import PASSWORD, Answer, Person, Platform

BASE = "https://api.x.com"


class Page:
    """Browser with a cookie jar."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.jar = platform, dict[str, str]()

    def get(self, path: str) -> Answer:
        return self._keep(self.platform.call("GET", path, cookie=self._cookies()))

    def post(self, path: str, values: dict[str, str]) -> Answer:
        return self._keep(form(self.platform, path, values, cookie=self._cookies()))

    def log_in(self, path: str, person: Person, password: str = PASSWORD) -> Answer:
        """Log in; returns the consent page, or the refusal."""
        fields = hidden(self.get(path).body.decode())
        values = {**fields, "login": person.username, "password": password}
        answer = self.post("/oauth/login", values)
        return self.get(answer.headers["location"]) if answer.status == 302 else answer

    def decide(self, page: Answer, decision: str = "allow", **changes: str) -> Answer:
        values = {**hidden(page.body.decode()), "decision": decision, **changes}
        return self.post("/oauth/authorize", values)

    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.jar.items())

    def _keep(self, answer: Answer) -> Answer:
        if "set-cookie" in answer.headers:
            assert "Path=/oauth;" in answer.headers["set-cookie"]
            name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
            self.jar[name] = value
        return answer


class Consumer:
    """App of a developer, signing with another library than the server's."""

    def __init__(self, platform: Platform, **members: Any) -> None:
        self.platform = platform
        self.owner = platform.register()
        self.app = app(self.owner, **{"type": "confidential", "name": "Signed app", **members})

    def post(self, path: str, body: dict[str, str] | None = None, **signing: Any) -> Answer:
        keys = {
            "client_key": self.app["consumer_key"],
            "client_secret": self.app["consumer_secret"],
        }
        headers = {"Content-Type": FORM} if body else {}
        signer = Signer(**{**keys, **signing})
        _, signed, _ = signer.sign(BASE + path, "POST", body, headers)
        raw = urlencode(body).encode() if body else None
        more = {"content_type": FORM} if body else {}
        header = str(signed["Authorization"])
        return self.platform.call("POST", path, raw, authorization=header, **more)

    def request_token(self, callback: str | None = REDIRECT, **signing: Any) -> dict[str, str]:
        answer = self.post("/oauth/request_token", callback_uri=callback, **signing)
        assert answer.status == 200, answer.body
        return dict(parse_qsl(answer.body.decode(), strict_parsing=True))

    def access_token(self, asked: dict[str, str], proof: str, **signing: Any) -> Answer:
        keys = {
            "resource_owner_key": asked["oauth_token"],
            "resource_owner_secret": asked["oauth_token_secret"],
        }
        return self.post("/oauth/access_token", **{"verifier": proof, **keys, **signing})

    def me(self, held: dict[str, str]) -> Answer:
        signer = Signer(
            self.app["consumer_key"], self.app["consumer_secret"],
            held["oauth_token"], held["oauth_token_secret"],
        )  # fmt: skip
        _, headers, _ = signer.sign(f"{BASE}/2/users/me", "GET")
        authorization = str(headers["Authorization"])
        return self.platform.call("GET", "/2/users/me", authorization=authorization)


def authorize(asked: dict[str, str], **query: str) -> str:
    return "/oauth/authorize?" + urlencode({"oauth_token": asked["oauth_token"], **query})


def verifier_of(answer: Answer) -> str:
    assert answer.status == 302, answer.body
    return parse_qs(urlsplit(answer.headers["location"]).query)["oauth_verifier"][0]
