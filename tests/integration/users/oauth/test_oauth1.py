"""OAuth 1.0a signatures: valid ones, and all kinds that must be refused."""

import time
from typing import Any
from urllib.parse import quote

import pytest
from oauthlib.oauth1 import Client as Signer

from shared.auth import oauth1
from shared.base.process import process
from tests.account_steps import calls
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration


class Signed:
    """Consumer that signs with another library than the server's."""

    def __init__(self, person: Person) -> None:
        self.person, self.platform = person, person.platform
        app = person.ok("POST", "/1/apps", {"name": "Signer"})["data"]
        own = person.ok("POST", f"/1/apps/{app['id']}/tokens", {})["data"]
        self.app, self.own = app, own

    def signer(self, **changes: Any) -> Signer:
        members = {
            "client_key": self.app["consumer_key"],
            "client_secret": self.app["consumer_secret"],
            "resource_owner_key": self.own["access_token"],
            "resource_owner_secret": self.own["access_token_secret"],
        }
        return Signer(**{**members, **changes})

    def header(
        self, method: str, path: str, base: str = "https://api.x.com", **changes: Any
    ) -> str:
        _, headers, _ = self.signer(**changes).sign(base + path, method)
        return str(headers["Authorization"])

    def call(self, method: str, path: str, body: Any = None, **changes: Any) -> Answer:
        header = self.header(method, path, **changes)
        return self.platform.call(method, path, body, authorization=header)


@pytest.fixture(scope="module")
def signed(platform: Platform) -> Signed:
    return Signed(platform.register())


@pytest.mark.parametrize(
    "base",
    ["https://api.x.com", "https://api.twitter.com", "https://upload.x.com",
     "https://upload.twitter.com", "http://127.0.0.1:8000"],
)  # fmt: skip
def test_every_base_url_that_clients_sign_for(signed: Signed, base: str) -> None:
    answer = signed.call("GET", "/2/users/me?user.fields=created_at,description", base=base)
    assert answer.json()["data"]["id"] == signed.person.id


def test_parameters_that_need_escaping(signed: Signed) -> None:
    name = quote("a b+c&d=e/ü~", safe="")
    answer = signed.call("GET", f"/2/users/by/username/{name}")
    assert answer.status == 404
    answer = signed.call("GET", "/2/users?ids=1,2&user.fields=id%2Cname")
    assert answer.status == 200


def test_writes_with_json_bodies(signed: Signed) -> None:
    answer = signed.call("POST", "/2/tweets", {"text": "signed"})
    assert answer.status == 201
    tweet_id = answer.json()["data"]["id"]
    assert signed.call("DELETE", f"/2/tweets/{tweet_id}").status == 200


def test_a_captured_write_cannot_be_sent_again(signed: Signed) -> None:
    header = signed.header("POST", "/2/tweets")
    body = {"text": "once only"}
    first = signed.platform.call("POST", "/2/tweets", body, authorization=header)
    again = signed.platform.call("POST", "/2/tweets", body, authorization=header)
    assert (first.status, again.status) == (201, 401)
    assert "nonce" in again.json()["detail"]


def test_a_captured_read_cannot_be_sent_again_to_the_process_that_answered(signed: Signed) -> None:
    signed.call("GET", "/2/users/me")
    header, path = signed.header("GET", "/2/users/me"), "/2/users/me"
    with calls() as made:
        first = signed.platform.call("GET", path, authorization=header)
        # A rotated secret or a deleted app forgets credentials, and nothing else.
        oauth1.forget()
        again = signed.platform.call("GET", path, authorization=header)
    assert (first.status, again.status) == (200, 401)
    assert "nonce" in again.json()["detail"]
    assert not {"PutItem", "UpdateItem"} & set(made)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "wrong"},
        {"resource_owner_secret": "wrong"},
        {"client_key": "nobody"},
        {"resource_owner_key": "1-nobody"},
        {"timestamp": str(int(time.time()) - 3600)},
        {"timestamp": str(int(time.time()) + 3600)},
        {"timestamp": "soon"},
        {"signature_method": "PLAINTEXT"},
        {"base": "https://evil.example"},
    ],
)
def test_what_does_not_hold(signed: Signed, changes: dict[str, Any]) -> None:
    answer = signed.call("GET", "/2/users/me", **changes)
    assert answer.status == 401, changes
    assert answer.json()["title"] == "Unauthorized"


def test_a_signature_covers_method_path_and_query(signed: Signed) -> None:
    header = signed.header("GET", "/2/users/me")
    for method, path in (
        ("GET", f"/2/users/{signed.person.id}"),
        ("GET", "/2/users/me?user.fields=name"),
        ("POST", "/2/tweets"),
    ):
        answer = signed.platform.call(method, path, authorization=header)
        assert answer.status == 401, (method, path)


def test_a_token_of_another_app_does_not_fit(signed: Signed) -> None:
    other = Signed(signed.person)
    answer = signed.call(
        "GET",
        "/2/users/me",
        resource_owner_key=other.own["access_token"],
        resource_owner_secret=other.own["access_token_secret"],
    )
    assert answer.status == 401


@pytest.mark.parametrize(
    "header",
    ["OAuth", "OAuth x", 'OAuth oauth_consumer_key="a"', "OAuth " + "x" * 5000,
     'OAuth oauth_token="a",oauth_token="b"', 'OAuth oauth_nonce="%00%ff"'],
)  # fmt: skip
def test_malformed_headers(platform: Platform, header: str) -> None:
    assert platform.call("GET", "/2/users/me", authorization=header).status == 401


def test_scopes_hold_here_too(signed: Signed) -> None:
    assert signed.call("PATCH", "/1/accounts/me", {"name": "x"}).status == 403


def test_a_warm_signature_costs_no_call(signed: Signed) -> None:
    signed.call("GET", "/2/users/me")
    header = signed.header("GET", "/2/users/me")
    request = oauth1.SignedRequest("users", "GET", "/2/users/me", (), "api.x.com", False)
    with calls() as made:
        assert oauth1.verify(header, request).user_id == signed.person.id
    assert made == []


@pytest.mark.parametrize(
    "path", ["/2/users/me", "/2/users/{id}/tweets", "/1/notifications/inbox", "/1/crawls"]
)
def test_every_app_finds_out_by_itself_who_calls(signed: Signed, path: str) -> None:
    """With empty caches, as in a function that has just started."""
    path = path.format(id=signed.person.id)
    process.reset()
    assert signed.call("GET", path).status == 200
    process.reset()
    assert signed.person.call("GET", path).status == 200
