"""Management of developer apps, introspection, and their misuses."""

import base64
from typing import Any

import pytest

from shared.aws import sdk
from shared.base.process import process
from tests.account_steps import NEW
from tests.oauth_steps import (
    Browser,
    app,
    authorize_path,
    code_for,
    exchange,
    form,
    pkce,
)
from tests.platform import PASSWORD, Answer, Platform

pytestmark = pytest.mark.integration


def test_apps_are_listed_changed_and_belong_to_their_owner(platform: Platform) -> None:
    person, stranger = platform.register(), platform.register()
    one, two = app(person, name="One"), app(person, name="Two", type="confidential")
    listed = person.ok("GET", "/1/apps")["data"]
    assert [a["id"] for a in listed] == [two["id"], one["id"]]
    assert not {"client_secret", "consumer_secret", "secret_digest"} & set(listed[0])
    path = f"/1/apps/{one['id']}"
    assert person.ok("GET", path)["data"]["name"] == "One"
    shown = person.ok("PATCH", path, {"name": " Uno ", "redirect_uris": ["https://a.example/cb"]})
    assert shown["data"]["name"] == "Uno"
    assert person.ok("GET", path)["data"]["redirect_uris"] == ["https://a.example/cb"]
    assert person.call("PATCH", path, {"redirect_uris": ["javascript:alert(1)"]}).status == 400
    for member in ("owner_id", "type", "client_id", "secret_digest"):
        assert person.call("PATCH", path, {member: "x"}).status == 400
    for method, where, body in (
        ("GET", path, None), ("PATCH", path, {"name": "Mine"}),
        ("POST", f"{path}/secret", {}), ("DELETE", path, None),
    ):  # fmt: skip
        assert stranger.call(method, where, body).status == 404
    assert stranger.ok("GET", "/1/apps")["data"] == []


def test_a_rotated_secret_replaces_the_old_one(platform: Platform) -> None:
    person = platform.register()
    client = app(person, type="confidential")

    def bearer(name: str, secret: str) -> int:
        basic = base64.b64encode(f"{name}:{secret}".encode()).decode()
        values = {"grant_type": "client_credentials"}
        return form(platform, "/oauth2/token", values, authorization=f"Basic {basic}").status

    for kind, name in (("client_secret", "client_id"), ("consumer_secret", "consumer_key")):
        made = person.ok("POST", f"/1/apps/{client['id']}/secret", {"kind": kind})["data"]
        assert bearer(client[name], client[kind]) == 401
        assert bearer(client[name], made[kind]) == 200


def test_a_deleted_app_is_dead_with_all_its_tokens(platform: Platform) -> None:
    person = platform.register()
    client = app(person)
    code, verifier = code_for(platform, person, client)
    session = exchange(platform, client["client_id"], code, verifier).json()
    own = person.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]
    person.ok("DELETE", f"/1/apps/{client['id']}")
    dead = [session["access_token"], own["oauth2_access_token"], client["bearer_token"]]
    for kind in ("this one", "one that starts later"):
        for token in dead:
            answer = platform.call("GET", f"/2/users/{person.id}", token=token)
            assert answer.status == 401, kind
        process.reset()
    values = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
    answer = form(platform, "/2/oauth2/token", {**values, "client_id": client["client_id"]})
    assert answer.status in (400, 401)
    assert Browser(platform).get(authorize_path(client["client_id"], pkce()[1])).status == 400
    assert "Test app" not in str(person.ok("GET", "/1/sessions"))
    assert person.ok("GET", "/1/apps")["data"] == []


def test_the_lasting_revocation_is_enough(platform: Platform) -> None:
    """The short list expires after hours; app-only tokens live for years."""
    person = platform.register()
    client = app(person)
    person.ok("DELETE", f"/1/apps/{client['id']}")
    dynamodb, table = sdk.client("dynamodb"), "rookery-dev-users-revocations"
    items = dynamodb.scan(TableName=table)["Items"]
    for item in items:
        if item["list"]["S"] == "revoked" and client["id"] in item["at"]["S"]:
            dynamodb.delete_item(TableName=table, Key={n: item[n] for n in ("list", "at")})
    process.reset()
    path = f"/2/users/{person.id}"
    assert platform.call("GET", path, token=client["bearer_token"]).status == 401


def test_introspection_tells_a_client_of_its_own_tokens_only(platform: Platform) -> None:
    person = platform.register()
    mine, other = app(person, type="confidential"), app(person, type="confidential")
    public = app(person)
    tokens = person.ok("POST", f"/1/apps/{mine['id']}/tokens", {})["data"]

    def ask(client: dict[str, Any], token: str) -> Answer:
        values = {"token": token, "client_id": client["client_id"]}
        if client["type"] == "confidential":
            values["client_secret"] = client["client_secret"]
        return form(platform, "/2/oauth2/introspect", values)

    access = ask(mine, tokens["oauth2_access_token"]).json()
    assert access["active"] is True
    assert (access["sub"], access["client_id"]) == (person.id, mine["client_id"])
    assert "tweet.read" in access["scope"].split()
    assert ask(mine, tokens["oauth2_refresh_token"]).json()["token_type"] == "refresh_token"
    for client, token in (
        (other, tokens["oauth2_access_token"]), (other, tokens["oauth2_refresh_token"]),
        (mine, person.token), (mine, "nonsense"), (mine, "a.b"), (mine, "a.b.c"),
    ):  # fmt: skip
        assert ask(client, token).json() == {"active": False}
    assert ask(public, tokens["oauth2_access_token"]).status == 401
    wrong = {**mine, "client_secret": "wrong"}
    assert ask(wrong, tokens["oauth2_access_token"]).status == 401
    body = {"current_password": PASSWORD, "new_password": NEW}
    person.ok("PUT", "/1/accounts/me/password", body)
    for token in (tokens["oauth2_access_token"], tokens["oauth2_refresh_token"]):
        assert ask(mine, token).json() == {"active": False}
