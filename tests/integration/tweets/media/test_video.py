"""Videos: checks, storage, posters, subtitles, unsupported codecs."""

import hashlib
import io

import pytest
from PIL import Image

from tests.media_support import (
    CLIP,
    HEVC,
    animated,
    attached,
    content,
    fragmented,
    included,
    objects,
    photo,
    png,
    send,
    state,
    stored,
    video,
)
from tests.platform import Answer, Person, Platform


@pytest.fixture(scope="module")
def ada(platform: Platform) -> Person:
    return platform.register()


@pytest.fixture(scope="module")
def bob(platform: Platform) -> Person:
    return platform.register()


def test_a_video_is_checked_and_stored_by_a_worker(ada: Person, platform: Platform) -> None:
    media_id = video(ada)
    assert state(ada, media_id)["state"] == "succeeded"
    tweet_id = ada.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    (shown,) = included(ada, tweet_id)
    assert (shown["type"], shown["duration_ms"]) == ("video", 3000)
    (variant,) = shown["variants"]
    kind, kept = content(variant["url"])
    assert (kind, len(kept)) == ("video/mp4", len(CLIP))
    # The place where it was filmed is blanked, and no byte has moved.
    assert b"+59.0" in CLIP
    assert b"+59.0" not in kept
    assert kept[-5000:] == CLIP[-5000:]
    platform.settle()
    assert not [key for key in objects(media_id) if key.startswith("uploads/")]


def test_a_video_without_a_frame_shows_a_drawn_poster(ada: Person, bob: Person) -> None:
    media_id = video(ada)
    tweet_id = ada.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    (shown,) = included(bob, tweet_id)
    kind, picture = content(shown["preview_image_url"])
    assert kind == "image/jpeg"
    assert Image.open(io.BytesIO(picture)).size == (shown["width"], shown["height"])
    assert [one["content_type"] for one in shown["variants"]] == ["video/mp4"]


def test_a_fragmented_video_is_taken(ada: Person) -> None:
    media_id = video(ada, fragmented())
    assert state(ada, media_id)["state"] == "succeeded"
    assert stored(media_id)["duration_ms"] == 2000


def test_animated_pictures_are_no_stills(ada: Person) -> None:
    for name in ("PNG", "WEBP"):
        answer = send(ada, "/2/media/upload", {"media_category": "tweet_image"}, animated(name))
        assert answer.status == 400
        assert "Animated PNG and WebP" in answer.body.decode()


def test_a_video_takes_one_poster_from_its_owner(ada: Person, bob: Person) -> None:
    media_id = video(ada)
    path = f"/1/media/{media_id}/poster"
    assert send(bob, path, {}, png()).status == 404
    assert send(ada, path, {}, b"no picture").status == 400
    assert send(ada, f"/1/media/{photo(ada)}/poster", {}, png()).status == 400
    assert send(ada, path, {}, png((160, 90))).status == 200
    assert send(ada, path, {}, png((160, 90), "red")).status == 409
    tweet_id = ada.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    (shown,) = included(bob, tweet_id)
    kind, picture = content(shown["preview_image_url"])
    assert kind == "image/png"
    # Each picture has its own name, so that of two concurrent ones the right one is served.
    assert hashlib.sha256(picture).hexdigest()[:16] in shown["preview_image_url"]
    assert [one["content_type"] for one in shown["variants"]] == ["video/mp4"]


def test_subtitles_are_of_a_video_and_served_as_webvtt(ada: Person, bob: Person) -> None:
    film, category = video(ada), {"media_category": "TweetVideo"}
    srt = b"1\n00:00:01,000 --> 00:00:02,000\nCaw\n"
    text = photo(ada, srt, "subtitles")

    def give(person: Person, media_id: str, of: str = text) -> Answer:
        named = {"id": of, "language_code": "EN", "display_name": "English"}
        body = {"id": media_id, **category, "subtitles": named}
        return person.call("POST", "/2/media/subtitles", body)

    made = give(ada, film).json()["data"]
    assert made["associated_subtitles"] == [
        {"id": text, "language_code": "EN", "display_name": "English"}
    ]
    assert give(bob, film).status == give(ada, film, "1").status == 404
    assert give(ada, text).status == give(ada, film, photo(ada)).status == 400
    assert send(ada, "/2/media/upload", {"media_category": "subtitles"}, png()).status == 400
    assert ada.call("POST", "/2/tweets", attached(text)).status == 400
    tweet_id = ada.ok("POST", "/2/tweets", attached(film))["data"]["id"]
    path = f"/2/tweets/{tweet_id}?expansions=attachments.media_keys&media.fields=subtitles,variants"
    (shown,) = bob.ok("GET", path)["includes"]["media"]
    assert len(shown["variants"]) == 1
    (one,) = shown["subtitles"]
    kind, kept = content(one["url"])
    assert (kind, kept[:6], one["display_name"]) == ("text/vtt", b"WEBVTT", "English")
    gone = {"id": film, **category, "language_code": "EN"}
    assert ada.ok("DELETE", "/2/media/subtitles", gone)["data"] == {"deleted": True}
    assert stored(film)["subtitles"] == []


def test_a_codec_that_browsers_do_not_play_fails_with_a_reason(ada: Person) -> None:
    media_id = video(ada, HEVC)
    found = state(ada, media_id)
    assert found["state"] == "failed"
    assert "[hvc1] is not supported" in found["error"]["message"]
    answer = ada.call("POST", "/2/tweets", attached(media_id))
    assert answer.status == 400
    assert "could not be processed" in answer.json()["errors"][0]["message"]
