"""Changed and forgotten passwords, and their misuses."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from shared.aws import sdk
from shared.base.process import process
from tests.account_steps import NEW, calls, log_in, refresh, token_from
from tests.oauth_steps import app, code_for, exchange, form
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("password", ["password123", "qwertyuiop", "aaaaaaaaaa"])
def test_common_passwords_cannot_be_registered(platform: Platform, password: str) -> None:
    body = {"username": f"p{secrets.token_hex(4)}", "name": "P", "password": password}
    answer = platform.call("POST", "/1/accounts", {**body, "email": "common@example.com"})
    assert answer.status == 400
    assert "the password" in answer.json()["errors"][0]["message"]
    assert password not in answer.body.decode()


def test_a_changed_password_ends_every_session_and_answers_a_fresh_one(platform: Platform) -> None:
    person = platform.register()
    other = log_in(platform, person).json()["data"]
    path, body = "/1/accounts/me/password", {"current_password": PASSWORD, "new_password": NEW}
    assert person.call("PUT", path, {**body, "current_password": "wrong"}).status == 403
    assert person.call("PUT", path, {**body, "new_password": "password123"}).status == 400
    fresh = person.ok("PUT", path, body)["data"]
    # Without a pause: the revocation and the new token are of the same second.
    for dead in (person.token, other["access_token"]):
        assert platform.call("GET", "/2/users/me", token=dead).status == 401
    assert refresh(platform, other["refresh_token"]).status == 400
    assert platform.call("GET", "/2/users/me", token=fresh["access_token"]).status == 200
    assert refresh(platform, fresh["refresh_token"]).status == 200
    assert log_in(platform, person).status == 401
    assert log_in(platform, person, NEW).status == 201
    platform.settle()
    assert "password was changed" in platform.mails(person.email)[0]["Subject"]


def test_ended_sessions_stay_ended_for_a_process_that_starts_later(platform: Platform) -> None:
    from chalicelib.users.oauth import grants

    person = platform.register()
    client = app(person)
    made = person.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]
    body = {"current_password": PASSWORD, "new_password": NEW}
    fresh = person.ok("PUT", "/1/accounts/me/password", body)["data"]
    # OAuth 1.0a tokens, which never expire, are gone as well.
    assert len(grants.keys_of(person.id)) == 1
    process.reset()
    for dead in (person.token, made["oauth2_access_token"]):
        assert platform.call("GET", "/2/users/me", token=dead).status == 401
    assert platform.call("GET", "/2/users/me", token=fresh["access_token"]).status == 200


def test_a_code_from_before_opens_no_session_afterwards(platform: Platform) -> None:
    person = platform.register()
    client = app(person)
    code, verifier = code_for(platform, person, client)
    body = {"current_password": PASSWORD, "new_password": NEW}
    person.ok("PUT", "/1/accounts/me/password", body)
    late = exchange(platform, client["client_id"], code, verifier).json()
    if "access_token" in late:
        token = late["access_token"]
        assert platform.call("GET", "/2/users/me", token=token).status == 401
        values = {"grant_type": "refresh_token", "refresh_token": late["refresh_token"]}
        answer = form(platform, "/2/oauth2/token", {**values, "client_id": client["client_id"]})
        assert answer.status == 400


def test_of_racing_exchanges_of_a_code_one_wins(platform: Platform) -> None:
    person = platform.register()
    client = app(person)
    code, verifier = code_for(platform, person, client)
    with ThreadPoolExecutor(5) as pool:
        made = pool.map(
            lambda _: exchange(platform, client["client_id"], code, verifier).status, range(5)
        )
        assert sorted(made) == [200, 400, 400, 400, 400]


def test_a_forgotten_password_is_reset_once(platform: Platform) -> None:
    person = platform.register()
    asked = platform.call("POST", "/1/accounts/password_resets", {"email": person.email.upper()})
    assert asked.status == 202
    token = token_from(platform, person.email, "Set a new password")
    path, body = "/1/accounts/password_resets/confirm", {"token": token, "new_password": NEW}
    weak = platform.call("POST", path, {**body, "new_password": person.username + "!"})
    assert weak.status == 400
    answer = platform.call("POST", path, body)
    assert answer.json() == {"data": {"password_changed": True}}
    assert person.call("GET", "/2/users/me").status == 401
    assert log_in(platform, person, NEW).status == 201
    again = platform.call("POST", path, {**body, "new_password": "yet another phrase"})
    assert again.status == 400
    assert log_in(platform, person, NEW).status == 201


def test_a_reset_token_serves_one_of_many_racing_uses(platform: Platform) -> None:
    person = platform.register()
    platform.call("POST", "/1/accounts/password_resets", {"email": person.email})
    token = token_from(platform, person.email, "Set a new password")

    def use(number: int) -> int:
        body = {"token": token, "new_password": f"phrase number {number} of many"}
        return platform.call("POST", "/1/accounts/password_resets/confirm", body).status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(use, range(6)))
    assert sorted(statuses) == [200, *[400] * 5]


def test_expired_forged_and_foreign_tokens_reset_nothing(platform: Platform) -> None:
    person = platform.register()
    verification = token_from(platform, person.email, "Confirm your email")
    platform.call("POST", "/1/accounts/password_resets", {"email": person.email})
    token = token_from(platform, person.email, "Set a new password")

    def use(candidate: str) -> int:
        body = {"token": candidate, "new_password": NEW}
        return platform.call("POST", "/1/accounts/password_resets/confirm", body).status

    forged = token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB")
    for candidate in (forged, verification, "x", "1-2-3.AAAA", f"0-{int(time.time())}.AA"):
        assert use(candidate) == 400
    # A reset proves no address.
    assert platform.call("POST", "/1/accounts/verify", {"token": token}).status == 400
    with process.clock.ahead(3601):
        assert use(token) == 400
    assert log_in(platform, person).status == 201


def test_a_reset_does_not_tell_who_has_an_account(platform: Platform) -> None:
    person = platform.register()
    answers, work = [], []
    for address in (person.email, "nobody-at-all@example.com", person.email):
        with calls() as seen:
            answers.append(platform.call("POST", "/1/accounts/password_resets", {"email": address}))
        work.append(seen)
    assert [a.status for a in answers] == [202] * 3
    assert answers[0].body == answers[1].body == answers[2].body
    assert work[0] == work[1] == work[2] == ["GetItem", "UpdateItem"]
    platform.settle()
    assert platform.mails("nobody-at-all@example.com") == []
    # The second mail within the minute is not sent.
    mails = [m for m in platform.mails(person.email) if "Set a new" in m["Subject"]]
    assert len(mails) == 1


def test_an_unknown_login_costs_the_same_work(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = platform.register()
    hashed: list[str] = []
    verify = PasswordHasher.verify

    def watched(hasher: PasswordHasher, known: str, given: str) -> Any:
        # What the time goes into: the parameters that stand in the hash.
        hashed.append(known.split("$")[3])
        return verify(hasher, known, given)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    work = []
    logins = (person.username, "nobody_here", person.email, "nobody@example.com")
    for number, login in enumerate(logins):
        body = {"login": login, "password": "a wrong password"}
        # Each from a place of its own: buckets that are full.
        with calls() as seen:
            answer = platform.call("POST", "/1/sessions", body, x_forwarded_for=f"192.0.2.{number}")
        assert answer.status == 401
        work.append([name for name in seen if name != "Query"] + hashed)
        assert len(hashed) == 1, login
        hashed.clear()
    assert work[0] == work[1] == work[2] == work[3]


def test_reset_tokens_are_kept_nowhere(platform: Platform) -> None:
    person = platform.register()
    platform.call("POST", "/1/accounts/password_resets", {"email": person.email})
    secret = token_from(platform, person.email, "Set a new password").partition(".")[2]
    for domain, table in (("users", "accounts"), ("notifications", "notifications")):
        name = f"rookery-dev-{domain}-{table}"
        assert secret not in str(sdk.client("dynamodb").scan(TableName=name)["Items"])
