"""Answers that routes declare and no other test has a reason to ask for.

The platform holds them against their schemas (`tests.answers`).
"""

from typing import Any

import pytest

from shared.base.process import process
from shared.http.rate_limit import RateLimits
from tests.integration.users.accounts.test_tokens_ended import signed
from tests.integration.users.moderation.test_moderation import WHY, staff
from tests.media_support import CLIP, send
from tests.oauth_steps import (
    Browser,
    app,
    authorize_path,
    form,
    hidden,
    pkce,
)
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration


Client = dict[str, Any]


@pytest.fixture
def owner(platform: Platform) -> Person:
    return platform.register()


@pytest.fixture
def client(owner: Person) -> Client:
    return app(owner, type="confidential")


def login(platform: Platform, client: Client, person: Person, password: str = PASSWORD) -> int:
    browser = Browser(platform)
    page = browser.get(authorize_path(client["client_id"], pkce()[1])).body.decode()
    values = {**hidden(page), "login": person.username, "password": password}
    return browser.post("/i/oauth2/login", values).status


def test_a_suspended_user_gets_the_login_page_again(platform: Platform, client: Client) -> None:
    person, moderator = platform.register(), staff(platform, "moderator")
    assert login(platform, client, person, "wrong password") == 401
    assert login(platform, client, person) == 302
    moderator.ok("POST", f"/1/admin/users/{person.id}/suspend", WHY)
    assert login(platform, client, person) == 403


def test_guessing_passwords_on_the_login_page_ends(platform: Platform, client: Client) -> None:
    person = platform.register()
    with process.limited(RateLimits(multiplier=1)):
        statuses = [login(platform, client, person, f"wrong {n}") for n in range(12)]
    assert (statuses[0], statuses[-1]) == (401, 429)


def test_a_consent_to_an_app_that_is_gone_is_refused_on_a_page(
    platform: Platform, owner: Person, client: Client
) -> None:
    browser, path = Browser(platform), authorize_path(client["client_id"], pkce()[1])
    values = {**hidden(browser.log_in(path, owner).body.decode()), "decision": "allow"}
    owner.ok("DELETE", f"/1/apps/{client['id']}")
    answer = browser.post("/i/oauth2/authorize", values)
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")


def test_the_token_endpoint_of_apps_refuses_in_the_words_of_oauth(platform: Platform) -> None:
    values = {"grant_type": "password"}
    assert form(platform, "/oauth2/token", values).json()["error"] == "unsupported_grant_type"


def test_an_oauth1_token_ends_under_both_spellings(platform: Platform) -> None:
    person = platform.register()
    made = app(person, type="confidential")
    tokens = person.ok("POST", f"/1/apps/{made['id']}/tokens", {})["data"]
    ended = signed(platform, made, tokens, "/1.1/oauth/invalidate_token")
    assert ended.json() == {"access_token": tokens["access_token"]}
    assert signed(platform, made, tokens, "/2/users/me").status == 401


def test_older_clients_ask_who_they_are(platform: Platform) -> None:
    person = platform.register()
    shown = person.ok("GET", "/1.1/account/verify_credentials.json")
    assert (shown["id_str"], shown["screen_name"]) == (person.id, person.username)


def test_a_banner_that_is_not_there_can_be_removed(platform: Platform) -> None:
    person = platform.register()
    shown = person.ok("DELETE", "/1/accounts/me/profile_banner")["data"]
    assert "profile_banner_url" not in shown


def test_a_notification_to_oneself_is_read(platform: Platform) -> None:
    person = platform.register()
    body = {"user_id": person.id, "title": "Backup", "text": "Done"}
    sent = person.ok("POST", "/1/notifications", body)["data"]["id"]
    platform.settle()
    shown = person.ok("GET", f"/1/notifications/{sent}")["data"]
    assert (shown["title"], shown["status"]) == ("Backup", "delivered"), shown
    assert sent in [one["id"] for one in person.ok("GET", "/1/notifications/inbox")["data"]]
    read = person.ok("POST", "/1/notifications/inbox/read", {"ids": [sent]})
    assert read["data"] == {"unread_count": 0}


def test_media_in_the_steps_of_api_1_1(platform: Platform) -> None:
    person, path = platform.register(), "/1.1/media/upload.json"
    announced = {"command": "INIT", "total_bytes": len(CLIP), "media_type": "video/mp4"}
    begun = send(person, path, announced).json()
    media_id = begun["media_id_string"]
    assert begun["media_id"] == int(media_id)
    step = {"command": "APPEND", "media_id": media_id, "segment_index": 0}
    assert send(person, path, step, CLIP).status == 204
    ended = send(person, path, {"command": "FINALIZE", "media_id": media_id}).json()
    assert ended["processing_info"]["state"] == "pending"
    platform.settle()
    state = person.ok("GET", f"{path}?command=STATUS&media_id={media_id}")
    assert state["processing_info"] == {"state": "succeeded", "progress_percent": 100}
    words = {"media_id": media_id, "alt_text": {"text": "A short film"}}
    assert person.ok("POST", "/1.1/media/metadata/create.json", words) is None
