"""Reporting and moderating in two windows of a real browser."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ROOT, RunningPlatform
from tests.e2e.test_browser import browser, log_in, page
from tests.e2e.test_main_job import register

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e")]
# Fixtures by name.
__all__ = ["browser", "page"]


def make_moderator(running: RunningPlatform, username: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "scripts.ops.admin", username, "--role", "moderator"],
        cwd=ROOT,
        env={**os.environ, "ROOKERY_STATE": str(running.state)},
        check=True,
        capture_output=True,
    )


def test_a_tweet_is_reported_and_removed_an_account_suspended_and_restored(
    browser: Browser, page: Page, running: RunningPlatform
) -> None:
    author = register(running.url, "webrude")
    register(running.url, "webreporter")
    register(running.url, "webwarden")
    make_moderator(running, "webwarden")
    tweet = author("POST", "/2/tweets", json={"text": "rude words"})["data"]["id"]

    log_in(page, "webreporter")
    expect(page.get_by_test_id("nav-moderation")).to_have_count(0)
    page.goto(f"/@webrude/status/{tweet}")
    page.get_by_test_id("tweet-report").click()
    dialog = page.get_by_test_id("report-dialog")
    expect(dialog.get_by_test_id("report-send")).to_be_disabled()
    dialog.get_by_label("Abuse or harassment").check()
    dialog.get_by_test_id("report-comment").fill("This is rude.")
    dialog.get_by_test_id("report-send").click()
    expect(page.get_by_text("A moderator will look at it.")).to_be_visible()

    context = browser.new_context(base_url=running.url, viewport={"width": 390, "height": 844})
    warden = context.new_page()
    log_in(warden, "webwarden")
    warden.get_by_test_id("nav-moderation").click()
    row = warden.locator(f'[data-case-id="tweet-{tweet}"]')
    expect(row).to_contain_text("rude words")
    row.click()
    expect(warden.get_by_text("This is rude.")).to_be_visible()
    warden.get_by_test_id("claim").get_by_role("button").click()
    decision = warden.get_by_test_id("decision")
    decision.get_by_label("Remove the tweet").check()
    decision.get_by_test_id("decision-reason").fill("Rude.")
    decision.get_by_role("button", name="Resolve").click()
    expect(warden.get_by_test_id("case")).to_have_attribute("data-status", "resolved")
    expect(warden.get_by_test_id("case-tweet-gone")).to_be_visible()

    warden.get_by_test_id("act-suspend").click()
    warden.get_by_test_id("act-reason").fill("Rude again.")
    warden.get_by_test_id("act-form").get_by_role("button").click()
    expect(warden.get_by_test_id("account-status")).to_contain_text("Suspended")
    page.goto("/@webrude")
    expect(page.get_by_test_id("suspended")).to_contain_text("Account suspended")

    warden.get_by_test_id("act-restore").click()
    warden.get_by_test_id("act-reason").fill("Said sorry.")
    warden.get_by_test_id("act-form").get_by_role("button").click()
    expect(warden.get_by_test_id("account-status")).to_contain_text("Active")
    context.close()
    page.reload()
    expect(page.get_by_test_id("profile")).to_contain_text("@webrude")
    expect(page.get_by_test_id("tweet")).to_have_count(0)
