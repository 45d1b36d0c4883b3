"""Media through the gateway: uploads, byte ranges, a film in Chromium."""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from playwright.sync_api import Browser, Route, expect

from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_browser import browser, log_in  # noqa: F401 - a fixture
from tests.e2e.test_main_job import eventually, register
from tests.media_support import CLIP, DATA, animated_gif, png

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

# Milliseconds until something is there, on a machine that does much else.
PATIENCE = 30_000


class ToPlatform(requests.adapters.HTTPAdapter):
    """Send tweepy's requests, signed for X's hosts, to the platform."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = request.url.replace("https://api.twitter.com", self.url)
        request.url = request.url.replace("https://upload.twitter.com", self.url)
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def account(running: RunningPlatform) -> Any:
    return register(running.url, "media_ada")


@pytest.fixture(scope="module")
def clients(running: RunningPlatform, account: Any) -> tuple[tweepy.API, tweepy.Client]:
    app = account("POST", "/1/apps", json={"name": "Pictures"})["data"]
    own = account("POST", f"/1/apps/{app['id']}/tokens", json={})["data"]
    keys = (
        app["consumer_key"],
        app["consumer_secret"],
        own["access_token"],
        own["access_token_secret"],
    )
    api = tweepy.API(tweepy.OAuth1UserHandler(*keys))
    client = tweepy.Client(None, *keys)
    for session in (api.session, client.session):
        session.trust_env = False
        for host in ("https://api.twitter.com", "https://upload.twitter.com"):
            session.mount(host, ToPlatform(running.url))
    return api, client


def test_tweepy_uploads_pictures_and_films_and_tweets_them(
    account: Any, clients: tuple[tweepy.API, tweepy.Client], tmp_path: Path
) -> None:
    api, client = clients
    (tmp_path / "one.png").write_bytes(png())
    (tmp_path / "two.gif").write_bytes(animated_gif())
    one = api.media_upload(str(tmp_path / "one.png"))
    api.create_media_metadata(one.media_id, "a teal square")
    gif = api.media_upload(str(tmp_path / "two.gif"), chunked=True, media_category="tweet_gif")
    film = api.media_upload(str(DATA / "clip.mp4"), media_category="tweet_video")
    assert film.processing_info["state"] == "succeeded"
    assert api.get_media_upload_status(film.media_id).media_key == f"7_{film.media_id}"
    kinds = []
    for media in (one, gif, film):
        made = client.create_tweet(text="from tweepy", media_ids=[media.media_id_string])
        shown = account(
            "GET",
            f"/2/tweets/{made.data['id']}",
            params={"expansions": "attachments.media_keys", "media.fields": "alt_text,url"},
        )
        kinds.append(shown["includes"]["media"][0]["type"])
        if media is one:
            assert shown["includes"]["media"][0]["alt_text"] == "a teal square"
    assert kinds == ["photo", "animated_gif", "video"]
    failed = api.chunked_upload(str(DATA / "hevc.mp4"), file_type="video/mp4")
    assert failed.processing_info["state"] == "failed"


def film_of(account: Any) -> tuple[str, str]:
    """A tweet with a film: its id and the address of the film."""
    made = account(
        "POST",
        "/2/media/upload",
        files={"media": CLIP},
        data={"media_category": "tweet_video"},
    )["data"]
    eventually(
        lambda: (
            account("GET", "/2/media/upload", params={"media_id": made["id"]})["data"][
                "processing_info"
            ]["state"]
            == "succeeded"
        )
    )
    body = {"text": "a film", "media": {"media_ids": [made["id"]]}}
    tweet = account("POST", "/2/tweets", json=body)["data"]["id"]
    found = account("GET", f"/2/media/7_{made['id']}", params={"media.fields": "variants"})
    return tweet, found["data"]["variants"][0]["url"]


def test_films_are_served_by_ranges_and_never_as_pages(account: Any) -> None:
    _, url = film_of(account)
    session = requests.Session()
    session.trust_env = False
    whole = session.get(url, timeout=20)
    assert whole.status_code == 200
    assert len(whole.content) == len(CLIP)
    assert whole.headers["content-type"] == "video/mp4"
    assert "immutable" in whole.headers["cache-control"]
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["access-control-allow-origin"] == "*"
    part = session.get(url, headers={"range": "bytes=100-199"}, timeout=20)
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(CLIP)}"
    known = session.get(url, headers={"if-none-match": whole.headers["etag"]}, timeout=20)
    assert known.status_code == 304
    head = session.head(url, timeout=20)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(CLIP)))
    assert session.get(url, headers={"range": "bytes=999999-"}, timeout=20).status_code == 416
    assert session.get(url.replace("video.mp4", "other"), timeout=20).status_code == 404
    origin = url.partition("/media/")[0]
    for path in (
        "/media/p/x/large.png",
        "/media/../uploads/1/0000",
        "/media/%2e%2e/uploads/1/0000",
        # Whoever normalises this asks the bucket for what needs a signature.
        f"/media/./{url.partition('/media/')[2]}",
    ):
        request = requests.Request("GET", origin + path).prepare()
        request.url = origin + path
        assert session.send(request, timeout=20).status_code in {403, 404}
    assert session.put(url, data=b"x", timeout=20).status_code == 405


@pytest.mark.browser
def test_a_film_plays_and_pictures_are_attached_in_chromium(
    browser: Browser,  # noqa: F811 - the fixture
    running: RunningPlatform,
    account: Any,
    tmp_path: Path,
) -> None:
    tweet, _ = film_of(account)
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "b.png").write_bytes(png((200, 300), "orange"))
    context = browser.new_context(base_url=running.url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    statuses: list[int] = []
    page.on(
        "response",
        lambda answer: statuses.append(answer.status) if answer.url.endswith(".mp4") else None,
    )
    log_in(page, "media_ada")
    page.goto(f"/@media_ada/status/{tweet}")
    player = page.get_by_test_id("media-video").first
    expect(player).to_be_visible(timeout=PATIENCE)
    moved = player.evaluate(
        """async (video) => {
            video.muted = true;
            await video.play();
            const once = (kind) => new Promise((resolve) => {
                video.addEventListener(kind, resolve, {once: true});
            });
            await once('timeupdate');
            video.currentTime = 2;
            await once('seeked');
            return [video.videoWidth, video.currentTime >= 2, video.error === null];
        }"""
    )
    assert moved == [160, True, True]
    assert 206 in statuses
    page.goto("/")
    page.get_by_test_id("compose-poll").click()
    expect(page.get_by_test_id("attach-files")).to_have_count(0)
    page.get_by_role("button", name="Remove poll").click()
    page.get_by_test_id("attach-files").first.set_input_files(
        [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    )
    expect(page.get_by_test_id("compose-poll")).to_have_count(0)
    page.get_by_test_id("attachment-alt").first.fill("a teal square")
    page.get_by_test_id("compose-text").first.fill("two pictures")
    page.get_by_test_id("compose-submit").first.click()
    gallery = page.get_by_test_id("gallery").first
    expect(gallery.get_by_role("button")).to_have_count(2, timeout=PATIENCE)
    gallery.get_by_role("button").first.click()
    shown = page.get_by_test_id("lightbox")
    expect(shown.get_by_text("a teal square")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("aria-label", "Picture 2 of 2")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    # A page that was open for hours: what the API told it then has ended.
    endings: list[str] = []

    def ended(route: Route) -> None:
        answer = route.fetch()
        body = re.sub(r"/media/[^/]+/([a-z]+\.png)", r"/media/p/x/\1?e=1&s=x", answer.text())
        route.fulfill(response=answer, body=body)
        endings.append(body)

    page.route("**/timelines/reverse_chronological?*", ended, times=1)
    page.reload()
    picture = page.get_by_test_id("gallery").first.get_by_role("img").first
    expect(picture).to_have_js_property("complete", True)
    page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())
    assert "/media/p/x/" in endings[0]
    context.close()
    assert errors == []


def test_the_test_films_are_small() -> None:
    assert sum(len((DATA / name).read_bytes()) for name in ("clip.mp4", "hevc.mp4")) < 20_000
