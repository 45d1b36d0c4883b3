"""Ends of single tokens (bearers, OAuth 1.0a, apps), and key rotation."""

import base64
import secrets
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from scripts.ops import rotate_keys
from shared.auth import one_time_tokens
from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.process import process
from tests.account_steps import log_in, token_from, with_totp
from tests.oauth_steps import app, code_for, exchange, form
from tests.platform import PASSWORD, Answer, Person, Platform

pytestmark = pytest.mark.integration


def basic(client: dict[str, Any], kind: str = "client") -> str:
    name, secret = ("client_id", "client_secret")
    if kind == "consumer":
        name, secret = ("consumer_key", "consumer_secret")
    return "Basic " + base64.b64encode(f"{client[name]}:{client[secret]}".encode()).decode()


def bearer(platform: Platform, client: dict[str, Any]) -> str:
    values = {"grant_type": "client_credentials"}
    answer = form(platform, "/oauth2/token", values, authorization=basic(client))
    token: str = answer.json()["access_token"]
    return token


def status(platform: Platform, token: str, path: str = "/2/users?ids=1") -> int:
    return platform.call("GET", path, token=token).status


def signed(platform: Platform, client: dict[str, Any], own: dict[str, Any], path: str) -> Answer:
    oauth = OAuth1(
        client["consumer_key"], client["consumer_secret"],
        own["access_token"], own["access_token_secret"],
    )  # fmt: skip
    method = "POST" if "invalidate" in path else "GET"
    request = requests.Request(method, f"https://api.x.com{path}", auth=oauth).prepare()
    header = request.headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    return platform.call(method, path, authorization=text, host="api.x.com")


def test_one_bearer_is_invalidated_and_the_others_live(platform: Platform) -> None:
    person = platform.register()
    client, other = (app(person, type="confidential") for _ in range(2))
    one, two, third = bearer(platform, client), bearer(platform, client), bearer(platform, other)
    path = "/oauth2/invalidate_token"
    foreign = form(platform, path, {"access_token": third}, authorization=basic(client))
    assert foreign.status == 403
    assert form(platform, path, {"access_token": one}).status == 401
    ended = form(platform, path, {"access_token": one}, authorization=basic(client, "consumer"))
    assert ended.json() == {"access_token": one}
    assert [status(platform, t) for t in (one, two, third)] == [401, 200, 200]
    # RFC 7009 ends a bearer too, and neither is forgotten by a process that starts later.
    form(platform, "/2/oauth2/revoke", {"token": two}, authorization=basic(client))
    process.reset()
    assert [status(platform, t) for t in (one, two, third)] == [401, 401, 200]


def test_a_new_bearer_ends_all_of_before(platform: Platform) -> None:
    person = platform.register()
    client = app(person, type="confidential")
    old = [client["bearer_token"], bearer(platform, client)]
    path = f"/1/apps/{client['id']}/secret"
    fresh = person.ok("POST", path, {"kind": "bearer_token"})["data"]["bearer_token"]
    assert [status(platform, t) for t in (*old, fresh)] == [401, 401, 200]
    assert person.call("GET", "/2/users/me").status == 200


def test_an_oauth1_token_ends_itself(platform: Platform) -> None:
    person = platform.register()
    client = app(person, type="confidential")
    one, two = (person.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"] for _ in range(2))
    assert signed(platform, client, one, "/2/users/me").status == 200
    assert person.call("POST", "/1.1/oauth/invalidate_token").status == 403
    ended = signed(platform, client, one, "/1.1/oauth/invalidate_token.json")
    assert ended.json() == {"access_token": one["access_token"]}
    assert signed(platform, client, one, "/2/users/me").status == 401
    process.reset()
    assert signed(platform, client, one, "/2/users/me").status == 401
    assert signed(platform, client, two, "/2/users/me").status == 200


def test_connected_apps_are_listed_and_disconnected(platform: Platform) -> None:
    person, developer, stranger = (platform.register() for _ in range(3))
    client, kept = app(developer, name="Reader"), app(developer, name="Kept")
    tokens = {}
    for one in (client, kept):
        code, verifier = code_for(platform, person, one)
        tokens[one["id"]] = exchange(platform, one["id"], code, verifier).json()
    own = developer.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]
    listed = person.ok("GET", "/1/accounts/me/apps")["data"]
    assert [(a["name"], a["tokens"]) for a in listed] == [("Kept", 1), ("Reader", 1)]
    assert "tweet.write" in listed[0]["scopes"]
    path = f"/1/accounts/me/apps/{client['id']}"
    assert stranger.call("DELETE", path).status == 404
    # The developer's own access is both kinds of token.
    assert developer.ok("DELETE", path)["data"] == {"revoked": 2}
    assert signed(platform, client, own, "/2/users/me").status == 401
    assert person.ok("DELETE", path)["data"] == {"revoked": 1}
    assert status(platform, tokens[client["id"]]["access_token"]) == 401
    assert status(platform, tokens[kept["id"]]["access_token"]) == 200
    assert [a["name"] for a in person.ok("GET", "/1/accounts/me/apps")["data"]] == ["Kept"]


