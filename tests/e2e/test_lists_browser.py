"""Lists and planned tweets by clicking, on phone and desktop."""

import os
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_browser import browser, log_in, page
from tests.e2e.test_main_job import register
from tests.media_support import png

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e")]
__all__ = ["browser", "page"]

PICTURE = FilePayload(name="a.png", mimeType="image/png", buffer=png())
PAGES = ["/lists", "/lists/pinned", "/lists/followed", "/planned", "/planned/drafts", "/bookmarks"]


def test_a_list_by_clicking(page: Page, running: RunningPlatform) -> None:
    singer = register(running.url, "listsinger")
    register(running.url, "listkeeper")
    said = singer("POST", "/2/tweets", json={"text": "A song for the list"})["data"]["id"]
    log_in(page, "listkeeper")
    page.get_by_test_id("nav-lists").first.click()
    page.get_by_test_id("list-new").click()
    page.get_by_test_id("list-name").fill("Singers")
    page.get_by_test_id("list-description").fill("Who sings")
    page.get_by_test_id("list-save").click()
    expect(page.get_by_role("heading", name="Singers")).to_be_visible()
    page.get_by_role("link", name="Members").click()
    page.get_by_test_id("member-name").fill("@listsinger")
    page.get_by_test_id("member-add").click()
    expect(page.get_by_test_id("list-member")).to_have_count(1)
    page.get_by_role("link", name="Tweets", exact=True).click()
    expect(page.locator(f'[data-tweet-id="{said}"]')).to_be_visible()
    page.get_by_test_id("list-pin").click()
    expect(page.get_by_test_id("list-pin")).to_have_text("Unpin")
    page.get_by_test_id("list-edit").click()
    page.get_by_test_id("list-name").fill("Songbirds")
    page.get_by_test_id("list-private").check()
    page.get_by_test_id("list-save").click()
    expect(page.get_by_role("heading", name="Songbirds")).to_be_visible()
    address = page.url
    page.goto("/lists/pinned")
    expect(page.get_by_test_id("list-row")).to_contain_text("Private · 1 member")
    page.goto(f"{address}/members")
    page.get_by_test_id("member-remove").click()
    expect(page.get_by_test_id("list-member")).to_have_count(0)
    page.get_by_test_id("list-delete").click()
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_text("No lists yet")).to_be_visible()


def test_pictures_in_drafts_and_schedules(page: Page, running: RunningPlatform) -> None:
    person = register(running.url, "planner")
    log_in(page, "planner")
    later = f"{datetime.now().astimezone() + timedelta(days=30):%Y-%m-%dT10:20}"

    def attach(words: str) -> None:
        page.get_by_test_id("compose-text").first.fill(words)
        page.locator('input[type="file"]').first.set_input_files(files=[PICTURE])
        expect(page.get_by_test_id("compose-submit").first).to_be_enabled()

    attach("A draft with a pictrue")
    page.get_by_test_id("compose-draft").first.click()
    expect(page.get_by_test_id("compose-text").first).to_have_value("")
    attach("A picture for later")
    page.get_by_test_id("compose-schedule").first.click()
    page.get_by_test_id("schedule-submit").first.click()
    expect(page.get_by_test_id("compose-text").first).to_have_value("")
    page.goto("/planned")
    expect(page.get_by_test_id("planned")).to_contain_text("1 attachment")
    page.get_by_test_id("planned-edit").click()
    page.get_by_test_id("planned-text").fill("A picture for much later")
    page.get_by_test_id("planned-at").fill(later)
    page.get_by_test_id("planned-save").click()
    expect(page.get_by_test_id("planned")).to_contain_text("A picture for much later")
    (planned,) = person("GET", "/1/tweets/scheduled")["data"]
    due = datetime.fromisoformat(planned["scheduled_at"]).astimezone()
    assert f"{due:%Y-%m-%dT%H:%M}" == later
    page.goto("/planned/drafts")
    page.get_by_test_id("planned-edit").click()
    page.get_by_test_id("planned-text").fill("A draft with a picture")
    page.get_by_test_id("planned-save").click()
    page.get_by_test_id("planned-post").click()
    expect(page.get_by_text("No drafts")).to_be_visible()
    page.goto("/@planner")
    posted = page.get_by_test_id("tweet").filter(has_text="A draft with a picture")
    expect(posted.locator("img[src*='/media/']").first).to_be_visible()
    # Into a folder of bookmarks, which loses nothing when it goes.
    posted.get_by_test_id("tweet-bookmark").click()
    expect(posted.get_by_test_id("tweet-bookmark")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("nav-bookmarks").first.click()
    page.get_by_test_id("folder-new").click()
    page.get_by_test_id("folder-name").fill("Pictures")
    page.get_by_test_id("folder-save").click()
    page.get_by_test_id("folder-pick").select_option(label="Pictures")
    # The name is isolated from the words around it.
    expect(page.get_by_text("In “\u2068Pictures\u2069” now.")).to_be_visible()
    page.get_by_test_id("folder").click()
    expect(page.get_by_test_id("tweet")).to_have_count(1)
    page.get_by_test_id("folder-delete").click()
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_test_id("folder")).to_have_count(0)
    expect(page.get_by_test_id("tweet")).to_have_count(1)


@pytest.mark.parametrize("width", [375, 1280])
def test_pages_fit_the_screen(browser: Browser, running: RunningPlatform, width: int) -> None:
    person = register(running.url, f"fits{width}")
    made = person("POST", "/2/lists", json={"name": "W" * 25, "description": "w" * 100})["data"]
    context = browser.new_context(base_url=running.url, viewport={"width": width, "height": 800})
    shown = context.new_page()
    log_in(shown, f"fits{width}")
    for path in [*PAGES, f"/lists/{made['id']}", f"/lists/{made['id']}/members"]:
        shown.goto(path)
        expect(shown.locator("main .skeleton")).to_have_count(0)
        expect(shown.locator("main h1").first).to_be_visible()
        wide = shown.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (path, wide)
        if shots := os.environ.get("SCREENSHOTS"):
            name = path.replace(made["id"], "one").replace("/", "-")
            shown.screenshot(path=f"{shots}/page{name}-{width}.png")
    context.close()
