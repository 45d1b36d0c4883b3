"""OAuth 1.0a login of a user with an app: legs, PIN, misuses."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from oauthlib.oauth1 import Client as Signer

from shared.base.clock import now_seconds
from shared.base.process import process
from shared.http.rate_limit import RateLimits
from tests.oauth1_steps import BASE, Consumer, Page, authorize, verifier_of
from tests.oauth_steps import FORM, REDIRECT, end_sessions, form, hidden, revoke_elsewhere
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def consumer(platform: Platform) -> Consumer:
    return Consumer(platform)


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register()


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/authenticate"])
def test_an_app_gets_a_users_token(consumer: Consumer, person: Person, path: str) -> None:
    asked = consumer.request_token()
    assert list(asked) == ["oauth_token", "oauth_token_secret", "oauth_callback_confirmed"]
    assert asked["oauth_callback_confirmed"] == "true"
    browser = Page(consumer.platform)
    page = browser.log_in(f"{path}?oauth_token={asked['oauth_token']}", person)
    assert b"Signed app" in page.body and b"Post and repost for you" in page.body
    assert "form-action 'self' http://127.0.0.1:9999" in page.headers["content-security-policy"]
    allowed = browser.decide(page)
    assert allowed.headers["location"].startswith(f"{REDIRECT}?oauth_token={asked['oauth_token']}&")
    answer = consumer.access_token(asked, verifier_of(allowed))
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"].startswith(FORM)
    held = dict(parse_qsl(answer.body.decode(), strict_parsing=True))
    assert list(held) == ["oauth_token", "oauth_token_secret", "user_id", "screen_name"]
    assert (held["user_id"], held["screen_name"]) == (person.id, person.username)
    assert re.fullmatch(rf"{person.id}-[A-Za-z0-9]{{40}}", held["oauth_token"])
    assert consumer.me(held).json()["data"]["id"] == person.id
    connected = person.ok("GET", "/1/accounts/me/apps")["data"]
    assert consumer.app["id"] in [one["id"] for one in connected]


def test_a_pin_for_apps_without_an_address(consumer: Consumer, person: Person) -> None:
    asked, browser = consumer.request_token("oob"), Page(consumer.platform)
    shown = browser.decide(browser.log_in(authorize(asked), person)).body.decode()
    pin = re.search(r"<code>([0-9]{7})</code>", shown)
    assert pin is not None
    assert consumer.access_token(asked, "0000000" if pin[1] != "0000000" else "1").status == 401
    held = dict(parse_qsl(consumer.access_token(asked, pin[1]).body.decode()))
    assert consumer.me(held).status == 200


def test_guessing_a_pin_ends(consumer: Consumer, person: Person) -> None:
    asked, browser = consumer.request_token("oob"), Page(consumer.platform)
    shown = browser.decide(browser.log_in(authorize(asked), person)).body.decode()
    pin = re.findall(r"<code>([0-9]{7})</code>", shown)[0]
    for _ in range(5):
        assert consumer.access_token(asked, "x").status == 401
    assert consumer.access_token(asked, pin).status == 401


def test_parameters_in_the_form_as_twitter_api_v2_sends_them(
    consumer: Consumer, person: Person
) -> None:
    answer = consumer.post("/oauth/request_token", {"oauth_callback": REDIRECT})
    asked = dict(parse_qsl(answer.body.decode()))
    browser = Page(consumer.platform)
    verifier = verifier_of(browser.decide(browser.log_in(authorize(asked), person)))
    # It signs the token once and sends it in header and form.
    keys = {
        "resource_owner_key": asked["oauth_token"],
        "resource_owner_secret": asked["oauth_token_secret"],
    }
    signer = Signer(consumer.app["consumer_key"], consumer.app["consumer_secret"], **keys)
    path = "/oauth/access_token"
    _, headers, _ = signer.sign(
        BASE + path, "POST", {"oauth_verifier": verifier}, {"Content-Type": FORM}
    )
    raw = urlencode({"oauth_verifier": verifier, "oauth_token": asked["oauth_token"]}).encode()
    header = str(headers["Authorization"])
    got = consumer.platform.call("POST", path, raw, authorization=header, content_type=FORM)
    assert got.status == 200, got.body


def test_a_refusal_returns_the_denied_token(consumer: Consumer, person: Person) -> None:
    asked, browser = consumer.request_token(), Page(consumer.platform)
    denied = browser.decide(browser.log_in(authorize(asked), person), "deny")
    assert denied.headers["location"] == f"{REDIRECT}?denied={asked['oauth_token']}"
    assert browser.get(authorize(asked)).status == 400
    assert consumer.access_token(asked, "x").status == 401
    oob = consumer.request_token("oob")
    refused = browser.decide(browser.get(authorize(oob)), "deny")
    assert refused.status == 200 and b"no access" in refused.body


def test_a_verifier_works_once(consumer: Consumer, person: Person) -> None:
    asked, browser = consumer.request_token(), Page(consumer.platform)
    page = browser.log_in(authorize(asked), person)
    verifier = verifier_of(browser.decide(page))
    assert browser.decide(page).status == 400, "decided twice"
    statuses = [consumer.access_token(asked, verifier).status for _ in range(2)]
    assert statuses == [200, 401]


def test_a_request_token_expires_in_minutes(consumer: Consumer, person: Person) -> None:
    asked, browser = consumer.request_token(), Page(consumer.platform)
    verifier = verifier_of(browser.decide(browser.log_in(authorize(asked), person)))
    with process.clock.ahead(16 * 60):
        late = {"timestamp": str(now_seconds())}
        assert consumer.access_token(asked, verifier, **late).status == 401
        assert browser.get(authorize(asked)).status == 400


@pytest.mark.parametrize("callback", ["https://evil.example/", f"{REDIRECT}/x", "javascript:x"])
def test_only_registered_callbacks(consumer: Consumer, callback: str) -> None:
    answer = consumer.post("/oauth/request_token", callback_uri=callback)
    assert (answer.status, answer.json()["errors"][0]["code"]) == (403, 415)


def test_without_a_callback_the_only_registered_one_is_used(platform: Platform) -> None:
    one = Consumer(platform)
    browser, asked = Page(platform), one.request_token(None)
    allowed = browser.decide(browser.log_in(authorize(asked), platform.register()))
    assert allowed.headers["location"].startswith(REDIRECT)
    none = Consumer(platform, redirect_uris=[])
    assert none.post("/oauth/request_token").status == 403


@pytest.mark.parametrize(
    ("signing", "code"),
    [
        ({"client_secret": "wrong"}, 32),
        ({"client_key": "nobody"}, 32),
        ({"timestamp": "1000000000"}, 135),
        ({"signature_method": "PLAINTEXT"}, 89),
    ],
)
def test_request_tokens_need_a_signature(
    consumer: Consumer, signing: dict[str, Any], code: int
) -> None:
    answer = consumer.post("/oauth/request_token", callback_uri=REDIRECT, **signing)
    assert answer.status == 401
    assert answer.json()["errors"][0]["code"] == code


def test_requests_without_any_signature(platform: Platform) -> None:
    for path in ("/oauth/request_token", "/oauth/access_token"):
        answer = form(platform, path, {"oauth_callback": "oob"})
        assert (answer.status, answer.json()["errors"][0]["code"]) == (401, 215)


def test_a_captured_request_cannot_be_sent_again(consumer: Consumer) -> None:
    signing: dict[str, Any] = {"callback_uri": REDIRECT, "nonce": "once"}
    signing["timestamp"] = str(now_seconds())
    assert consumer.post("/oauth/request_token", **signing).status == 200
    assert consumer.post("/oauth/request_token", **signing).status == 401


def test_access_tokens_need_the_secrets_of_app_and_request_token(
    consumer: Consumer, person: Person, platform: Platform
) -> None:
    asked, browser = consumer.request_token(), Page(platform)
    verifier = verifier_of(browser.decide(browser.log_in(authorize(asked), person)))
    wrong: list[dict[str, Any]] = [
        {"resource_owner_secret": "wrong"}, {"client_secret": "wrong"}, {"verifier": "wrong"},
        {"verifier": None}, {"resource_owner_key": "nobody"},
    ]  # fmt: skip
    for signing in wrong:
        assert consumer.access_token(asked, verifier, **signing).status == 401, signing
    assert Consumer(platform).access_token(asked, verifier).status == 401
    assert consumer.access_token(consumer.request_token(), verifier).status == 401
    assert consumer.access_token(asked, verifier).status == 200


def test_a_request_token_is_no_access_token(consumer: Consumer) -> None:
    assert consumer.me(consumer.request_token()).status == 401


def test_force_login_asks_again_and_a_name_is_filled_in(consumer: Consumer, person: Person) -> None:
    asked, browser = consumer.request_token(), Page(consumer.platform)
    assert b"Authorize app" in browser.log_in(authorize(asked), person).body
    again = browser.get(authorize(asked, force_login="true", screen_name="ada"))
    assert b'type="password"' in again.body and b'value="ada"' in again.body
    assert b"Authorize app" in browser.log_in(authorize(asked, force_login="true"), person).body


def test_forms_are_bound_to_browser_and_request(consumer: Consumer, person: Person) -> None:
    asked, other = consumer.request_token(), consumer.request_token()
    browser = Page(consumer.platform)
    stranger = Page(consumer.platform)
    fields = hidden(stranger.get(authorize(asked)).body.decode())
    values = {**fields, "login": person.username, "password": PASSWORD}
    assert browser.post("/oauth/login", values).status == 403, "a login that another page forges"
    page = browser.log_in(authorize(asked), person)
    assert browser.decide(page, csrf="x").status == 403
    assert browser.decide(page, oauth_token=other["oauth_token"]).status == 403
    assert stranger.decide(page).status == 200, "without a login the login page comes"
    assert b"oauth_verifier" not in stranger.decide(page).body
    assert browser.log_in(authorize(other, force_login="1"), person, "wrong").status == 401


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/authenticate"])
def test_pages_without_a_request_token(platform: Platform, path: str) -> None:
    for query in ("", "?oauth_token=nobody", "?oauth_token=x&x=y"):
        answer = platform.call("GET", path + query)
        assert answer.status == 400 and b"go back to the app" in answer.body


def test_guessing_passwords_ends(consumer: Consumer, platform: Platform) -> None:
    person, asked, browser = platform.register(), consumer.request_token(), Page(platform)
    with process.limited(RateLimits(multiplier=1)):
        wrong = [browser.log_in(authorize(asked), person, f"wrong {n}").status for n in range(12)]
    assert (wrong[0], wrong[-1]) == (401, 429)


def test_a_read_only_login(consumer: Consumer, person: Person) -> None:
    path = "/oauth/request_token?x_auth_access_type=read"
    answer = consumer.post(path, callback_uri=REDIRECT)
    asked, browser = dict(parse_qsl(answer.body.decode())), Page(consumer.platform)
    page = browser.log_in(authorize(asked), person)
    assert b"Post and repost for you" not in page.body
    verifier = verifier_of(browser.decide(page))
    held = dict(parse_qsl(consumer.access_token(asked, verifier).body.decode()))
    keys = (held["oauth_token"], held["oauth_token_secret"])
    signer = Signer(consumer.app["consumer_key"], consumer.app["consumer_secret"], *keys)
    _, headers, _ = signer.sign(f"{BASE}/2/tweets", "POST")
    header = str(headers["Authorization"])
    refused = consumer.platform.call("POST", "/2/tweets", {"text": "x"}, authorization=header)
    assert refused.status == 403


def test_what_ends_all_sessions_ends_a_consent(consumer: Consumer, platform: Platform) -> None:
    person = platform.register()
    asked, browser = consumer.request_token(), Page(platform)
    verifier = verifier_of(browser.decide(browser.log_in(authorize(asked), person)))
    body = {"current_password": PASSWORD, "new_password": "another long phrase of words"}
    person.ok("PUT", "/1/accounts/me/password", body)
    # Not for the hours that revocations are remembered alone: it would live for years.
    assert consumer.access_token(asked, verifier).status == 401


def test_no_consent_outlives_the_login_that_gave_it(consumer: Consumer, platform: Platform) -> None:
    person = platform.register()
    asked, browser = consumer.request_token(), Page(platform)
    page = browser.log_in(authorize(asked), person)
    # Another process has just ended all sessions, and no revocation has come here.
    end_sessions(person)
    assert consumer.access_token(asked, verifier_of(browser.decide(page))).status == 401
    again = consumer.request_token()
    revoke_elsewhere(person)
    with process.clock.ahead(1.1):
        refused = browser.decide(page, oauth_token=again["oauth_token"])
        assert (refused.status, b'type="password"' in refused.body) == (200, True)


def test_an_app_that_is_gone_gets_nobody(platform: Platform, person: Person) -> None:
    one = Consumer(platform)
    asked, browser = one.request_token(), Page(platform)
    page = browser.log_in(authorize(asked), person)
    one.owner.ok("DELETE", f"/1/apps/{one.app['id']}")
    assert browser.decide(page).status == 400
    assert browser.get(authorize(asked)).status == 400
    fields = {**hidden(page.body.decode()), "login": person.username, "password": PASSWORD}
    assert browser.post("/oauth/login", fields).status == 400
    assert one.post("/oauth/request_token", callback_uri=REDIRECT).status == 401
