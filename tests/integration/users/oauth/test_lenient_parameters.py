"""Spellings and places of parameters that X takes and its clients use."""

import base64
import logging
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.users.accounts.test_tokens_ended import signed
from tests.oauth_steps import app, code_for, form
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration
VERIFY = "/1.1/account/verify_credentials.json"


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register()


@pytest.mark.parametrize("flag", ["true", "True", "TRUE", "t", "1", "false", "False", "f", "0"])
def test_verify_credentials_takes_what_x_takes(person: Person, flag: str) -> None:
    names = ("include_entities", "include_email", "skip_status")
    query = urlencode(dict.fromkeys(names, flag) | {"tweet_mode": "extended", "x": "y"})
    assert person.ok("GET", f"{VERIFY}?{query}")["id_str"] == person.id


def test_verify_credentials_shows_a_whole_user_and_the_address_if_asked(person: Person) -> None:
    shown = person.ok("GET", f"{VERIFY}?include_email=1")
    assert shown["screen_name"] == person.username and shown["followers_count"] == 0
    assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d \+0000 \d{4}", shown["created_at"])
    assert "email" not in person.ok("GET", VERIFY)


def test_users_of_api_1_1_bring_their_latest_tweet_unless_it_is_unwanted(
    platform: Platform,
) -> None:
    person, reader = platform.register(), platform.register()
    show = f"/1.1/users/show.json?user_id={person.id}"
    assert "status" not in person.ok("GET", VERIFY)
    person.tweet("the first")
    made = person.tweet("with a #tag")
    platform.settle()
    for whose, path in ((person, f"{VERIFY}?x=y"), (reader, show)):
        status = whose.ok("GET", path)["status"]
        assert (status["id_str"], status["text"]) == (made, "with a #tag")
        assert status["entities"]["hashtags"][0]["text"] == "tag"
        assert not {"user", "favorited"} & set(status)
        extended = whose.ok("GET", f"{path}&tweet_mode=extended")["status"]
        assert extended["full_text"] == "with a #tag"
        assert "status" not in whose.ok("GET", f"{path}&skip_status=true")
    person.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    assert "status" not in reader.ok("GET", show)
    person.ok("DELETE", f"/2/tweets/{made}")
    platform.settle()
    assert person.ok("GET", VERIFY).get("status", {}).get("id_str") != made


def test_unknown_parameters_of_api_1_1_are_ignored_everywhere(person: Person) -> None:
    path = "/1.1/account/update_profile_image.json?include_entities=true&tweet_mode=extended"
    answer = form(person.platform, path, {"image": "no picture", "x": "y"}, **bearer(person))
    assert answer.status == 400, "the picture is wrong, not the parameter"
    assert answer.json()["errors"][0]["code"] == 44
    assert person.call("GET", "/2/users/me?x=y").status == 400


def test_errors_of_api_1_1_have_its_shape(platform: Platform, person: Person) -> None:
    answer = platform.call("GET", VERIFY)
    assert (answer.status, answer.json()) == (
        401, {"errors": [{"code": 215, "message": "Bad Authentication data."}]},
    )  # fmt: skip
    answer = platform.call("GET", VERIFY, token="x.y.z")
    assert answer.json() == {"errors": [{"code": 89, "message": "Invalid or expired token."}]}


def bearer(person: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {person.token}"}


def basic(client: dict[str, Any]) -> dict[str, str]:
    pair = f"{client['client_id']}:{client['client_secret']}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def test_token_endpoints_take_parameters_in_the_query(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    owner = platform.register()
    client = app(owner, type="confidential")
    code, verifier = code_for(platform, owner, client)
    secrets = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    values = {
        "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
        "redirect_uri": client["redirect_uris"][0], **secrets,
    }  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        answer = platform.call("POST", f"/2/oauth2/token?{urlencode(values)}")
        assert answer.status == 200, answer.body
        tokens = answer.json()
        # In the query, in the form, and in both: as X.
        query = urlencode({"grant_type": "refresh_token", **secrets})
        rest = {"refresh_token": tokens["refresh_token"]}
        tokens = form(platform, f"/2/oauth2/token?{query}", rest).json()
        assert tokens["token_type"] == "bearer", tokens
        query = urlencode({"grant_type": "client_credentials"})
        app_token = platform.call("POST", f"/oauth2/token?{query}", **basic(client)).json()
        assert app_token["token_type"] == "bearer"
        query = urlencode({"access_token": app_token["access_token"]})
        ended = platform.call("POST", f"/oauth2/invalidate_token?{query}", **basic(client))
        assert ended.json() == {"access_token": app_token["access_token"]}
        query = urlencode({"token": tokens["access_token"], **secrets})
        assert platform.call("POST", f"/2/oauth2/introspect?{query}").json()["active"]
        assert platform.call("POST", f"/2/oauth2/revoke?{query}").json() == {"revoked": True}
    assert platform.call("GET", "/2/users/me", token=tokens["access_token"]).status == 401
    for secret in (code, verifier, client["client_secret"], tokens["access_token"]):
        assert secret not in caplog.text


def test_a_parameter_that_is_sent_twice_is_refused(platform: Platform) -> None:
    answer = form(platform, "/2/oauth2/token?grant_type=x", {"grant_type": "refresh_token"})
    assert answer.status == 400
    assert platform.call("POST", "/2/oauth2/token?grant_type=x&grant_type=y").status == 400


def test_oauth1_tokens_and_keys_are_letters_and_digits(platform: Platform) -> None:
    owner = platform.register()
    client = app(owner, type="confidential")
    for _ in range(8):
        own = owner.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]
        assert re.fullmatch(rf"{owner.id}-[A-Za-z0-9]{{40}}", own["access_token"])
        assert re.fullmatch(r"[A-Za-z0-9]{45}", own["access_token_secret"])
    path = f"/1/apps/{client['id']}/secret"
    fresh = owner.ok("POST", path, {"kind": "consumer_secret"})["data"]["consumer_secret"]
    for key in (client["consumer_key"], client["consumer_secret"], fresh):
        assert re.fullmatch(r"[A-Za-z0-9]{25,50}", key)
    changed = {**client, "consumer_secret": fresh}
    assert signed(platform, changed, own, "/2/users/me").status == 200
