"""Sessions and throttling of logins, and their misuses."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.base.process import process
from shared.http.rate_limit import RateLimits
from tests.account_steps import NEW, log_in, refresh, with_totp
from tests.oauth_steps import app, code_for, exchange
from tests.platform import PASSWORD, Answer, Platform

pytestmark = pytest.mark.integration

AS_DOCUMENTED = RateLimits(multiplier=1)


def test_sessions_are_listed_and_ended(platform: Platform) -> None:
    person, stranger = platform.register(), platform.register()
    body = {"login": person.username, "password": PASSWORD}
    second, third = (
        platform.call("POST", "/1/sessions", body, user_agent=agent).json()["data"]
        for agent in ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/141.0", "curl/8.5.0")
    )
    client = app(person, name="My tool")
    code, verifier = code_for(platform, person, client)
    foreign = exchange(platform, client["client_id"], code, verifier).json()
    found = person.ok("GET", "/1/sessions")["data"]
    assert {s["client"]["name"] for s in found} == {"Rookery", "Rookery (consent page)", "My tool"}
    assert [s["current"] for s in found].count(True) == 1
    assert [s["device"] for s in found if "device" in s] == ["curl", "Firefox on Linux"]
    assert found == sorted(found, key=lambda s: s["created_at"], reverse=True)
    assert not {"refresh_digest", "user_id"} & set(found[0])
    tool = next(s["id"] for s in found if s["client"]["name"] == "My tool")
    assert stranger.call("DELETE", f"/1/sessions/{tool}").status == 404
    person.ok("DELETE", f"/1/sessions/{tool}")
    assert platform.call("GET", "/2/users/me", token=foreign["access_token"]).status == 401
    assert person.call("DELETE", f"/1/sessions/{tool}").status == 404
    assert person.ok("DELETE", "/1/sessions")["data"]["revoked"] == 3
    for dead in (second, third):
        assert platform.call("GET", "/2/users/me", token=dead["access_token"]).status == 401
        assert refresh(platform, dead["refresh_token"]).status == 400
    assert [s["current"] for s in person.ok("GET", "/1/sessions")["data"]] == [True]
    assert stranger.call("GET", "/2/users/me").status == 200


def test_another_partys_token_manages_no_account(platform: Platform) -> None:
    person = platform.register()
    client = app(person)
    token = person.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]["oauth2_access_token"]
    for method, path, body in (
        ("GET", "/1/sessions", None),
        ("DELETE", "/1/sessions", None),
        ("PUT", "/1/accounts/me/password", {"current_password": PASSWORD, "new_password": NEW}),
        ("PUT", "/1/accounts/me/username", {"username": "whatever1"}),
        ("POST", "/1/accounts/me/totp", {"password": PASSWORD}),
        ("DELETE", "/1/accounts/me", {"password": PASSWORD}),
        ("GET", "/1/apps", None),
    ):
        assert platform.call(method, path, body, token=token).status == 403, path


def test_guessing_is_slowed_down_and_locks_nobody_out(platform: Platform) -> None:
    person = platform.register()
    home, evil = "203.0.113.5", f"198.51.100.{secrets.randbelow(200)}"
    assert log_in(platform, person, x_forwarded_for=home).status == 201

    def guess(_: int) -> Answer:
        return log_in(platform, person, "a wrong guess", x_forwarded_for=evil)

    with process.limited(AS_DOCUMENTED):
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(guess, range(16)))
        # Exact under a race: ten, and not one more.
        assert sorted(a.status for a in answers) == [*[401] * 10, *[429] * 6]
        blocked = next(a for a in answers if a.status == 429)
        assert int(blocked.headers["retry-after"]) == 90
        # There even the right password has to wait; at home nobody noticed.
        assert log_in(platform, person, x_forwarded_for=evil).status == 429
        assert log_in(platform, person, x_forwarded_for=home).status == 201


def test_a_known_place_does_not_share_the_address_bucket(platform: Platform) -> None:
    from chalicelib.users.login.throttle import Bucket, LoginLimits

    # Registered before: a log-in from the tests' own address would count there.
    person, newcomer = platform.register(), platform.register()
    office = f"203.0.113.{secrets.randbelow(200)}"
    assert log_in(platform, person, x_forwarded_for=office).status == 201
    with process.limited(AS_DOCUMENTED, LoginLimits(address=Bucket(5, 60_000))):
        statuses = []
        for number in range(8):
            body = {"login": f"someone{number}", "password": "a wrong guess"}
            answer = platform.call("POST", "/1/sessions", body, x_forwarded_for=office)
            statuses.append(answer.status)
        assert statuses[-1] == 429
        assert log_in(platform, newcomer, x_forwarded_for=office).status == 429
        assert log_in(platform, person, x_forwarded_for=office).status == 201


def test_guesses_of_the_second_factor_are_counted_across_addresses(platform: Platform) -> None:
    from chalicelib.users.login.throttle import Bucket, LoginLimits

    person = platform.register()
    home = "203.0.113.77"
    assert log_in(platform, person, x_forwarded_for=home).status == 201
    totp, _ = with_totp(person)
    guesses = LoginLimits(second_factor=Bucket(3, 60_000))
    with process.limited(AS_DOCUMENTED, guesses):
        statuses = [
            log_in(platform, person, totp="000000", x_forwarded_for=f"192.0.2.{n}").status
            for n in range(5)
        ]
    assert statuses == [401, 401, 401, 429, 429]
    assert log_in(platform, person, totp=totp.now(), x_forwarded_for=home).status == 201
