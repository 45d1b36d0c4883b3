"""The web client in a real browser: the main job by clicking."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.e2e.conftest import ROOT, RunningPlatform
from tests.e2e.test_main_job import PASSWORD, register

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e")]


def missing() -> str | None:
    """Return the reason why the browser tests cannot run, or None."""
    if shutil.which("chromium") is None:
        return "chromium is not installed"
    if not (ROOT / "web" / "dist" / "index.html").is_file():
        return "the web client is not built"
    return None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"{reason}: in CI that is a failure")
    if reason:
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update",
                  "--disable-sync"],
        )  # fmt: skip
        yield launched
        launched.close()


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, running: RunningPlatform
) -> Iterator[Page]:
    context = browser.new_context(base_url=running.url, viewport={"width": 1280, "height": 900})
    ask_often(context)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    failed = request.session.testsfailed
    yield opened
    if request.session.testsfailed > failed:
        print(f"the page was {opened.url}\n{opened.locator('body').aria_snapshot()}")
    context.close()
    assert errors == []


def ask_often(context: BrowserContext) -> None:
    """Let pages ask every second for what is new, instead of every thirty."""
    context.add_init_script("localStorage.setItem('rookery-poll-ms', '1000')")


def log_in(page: Page, username: str) -> None:
    page.goto("/login")
    page.get_by_test_id("login-username").fill(username)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("nav-home").first).to_be_visible()


def mailed_token(url: str, address: str, link: str = "token=") -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        mails = requests.get(f"{url}/1/dev/outbox", params={"to": address}, timeout=10).json()
        for mail in mails["data"]:
            token = mail.get("data", {}).get("token")
            if token and link in mail["text"]:
                return str(token)
        time.sleep(0.1)
    raise AssertionError("no mail")


def test_main_job_by_clicking(page: Page, running: RunningPlatform) -> None:
    url = running.url
    author = register(url, "webauthor")
    author_id = author("GET", "/2/users/me")["data"]["id"]

    page.goto("/register")
    page.get_by_test_id("register-username").fill("webreader")
    page.get_by_test_id("register-name").fill("Web Reader")
    page.get_by_test_id("register-email").fill("webreader@example.com")
    page.get_by_test_id("register-password").fill(PASSWORD)
    page.get_by_test_id("register-age").check()
    page.get_by_test_id("register-submit").click()
    expect(page.get_by_test_id("register-done")).to_be_visible()
    page.goto(f"/verify?token={mailed_token(url, 'webreader@example.com')}")
    expect(page.get_by_test_id("verify-result")).to_have_attribute("data-state", "done")

    log_in(page, "webreader")
    page.goto("/@webauthor")
    page.get_by_test_id("profile-follow").click()
    expect(page.get_by_test_id("profile-follow")).to_have_attribute("data-state", "following")

    page.get_by_test_id("nav-home").first.click()
    page.get_by_test_id("compose-text").first.fill("My first post from the web")
    page.get_by_test_id("compose-submit").first.click()
    mine = page.get_by_test_id("tweet").filter(has_text="My first post from the web")
    expect(mine).to_be_visible()

    said = author("POST", "/2/tweets", json={"text": f"Hello from the API {url}/demo/"})["data"]
    page.get_by_test_id("new-tweets-pill").click(timeout=30_000)
    theirs = page.locator(f'[data-testid="tweet"][data-tweet-id="{said["id"]}"]')
    expect(theirs).to_be_visible()
    theirs.get_by_test_id("tweet-like").click()
    expect(theirs.get_by_test_id("tweet-like")).to_have_attribute("aria-pressed", "true")
    expect(theirs.get_by_test_id("link-card")).to_be_visible(timeout=45_000)

    deadline = time.monotonic() + 20
    while not any(
        n["type"] == "like" for n in author("GET", "/1/notifications/inbox").get("data", [])
    ):
        assert time.monotonic() < deadline, "no notification of the like"
        time.sleep(0.1)

    reader_id = author("GET", "/2/users/by/username/webreader")["data"]["id"]
    author("POST", f"/2/users/{author_id}/following", json={"target_user_id": reader_id})
    expect(page.get_by_test_id("unread-badge").first).to_be_visible(timeout=30_000)
    page.get_by_test_id("nav-notifications").first.click()
    expect(page.get_by_test_id("notification").first).to_contain_text("Webauthor", timeout=20_000)

    page.get_by_test_id("nav-home").first.click()
    mine.get_by_test_id("tweet-delete").click()
    page.get_by_test_id("confirm-action").click()
    expect(mine).to_have_count(0)


def test_a_tweet_that_fan_out_brings_late_reaches_the_open_page(
    page: Page, running: RunningPlatform
) -> None:
    author, reader = (register(running.url, name) for name in ("lateauthor", "latereader"))
    reader_id, author_id = (one("GET", "/2/users/me")["data"]["id"] for one in (reader, author))
    reader("POST", f"/2/users/{reader_id}/following", json={"target_user_id": author_id})
    under_way, repeated = ["posted first"], list[dict[str, Any]]()

    def changed(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        found = [one for one in body.get("data", ()) if one["text"] not in under_way]
        route.fulfill(response=answer, json={**body, "data": [*repeated, *found]})

    page.route("**/timelines/reverse_chronological?*", changed)
    page.route("**/1/updates?*", changed)
    log_in(page, "latereader")
    expect(page.get_by_text("Your nest is quiet")).to_be_visible()
    first, _ = (
        author("POST", "/2/tweets", json={"text": text})["data"]["id"]
        for text in ("posted first", "posted second")
    )
    pill = page.get_by_test_id("new-tweets-pill")
    expect(pill).to_contain_text("1 new tweet")
    under_way.clear()
    expect(pill).to_contain_text("2 new tweets")
    pill.click()
    expect(page.get_by_test_id("tweet").filter(has_text="posted")).to_have_count(2)
    # What the page has is not announced once more when somebody passes it on.
    third = author("POST", "/2/tweets", json={"text": "posted third"})["data"]["id"]
    passed_on = {"referenced_tweets": [{"type": "retweeted", "id": first}], "author_id": author_id}
    repeated.append({"id": str(int(third) + 1), "text": "RT", **passed_on})
    pill.click()
    expect(page.get_by_text("posted third")).to_be_visible()
    expect(page.get_by_test_id("tweet").filter(has_text="posted")).to_have_count(3)
    page.unroute_all(behavior="ignoreErrors")


def test_a_forgotten_password(page: Page, running: RunningPlatform) -> None:
    register(running.url, "forgetful")
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_test_id("reset-value").fill("forgetful@example.com")
    page.get_by_test_id("reset-submit").click()
    expect(page.get_by_test_id("reset-result")).to_be_visible()
    token = mailed_token(running.url, "forgetful@example.com", "/reset?token=")
    page.goto(f"/reset?token={token}")
    page.get_by_test_id("reset-value").fill("password")
    page.get_by_test_id("reset-submit").click()
    expect(page.get_by_test_id("form-error")).to_contain_text("password")
    page.get_by_test_id("reset-value").fill("another long phrase to keep")
    page.get_by_test_id("reset-submit").click()
    expect(page.get_by_test_id("reset-result")).to_contain_text("new password is set")


def test_a_crawl_by_clicking(page: Page, running: RunningPlatform) -> None:
    register(running.url, "webcrawler")
    log_in(page, "webcrawler")
    page.goto("/crawls")
    page.get_by_test_id("crawl-url").fill(f"{running.url}/demo/")
    page.get_by_test_id("crawl-allow-private").check()
    page.get_by_test_id("crawl-submit").click()
    expect(page.get_by_test_id("crawl-status").first).to_have_attribute(
        "data-status", "finished", timeout=60_000
    )
    expect(page.get_by_test_id("crawl-page-row").nth(5)).to_be_visible(timeout=20_000)
    page.get_by_test_id("crawl-filter").select_option("failed")
    expect(page.get_by_test_id("crawl-page-row")).to_have_count(1)
    expect(page.get_by_test_id("crawl-found-on")).to_contain_text("/demo/")
    page.get_by_test_id("crawl-tab-hosts").click()
    expect(page.get_by_test_id("crawl-host")).to_have_count(1)
    page.get_by_test_id("crawl-tab-site").click()
    expect(page.get_by_test_id("crawl-errors").locator("li")).to_have_count(1)
    expect(page.locator("[data-testid=crawl-graph] circle").nth(5)).to_be_visible()
    page.get_by_test_id("crawl-tree").locator("a").first.click()
    detail = page.get_by_test_id("page-detail")
    expect(detail.get_by_test_id("page-link").first).to_be_visible()
    detail.get_by_test_id("page-text").locator("summary").click()
    expect(detail.get_by_test_id("page-text").locator("pre")).to_contain_text("<title>")
    page.go_back()
    page.get_by_test_id("crawl-tab-exports").click()
    page.get_by_test_id("crawl-export-name").select_option("pages.csv")
    page.get_by_test_id("crawl-export-start").click()
    ready = page.locator("[data-name='pages.csv'][data-status=ready] button")
    expect(ready).to_be_visible(timeout=20_000)
    with page.expect_download() as download:
        ready.click()
    assert download.value.suggested_filename.endswith("pages.csv")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_test_id("crawl-delete").click()
    expect(page.get_by_test_id("crawl-form")).to_be_visible()
    page.get_by_test_id("crawl-url").fill(f"{running.url}/demo/")
    page.get_by_test_id("crawl-max-pages").fill("7")
    page.get_by_test_id("crawl-allow-private").check()
    page.get_by_test_id("crawl-when").select_option("again")
    page.get_by_test_id("crawl-more").locator("summary").click()
    page.get_by_test_id("crawl-columns").fill("title = title::text")
    page.get_by_test_id("crawl-submit").click()
    expect(page.get_by_test_id("schedule-row")).to_contain_text("up to 7 pages")


@pytest.mark.parametrize("width", [390, 1280])
def test_home_fits_the_screen(browser: Browser, running: RunningPlatform, width: int) -> None:
    context = browser.new_context(base_url=running.url, viewport={"width": width, "height": 844})
    page = context.new_page()
    username = f"screen{width}"
    register(running.url, username)("POST", "/2/tweets", json={"text": "A screenful"})
    log_in(page, username)
    expect(page.get_by_test_id("tweet").first).to_be_visible()
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    shots = os.environ.get("SCREENSHOTS")
    if shots:
        Path(shots).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{shots}/home-{width}.png")
    context.close()


def test_the_consent_page(page: Page, running: RunningPlatform) -> None:
    api = register(running.url, "consenter")
    redirect = f"{running.url}/demo/"
    body = {"name": "Demo app", "redirect_uris": [redirect], "type": "public"}
    app = api("POST", "/1/apps", json=body)["data"]
    page.goto(
        f"/i/oauth2/authorize?response_type=code&client_id={app['client_id']}"
        f"&redirect_uri={redirect}&scope=tweet.read%20users.read&state=s1"
        f"&code_challenge={'a' * 43}&code_challenge_method=S256"
    )
    page.get_by_label("Username or email").fill("consenter")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading")).to_contain_text("Demo app")
    page.get_by_role("button", name="Authorize app").click()
    page.wait_for_url(re.compile(r"/demo/\?code=.+&state=s1"))
