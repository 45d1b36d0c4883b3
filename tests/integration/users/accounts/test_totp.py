"""Second factor, and its misuses."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.aws import sdk
from tests.account_steps import log_in, with_totp
from tests.oauth_steps import Browser, app, authorize_path, hidden, pkce
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.integration


def test_a_second_factor_is_asked_for_and_a_code_serves_once(platform: Platform) -> None:
    person = platform.register()
    totp, _ = with_totp(person)
    missing = log_in(platform, person)
    assert (missing.status, missing.json()["totp_required"]) == (401, True)
    # Who has not the password does not learn that there is a second factor.
    assert "totp_required" not in log_in(platform, person, "wrong").json()
    assert log_in(platform, person, totp="000000").json()["totp_required"] is True
    code = totp.now()
    assert log_in(platform, person, totp=code).status == 201
    replayed = log_in(platform, person, totp=code)
    assert (replayed.status, replayed.json()["totp_required"]) == (401, True)
    # An older step than the one used is no longer good either, though it is within the drift.
    assert log_in(platform, person, totp=totp.at(int(time.time()) - 30)).status == 401


def test_a_racing_code_logs_in_once(platform: Platform) -> None:
    person = platform.register()
    code = with_totp(person)[0].now()

    def attempt(_: int) -> int:
        return log_in(platform, person, totp=code).status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == [201, *[401] * 5]


def test_recovery_codes_serve_once_and_switch_the_factor_off(platform: Platform) -> None:
    person, other = platform.register(), platform.register()
    _, codes = with_totp(person)
    _, others = with_totp(other)
    assert len(set(codes)) == 10
    assert log_in(platform, person, totp=others[0]).status == 401
    assert log_in(platform, person, totp=codes[0].upper()).status == 201
    assert log_in(platform, person, totp=codes[0]).status == 401
    stored = sdk.client("dynamodb").get_item(
        TableName="rookery-dev-users-accounts", Key={"key": {"S": f"account#{person.id}"}}
    )["Item"]
    assert codes[1] not in str(stored)
    assert len(stored["recovery_digests"]["SS"]) == 9
    path = "/1/accounts/me/totp"
    assert person.call("DELETE", path, {"code": "000000"}).status == 400
    assert person.call("DELETE", path, {"code": codes[0]}).status == 400
    person.ok("DELETE", path, {"code": codes[1]})
    assert log_in(platform, person).status == 201


def test_a_second_factor_counts_only_once_confirmed(platform: Platform) -> None:
    person = platform.register()
    path = "/1/accounts/me/totp"
    assert person.call("POST", f"{path}/confirm", {"code": "123456"}).status == 409
    assert person.call("POST", path, {"password": "wrong"}).status == 403
    person.ok("POST", path, {"password": PASSWORD})
    assert log_in(platform, person).status == 201
    assert person.call("POST", f"{path}/confirm", {"code": "no code"}).status == 400
    with_totp(person)
    assert person.call("POST", path, {"password": PASSWORD}).status == 409


def test_the_secret_is_sealed_and_bound_to_its_account(platform: Platform) -> None:
    from chalicelib.users.oauth import clients

    person, other = platform.register(), platform.register()
    totp, _ = with_totp(person)
    item = sdk.client("dynamodb").get_item(
        TableName="rookery-dev-users-accounts", Key={"key": {"S": f"account#{person.id}"}}
    )["Item"]
    sealed = item["totp_secret"]["B"]
    assert totp.secret.encode() not in sealed
    assert clients.unseal(sealed, f"totp-{person.id}") == totp.secret
    with pytest.raises(Exception, match="InvalidCiphertext"):
        clients.unseal(sealed, f"totp-{other.id}")


def test_the_login_page_asks_for_the_second_factor(platform: Platform) -> None:
    person = platform.register()
    totp, _ = with_totp(person)
    client = app(person)
    browser = Browser(platform)
    path = authorize_path(client["client_id"], pkce()[1])
    first = browser.get(path).body.decode()
    assert 'name="totp"' not in first
    values = {**hidden(first), "login": person.username, "password": PASSWORD}
    asked = browser.post("/i/oauth2/login", values)
    assert asked.status == 401
    assert 'name="totp"' in asked.body.decode()
    assert f'name="login" value="{person.username}"' in asked.body.decode()
    assert "set-cookie" not in asked.headers
    done = browser.post("/i/oauth2/login", {**values, "totp": totp.now()})
    assert done.status == 302
