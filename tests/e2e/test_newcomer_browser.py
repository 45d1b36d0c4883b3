"""The web client as newcomers see it, at every width."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_browser import browser, log_in, page
from tests.e2e.test_main_job import PASSWORD, register

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e")]
# Fixtures, taken by their names.
__all__ = ["browser", "page"]


@pytest.fixture(scope="module")
def known(running: RunningPlatform) -> str:
    """Somebody who is followed and has posted."""
    author, fan = register(running.url, "quillwort"), register(running.url, "quillfan")
    author("POST", "/2/tweets", json={"text": "Spores are ripe."})
    ids = [who("GET", "/2/users/me")["data"]["id"] for who in (author, fan)]
    fan("POST", f"/2/users/{ids[1]}/following", json={"target_user_id": ids[0]})
    return "quillwort"


@pytest.fixture(params=[320, 375, 1280])
def sized(
    browser: Browser, running: RunningPlatform, request: pytest.FixtureRequest
) -> Iterator[Page]:
    size: ViewportSize = {"width": request.param, "height": 800}
    context = browser.new_context(base_url=running.url, viewport=size)
    yield context.new_page()
    context.close()


def test_an_empty_home_fills_with_those_it_offers(
    sized: Page, running: RunningPlatform, known: str
) -> None:
    name = f"newcomer{sized.viewport_size['width']}" if sized.viewport_size else ""
    register(running.url, name)
    log_in(sized, name)
    row = sized.locator("main").get_by_test_id("user-row").filter(has_text=f"@{known}")
    row.get_by_test_id("user-follow").click()
    expect(row.get_by_test_id("user-follow")).to_have_attribute("data-state", "following")
    sized.get_by_test_id("home-show").click()
    expect(sized.get_by_test_id("tweet").first).to_contain_text("Spores are ripe.")
    assert sized.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_people_are_found_at_every_width(sized: Page, running: RunningPlatform, known: str) -> None:
    log_in(sized, "quillfan")
    sized.get_by_test_id("nav-search").click()
    field = sized.locator("main").get_by_test_id("find-text")
    expect(field).to_be_focused()
    sized.keyboard.type("Quillw")
    found = sized.get_by_test_id("search-results")
    expect(found.get_by_test_id("user-row")).to_have_count(1)
    expect(found.get_by_role("status")).to_have_text("1 person found")
    expect(sized).to_have_url(f"{running.url}/search?q=Quillw")
    sized.keyboard.press("Tab")
    sized.keyboard.press("Tab")
    sized.keyboard.press("Enter")
    sized.reload()
    found.get_by_role("link", name=known).click()
    expect(sized.get_by_test_id("profile")).to_be_visible()
    sized.go_back()
    expect(found.get_by_test_id("user-row")).to_have_count(1)
    field.fill("nobodyhasthisname")
    expect(found).to_contain_text("Nobody of that name")


def test_the_slash_and_the_side_column_search(page: Page, known: str) -> None:
    log_in(page, "quillfan")
    page.keyboard.press("/")
    expect(page.locator("main").get_by_test_id("find-text")).to_be_focused()
    page.goto("/notifications")
    page.get_by_test_id("find-text").fill(known)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("search-results").get_by_test_id("user-row")).to_have_count(1)


def test_a_demo_login_is_one_click(page: Page, running: RunningPlatform, known: str) -> None:
    page.goto("/")
    expect(page.get_by_test_id("login-form")).to_be_visible()
    expect(page.get_by_test_id("demo-login")).to_have_count(0)
    demo = running.state / "demo.json"
    login = {"username": known, "password": PASSWORD, "role": "user"}
    demo.write_text(json.dumps({"logins": [login]}))
    try:
        page.goto(f"/@{known}")
        page.get_by_role("link", name="Log in").click()
        page.get_by_test_id("demo-login").click()
        # Back to where it began.
        expect(page.get_by_test_id("profile-edit")).to_be_visible()
        expect(page).to_have_url(f"{running.url}/@{known}")
    finally:
        demo.unlink()


def test_pages_ask_for_nothing_that_is_not_there(page: Page) -> None:
    # Requests for icons are none of the page's; its console tells of them.
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    for path in ("/docs", "/login", "/demo/", "/robots.txt"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert page.request.get("/favicon.ico").status == 200
    assert errors == []