def test_keys_rotate_with_overlap(platform: Platform) -> None:
    person = platform.register()
    jwks = "/.well-known/jwks.json"

    def kids() -> set[str]:
        process.reset()
        return {key["kid"] for key in platform.call("GET", jwks).json()["keys"]}

    before = kids()
    with pytest.raises(rotate_keys.NotNow):
        rotate_keys.switch()
    rotate_keys.prepare()
    assert len(kids()) == 2
    assert kids() > before
    # This process has seen neither key change when it signs and verifies next.
    process.reset()
    assert status(platform, person.token, "/2/users/me") == 200
    rotate_keys.switch()
    fresh = log_in(platform, person).json()["data"]["access_token"]
    assert status(platform, fresh, "/2/users/me") == 200
    process.reset()
    for token in (person.token, fresh):
        assert status(platform, token, "/2/users/me") == 200
    with pytest.raises(rotate_keys.NotNow):
        rotate_keys.switch()
    rotate_keys.retire()
    process.reset()
    assert status(platform, person.token, "/2/users/me") == 401
    assert status(platform, fresh, "/2/users/me") == 200
    assert not kids() & before


def change_address(platform: Platform, person: Person, email: str) -> str:
    body = {"email": email, "password": PASSWORD}
    person.ok("PUT", "/1/accounts/me/email", body)
    token = token_from(platform, email, "new email address")
    assert platform.call("POST", "/1/accounts/verify", {"token": token}).status == 200
    return email


def test_a_changed_address_is_taken_back_from_the_old_one(platform: Platform) -> None:
    person, thief = platform.register(verify=True), f"{secrets.token_hex(6)}@example.com"
    change_address(platform, person, f"{secrets.token_hex(6)}@example.com")
    # A second change does not bring the first address out of reach.
    change_address(platform, person, thief)
    token = token_from(platform, person.email, "address was changed")
    assert not [m for m in platform.mails(thief) if "address was changed" in m["Subject"]]
    undo = "/1/accounts/email_changes/undo"
    forged = token.replace("undo-", "", 1)
    assert platform.call("POST", undo, {"token": forged}).status == 400
    assert platform.call("POST", undo, {"token": token}).status == 200
    assert platform.call("POST", undo, {"token": token}).status == 400
    assert person.call("GET", "/2/users/me").status == 401
    for login, expected in ((thief, 401), (person.email, 201)):
        body = {"login": login, "password": PASSWORD}
        assert platform.call("POST", "/1/sessions", body).status == expected
    platform.call("POST", "/1/accounts/password_resets", {"email": person.email})
    assert token_from(platform, person.email, "Set a new password")


def stored_account(person: Person) -> dict[str, Any]:
    found = sdk.client("dynamodb").get_item(
        TableName="rookery-dev-users-accounts", Key={"key": {"S": f"account#{person.id}"}}
    )
    return {name: next(iter(value.values())) for name, value in found["Item"].items()}


@pytest.mark.parametrize(
    ("days", "stays"), [(None, False), (2, False), (8, True)], ids=["since", "lately", "long ago"]
)
def test_a_second_factor_of_a_thief_goes_with_the_address(
    platform: Platform, days: int | None, stays: bool
) -> None:
    person, moved = platform.register(), f"{secrets.token_hex(6)}@example.com"

    def use(path: str, purpose: str, reference: str) -> None:
        # As the mail has it, without waiting for the mail.
        token = one_time_tokens.mint(purpose, stored_account(person)[reference])
        assert platform.call("POST", f"/1/accounts/{path}", {"token": token}).status == 200

    use("verify", "verify_email", "verification_id")
    if days is not None:
        _, codes = with_totp(person)
        sdk.client("dynamodb").update_item(
            TableName="rookery-dev-users-accounts",
            Key={"key": {"S": f"account#{person.id}"}},
            UpdateExpression="SET totp_enabled_at = :at",
            ExpressionAttributeValues={":at": {"N": str(now_ms() - days * 24 * 3600 * 1000)}},
        )
    person.ok("PUT", "/1/accounts/me/email", {"email": moved, "password": PASSWORD})
    use("verify", "change_email", "pending_email_id")
    if days is None:
        _, codes = with_totp(person)
    use("email_changes/undo", "undo_email", "undo_id")
    assert person.call("GET", "/2/users/me").status == 401
    assert log_in(platform, person).status == (401 if stays else 201)
    if stays:
        assert log_in(platform, person, totp=codes[0]).status == 201
    else:
        left = stored_account(person)
        assert not [name for name in left if "totp" in name or "recovery" in name]


def test_an_address_that_was_never_proved_gets_no_offer(platform: Platform) -> None:
    person = platform.register()
    change_address(platform, person, f"{secrets.token_hex(6)}@example.com")
    platform.settle()
    assert not [m for m in platform.mails(person.email) if "was changed" in m["Subject"]]


def test_who_registers_says_to_be_old_enough(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:

    def register(**members: object) -> int:
        name = f"a{secrets.token_hex(5)}"
        body = {"username": name, "name": "n", "email": f"{name}@example.com", "password": PASSWORD}
        return platform.call("POST", "/1/accounts", {**body, **members}).status

    assert register(age_confirmed=True) == 201
    assert register(age_confirmed=False) == 403
    monkeypatch.setenv("REQUIRE_AGE_CONFIRMATION", "1")
    process.restart()
    try:
        assert register() == 400
        assert register(age_confirmed=True) == 201
    finally:
        monkeypatch.undo()
        process.restart()
