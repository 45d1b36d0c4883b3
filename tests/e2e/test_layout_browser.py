"""Layout of the web client in a browser: nothing covered, cut or cramped."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_browser import browser, log_in, page
from tests.e2e.test_main_job import Api, eventually, register
from tests.media_support import png

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e")]
# Fixtures, taken by their names.
__all__ = ["browser", "page"]

BOX = "one => { const b = one.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] }"
Box = list[float]


def box(page: Page, selector: str) -> Box:
    found: Box = page.locator(selector).first.evaluate(BOX)
    return found


def someone_to_suggest(reader: Api, fan: Api, author: Api) -> None:
    """Let one post and be followed, until the reader is offered someone."""
    author("POST", "/2/tweets", json={"text": "I am here"})
    fan_id, author_id = (one("GET", "/2/users/me")["data"]["id"] for one in (fan, author))
    fan("POST", f"/2/users/{fan_id}/following", json={"target_user_id": author_id})
    # Processes keep the list of whom to suggest for a minute.
    eventually(lambda: reader("GET", "/1/users/suggestions").get("data"), 100)


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_has_room_for_tabs_and_forms(
    browser: Browser, running: RunningPlatform, width: int
) -> None:
    name = f"narrow{width}"
    reader, author = register(running.url, name), register(running.url, f"wide{width}")
    someone_to_suggest(reader, register(running.url, f"fan{width}"), author)
    context = browser.new_context(base_url=running.url, viewport={"width": width, "height": 568})
    page = context.new_page()
    log_in(page, name)
    shown: list[Any] = page.locator(".nav-label").evaluate_all(f"all => all.map({BOX})")
    labels = [one for one in shown if one[2] - one[0] > 1]
    for before, after in pairwise(labels):
        assert before[2] <= after[0]
    # A new account's home offers people to follow.
    expect(page.get_by_test_id("nav-compose")).to_be_hidden()
    page.goto("/notifications")
    expect(page.get_by_test_id("nav-compose")).to_be_visible()
    page.goto("/crawls")
    expect(page.get_by_test_id("crawl-submit")).to_be_visible()
    expect(page.get_by_test_id("nav-compose")).to_be_hidden()
    context.close()


def test_dialogs_shade_the_whole_page(page: Page, running: RunningPlatform) -> None:
    register(running.url, "shaded")
    log_in(page, "shaded")
    page.get_by_test_id("logout").click()
    expect(page.get_by_test_id("confirm-dialog")).to_be_visible()
    # A gutter that is kept free beside the page would stay bright.
    assert page.evaluate("document.documentElement.clientWidth === innerWidth")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("nav-home").first).to_be_visible()


def test_a_picture_is_shown_whole(page: Page, running: RunningPlatform) -> None:
    register(running.url, "lightbox")
    log_in(page, "lightbox")
    page.get_by_test_id("compose-text").first.fill("A picture")
    picture = FilePayload(name="a.png", mimeType="image/png", buffer=png((1800, 2400)))
    page.locator('input[type="file"]').first.set_input_files(files=[picture])
    page.get_by_test_id("compose-submit").first.click()
    page.get_by_test_id("gallery").get_by_role("button").first.click()
    expect(page.get_by_test_id("lightbox")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.lightbox img').naturalWidth > 0")
    width, height = page.evaluate("[innerWidth, innerHeight]")
    assert box(page, ".lightbox") == [0, 0, width, height]
    left, top, right, bottom = box(page, ".lightbox img")
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
