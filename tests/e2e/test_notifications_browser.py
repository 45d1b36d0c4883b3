"""Notification settings, web push, inbox and outbox in a real browser."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import ROOT, RunningPlatform
from tests.e2e.test_browser import browser, log_in, page
from tests.e2e.test_main_job import eventually, register

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e")]
# Fixtures by name.
__all__ = ["browser", "page"]

# Chromium subscribes at a service on the internet; here the simulated one plays that part.
SUBSCRIBE = """
PushManager.prototype.subscribe = async () => {
  const kept = SUBSCRIPTION;
  PushManager.prototype.getSubscription = async () => found;
  const found = { toJSON: () => kept, unsubscribe: async () => true };
  return found;
};
"""


def test_settings_by_clicking(page: Page, running: RunningPlatform) -> None:
    api = register(running.url, "webquiet")
    log_in(page, "webquiet")
    page.goto("/notifications")
    page.get_by_test_id("notification-settings").click()
    likes = page.get_by_test_id("likes-email")
    expect(likes).not_to_be_checked()
    # By the keyboard, as a screen reader would name it.
    page.get_by_role("group", name="Likes").get_by_label("Email").press("Space")
    eventually(lambda: _preferences(api)["categories"]["likes"]["email"])
    page.get_by_test_id("quiet-on").check()
    page.get_by_test_id("quiet-from").fill("23:15")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save quiet hours").click()
    expect(page.get_by_text("Quiet hours are on.")).to_be_visible()
    # A number is proved by the code that it gets.
    number = page.get_by_test_id("phone-number")
    number.get_by_label("Phone number").fill("+14155550134")
    number.get_by_role("button").click()
    code = eventually(lambda: _code(api, "+14155550134"))
    proof = page.get_by_test_id("phone-code")
    proof.get_by_label("Code sent to").fill(code)
    proof.get_by_role("button").click()
    expect(page.get_by_test_id("phone-verified")).to_contain_text("+14155550134")
    page.get_by_label("Per week").fill("40")
    page.get_by_role("button", name="Save limits").click()
    eventually(lambda: _preferences(api)["throttle"] == {"per_hour": None, "per_week": 40})
    page.reload()
    expect(likes).to_be_checked()
    expect(page.get_by_test_id("phone-verified")).to_be_visible()
    expect(page.get_by_test_id("quiet-from")).to_have_value("23:15")
    expected = {"from": "23:15", "to": "07:00", "time_zone": "Europe/Berlin"}
    assert _preferences(api)["quiet_hours"] == expected


def _preferences(api: Any) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", "/1/notifications/preferences")["data"]
    return found


def _code(api: Any, number: str) -> str | None:
    shown = api("GET", "/1/dev/outbox", params={"channel": "sms", "to": number})["data"]
    found = re.search(r"\b\d{6}\b", shown[0]["text"]) if shown else None
    return found.group() if found else None


@pytest.fixture
def allowed(browser: Browser, running: RunningPlatform) -> Iterator[BrowserContext]:
    """A context that allows notifications, with a simulated service."""
    providers = eventually(lambda: _providers(running))
    made = requests.post(f"{providers}/push-subscriptions", json={}, timeout=10).json()
    context = browser.new_context(base_url=running.url, permissions=["notifications"])
    context.add_init_script(SUBSCRIBE.replace("SUBSCRIPTION", json.dumps(made)))
    yield context
    context.close()


def _providers(running: RunningPlatform) -> str | None:
    lines = (running.state / "env").read_text().splitlines()
    found = [one.partition("=")[2] for one in lines if one.startswith("PROVIDERS_URL=")]
    return found[0] if found else None


def test_a_push_arrives_in_the_service_worker(
    allowed: BrowserContext, running: RunningPlatform
) -> None:
    """Follow a mention to the notification on the screen.

    Only the way from the push service into Chromium is not its own: the devtools
    hand it what the service has decrypted.
    """
    register(running.url, "webpushed")
    author = register(running.url, "webpusher")
    page = allowed.new_page()
    log_in(page, "webpushed")
    page.goto("/settings/notifications")
    page.get_by_test_id("push-toggle").click()
    expect(page.get_by_role("button", name="Turn off push notifications")).to_be_visible()
    expect(page.get_by_test_id("device")).to_have_count(1)

    tweet = author("POST", "/2/tweets", json={"text": "Hello @webpushed, are you there?"})
    path = f"{running.url}/1/dev/outbox?channel=webpush"
    (sent,) = eventually(lambda: requests.get(path, timeout=10).json()["data"])
    content = {"title": sent["subject"], "text": sent["text"], **sent["data"]}
    _deliver(page, running.url, content)
    shown: list[list[str]] = eventually(
        lambda: page.evaluate(
            "navigator.serviceWorker.ready.then(worker => worker.getNotifications())"
            ".then(all => all.map(one => [one.title, one.body, one.data.url]))"
        )
    )
    ((title, _, url),) = shown
    assert "webpusher" in title or "webpusher" in shown[0][1].lower()
    assert tweet["data"]["id"] in url

    page.get_by_test_id("push-toggle").click()
    expect(page.get_by_role("button", name="Turn on push notifications")).to_be_visible()
    expect(page.get_by_test_id("no-devices")).to_be_visible()


def _deliver(page: Page, origin: str, content: dict[str, Any]) -> None:
    """Hand a push to the service worker, as the browser's own service would."""
    session = page.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    registration = eventually(lambda: registrations)[-1]["registrationId"]
    push = {"origin": origin, "registrationId": registration, "data": json.dumps(content)}
    session.send("ServiceWorker.deliverPushMessage", push)


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_pages_of_notifications_fit(browser: Browser, running: RunningPlatform, width: int) -> None:
    name = f"webfit{width}"
    register(running.url, name)
    context = browser.new_context(base_url=running.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    log_in(page, name)
    for path, there in (
        ("/notifications/mentions", "inbox-archive"),
        ("/settings/notifications", "matrix-likes"),
        ("/dev/outbox", "mail"),
    ):
        page.goto(path)
        expect(page.get_by_test_id(there).first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} at {width}"
    # The last one shows mails as their readers see them.
    mail = page.frame_locator("iframe.mail-frame").first
    expect(mail.get_by_role("link").first).to_be_visible()
    context.close()


def test_pages_of_operations_fit(page: Page, running: RunningPlatform) -> None:
    register(running.url, "weboperator")
    # Operators look into what others sent.
    other = register(running.url, "webother")
    me = other("GET", "/2/users/me")["data"]["id"]
    message = {"user_id": me, "title": "Tea " + "x" * 60, "text": "It is ready."}
    sent = other("POST", "/1/notifications", json=message)["data"]["id"]
    # A role ends the tokens from before.
    subprocess.run(
        [sys.executable, "-m", "scripts.ops.admin", "weboperator"],
        cwd=ROOT,
        env={**os.environ, "ROOKERY_STATE": str(running.state)},
        check=True,
        capture_output=True,
    )
    log_in(page, "weboperator")
    for path, there in (
        ("/operations", "channel-email"),
        (f"/operations/timeline?id={sent}", "timeline"),
        ("/operations/templates", "operations-templates"),
        ("/operations/queues", "dead-queue"),
        ("/operations/suppressions", "lift"),
    ):
        page.goto(path)
        expect(page.get_by_test_id(there).first).to_be_visible()
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} at {width}"
