"""The settings and the developer apps in a real browser."""

import pyotp
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_browser import browser, log_in, page
from tests.e2e.test_main_job import PASSWORD, eventually, register
from tests.media_support import png

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e")]
# Fixtures by name.
__all__ = ["browser", "page"]


def test_profile_second_factor_and_sessions(page: Page, running: RunningPlatform) -> None:
    api = register(running.url, "websettler")
    log_in(page, "websettler")
    page.get_by_test_id("nav-settings").click()
    page.get_by_test_id("settings-profile").click()
    form = page.get_by_test_id("settings-profile")
    form.get_by_label("Bio").fill("Settled.")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Profile saved.")).to_be_visible()

    page.goto("/settings/security")
    begin = page.get_by_test_id("totp-begin")
    begin.get_by_label("Your password").fill(PASSWORD)
    begin.get_by_role("button").click()
    expect(page.get_by_test_id("totp-qr")).to_be_visible()
    secret = page.get_by_test_id("secret-key").inner_text()
    confirm = page.get_by_test_id("totp-confirm")
    confirm.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    confirm.get_by_role("button").click()
    expect(page.get_by_test_id("recovery-codes").locator("li")).to_have_count(10)
    expect(page.get_by_test_id("totp-state")).to_have_text("On")

    page.goto("/settings/sessions")
    sessions = page.get_by_test_id("sessions").locator("li")
    expect(sessions).to_have_count(2)
    page.get_by_test_id("end-others").get_by_role("button").click()
    expect(sessions).to_have_count(1)
    assert api.session.get(f"{running.url}/2/users/me", timeout=10).status_code == 401


def test_pictures_a_copy_of_the_data_and_an_address_taken_back(
    page: Page, running: RunningPlatform
) -> None:
    api = register(running.url, "webowner")
    log_in(page, "webowner")
    page.goto("/settings/profile")
    picture: FilePayload = {"name": "me.png", "mimeType": "image/png", "buffer": png()}
    page.get_by_test_id("upload-profile_image").set_input_files(picture)
    expect(page.get_by_text("Picture saved.")).to_be_visible()
    expect(page.locator(".picture-avatar img")).to_be_visible()

    page.goto("/settings/account")
    asked = page.get_by_test_id("settings-export")
    asked.get_by_label("Your password").fill(PASSWORD)
    asked.get_by_role("button").click()
    # Who leaves finds it again.
    expect(page.get_by_test_id("export-state")).to_be_visible()
    page.reload()
    state = page.get_by_test_id("export-state")
    expect(state).to_have_attribute("data-state", "ready", timeout=60_000)
    with page.expect_download() as download:
        state.get_by_role("button").click()
    assert download.value.suggested_filename.endswith(".zip")

    moved = page.get_by_test_id("settings-email-form")
    moved.get_by_label("New address").fill("thief@example.com")
    moved.get_by_label("Your password").fill(PASSWORD)
    moved.get_by_role("button").click()

    def token(to: str, purpose: str) -> str:
        def look() -> list[str]:
            mails = api("GET", "/1/dev/outbox", params={"to": to})["data"]
            found = [str(mail["data"].get("token")) for mail in mails]
            return [one for one in found if one.startswith(purpose)]

        return eventually(look)[0]

    page.goto(f"/verify?token={token('thief@example.com', 'new-')}")
    expect(page.get_by_text("Your address is confirmed.")).to_be_visible()
    page.goto(f"/email-undo?token={token('webowner@example.com', 'undo-')}")
    page.get_by_test_id("undo-form").get_by_role("button").click()
    expect(page.get_by_test_id("undo-done")).to_be_visible()


def test_a_login_leads_nowhere_else(page: Page, running: RunningPlatform) -> None:
    register(running.url, "webredirect")
    page.goto("/login?next=//evil.example/")
    page.get_by_test_id("login-username").fill("webredirect")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("nav-home").first).to_be_visible()
    expect(page).to_have_url(f"{running.url}/")


def test_developer_apps_by_clicking(page: Page, running: RunningPlatform) -> None:
    register(running.url, "webdeveloper")
    log_in(page, "webdeveloper")
    page.goto("/settings/developer")
    page.get_by_test_id("app-name").fill("Counter")
    page.get_by_test_id("app-uris").fill("https://birds.example/cb\nhttp://127.0.0.1:9/cb")
    page.get_by_test_id("app-create").get_by_role("button").click()
    first = page.get_by_test_id("secret-client-secret").inner_text()
    page.get_by_test_id("app-row").click()
    edit = page.get_by_test_id("app-edit")
    expect(edit.get_by_label("Redirect addresses")).to_have_value(
        "http://127.0.0.1:9/cb\nhttps://birds.example/cb"
    )
    page.get_by_test_id("rotate-client_secret").click()
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_test_id("secret-client-secret")).not_to_have_text(first)
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_test_id("own-tokens").click()
    expect(page.get_by_test_id("secret-access-token-secret")).to_be_visible()

    page.goto("/settings/apps")
    page.get_by_role("button", name="Disconnect Counter").click()
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_text("No apps are connected")).to_be_visible()
    page.goto("/settings/developer")
    page.get_by_test_id("app-row").click()
    page.get_by_test_id("app-delete").click()
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_text("No apps yet")).to_be_visible()


def test_requests_mutes_and_blocks(page: Page, running: RunningPlatform) -> None:
    shy, fan = register(running.url, "webshy"), register(running.url, "webfan")
    shy("PATCH", "/1/accounts/me", json={"protected": True})
    ids = [one("GET", "/2/users/me")["data"]["id"] for one in (shy, fan)]
    body = {"target_user_id": ids[0]}
    asked = fan("POST", f"/2/users/{ids[1]}/following", json=body)["data"]
    assert asked["pending_follow"]
    log_in(page, "webshy")
    page.goto("/@webshy")
    page.get_by_test_id("profile-requests").click()
    requests = page.get_by_test_id("follow-requests")
    expect(requests.get_by_test_id("user-row")).to_contain_text("@webfan")
    requests.get_by_test_id("request-approve").click()
    expect(requests).to_contain_text("Nobody waits for an answer")

    page.goto("/@webfan")
    page.get_by_test_id("profile-more").click()
    page.get_by_test_id("profile-mute").click()
    expect(page.get_by_test_id("profile")).to_contain_text("Muted")
    page.get_by_test_id("profile-more").click()
    page.get_by_test_id("profile-block").click()
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_text("You block @webfan")).to_be_visible()
    page.goto("/settings/hidden")
    for held, word in (("muting", "Unmute"), ("blocking", "Unblock")):
        people = page.get_by_test_id(f"people-{held}")
        people.get_by_role("button", name=f"{word} @webfan").click()
        expect(page.get_by_text(f"@webfan is {word.lower()}")).to_be_visible()
    page.goto("/@webfan")
    expect(page.get_by_test_id("profile-follow")).to_have_attribute("data-state", "none")
