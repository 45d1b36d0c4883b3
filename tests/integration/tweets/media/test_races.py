"""Concurrent uploads, deliveries and requests."""

import contextvars
import io
from typing import Any

import pytest
from PIL import Image

from shared.aws.events import Event
from tests.faults import answer_lost, intercepted
from tests.media_support import (
    CLIP,
    attached,
    content,
    included,
    objects,
    photo,
    png,
    send,
    state,
    stored,
    video,
)
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


def announced(person: Person) -> str:
    """Upload a video in two segments, not finalized; return its id."""
    body = {"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": len(CLIP)}
    media_id = str(person.ok("POST", "/2/media/upload/initialize", body)["data"]["id"])
    for index, segment in enumerate((CLIP[:9000], CLIP[9000:])):
        path = f"/2/media/upload/{media_id}/append"
        assert send(person, path, {"segment_index": index}, segment).status == 200
    return media_id


@pytest.fixture(scope="module")
def served(platform: Platform) -> tuple[str, bytes]:
    """Content type and bytes of the clip as served."""
    person = platform.register()
    return content(address(person, video(person)))


def address(person: Person, media_id: str) -> str:
    made = person.ok("POST", "/2/tweets", attached(media_id))["data"]
    (shown,) = included(person, made["id"])
    return str(shown["variants"][0]["url"])


@pytest.mark.parametrize(
    "moment",
    ["ListObjectsV2", "GetObject", "CreateMultipartUpload", "CompleteMultipartUpload", "PutObject"],
)
def test_two_deliveries_at_once_are_one_video(
    platform: Platform, served: tuple[str, bytes], moment: str
) -> None:
    from chalicelib.tweets.media import processing

    person = platform.register()
    media_id = announced(person)
    told = Event("e", "media.uploaded", 1, "", "tweets", media_id, {"media_id": media_id})
    between: list[str] = []

    def another(_: dict[str, Any]) -> None:
        # While the worker is at this call, another one does everything.
        if not between and stored(media_id)["state"] == "pending":
            between.append(moment)
            processing.process_video(told)

    with intercepted("s3", moment, another):
        person.ok("POST", f"/2/media/upload/{media_id}/finalize")
        platform.settle()
    assert between
    assert state(person, media_id)["state"] == "succeeded"
    assert stored(media_id)["version"] == 3
    assert content(address(person, media_id)) == served
    assert [key.rpartition("/")[2] for key in objects(media_id)] == [
        "poster.drawn.jpg",
        "video.mp4",
    ]


def test_an_upload_that_changes_under_the_worker_fails_with_a_reason(platform: Platform) -> None:
    from chalicelib.tweets.media import object_store

    person = platform.register()
    media_id = announced(person)

    def swap(_: dict[str, Any]) -> None:
        # The owner makes this call, not the function under test.
        owner = contextvars.Context()
        owner.run(object_store.put_segment, media_id, 1, b"x" * (len(CLIP) - 9000))

    with intercepted("s3", "CreateMultipartUpload", swap):
        person.ok("POST", f"/2/media/upload/{media_id}/finalize")
        platform.settle()
    ended = state(person, media_id)
    assert (ended["state"], "changed" in ended["error"]["message"]) == ("failed", True)
    assert objects(media_id) == []


@pytest.mark.parametrize("moment", ["ListObjectsV2", "GetObject", "PutObject", "DeleteObjects"])
def test_two_who_finalize_a_picture_at_once_both_have_it(platform: Platform, moment: str) -> None:
    person, picture = platform.register(), png()
    body = {"media_category": "tweet_image", "media_type": "image/png"}
    made = person.ok("POST", "/2/media/upload/initialize", body)
    path = f"/2/media/upload/{made['data']['id']}"
    assert send(person, f"{path}/append", {"segment_index": 0}, picture).status == 200
    sizes: list[Any] = []

    def finalize() -> None:
        sizes.append(person.ok("POST", f"{path}/finalize")["data"]["image"])

    def another(_: dict[str, Any]) -> None:
        if not between:
            between.append(moment)
            finalize()

    between: list[str] = []
    with intercepted("s3", moment, another):
        finalize()
    assert between and sizes == [sizes[0]] * 2
    person.ok("POST", "/2/tweets", attached(made["data"]["id"]))


def test_of_two_posters_at_once_one_is_kept(platform: Platform) -> None:
    person = platform.register()
    media_id = video(person)
    path = f"/1/media/{media_id}/poster"
    kept: list[int] = []

    def another(_: dict[str, Any]) -> None:
        if not kept:
            kept.append(0)
            kept[0] = send(person, path, {}, png((160, 90), "red")).status

    with intercepted("s3", "PutObject", another):
        refused = send(person, path, {}, png((90, 160))).status
    assert (kept, refused) == ([200], 409)
    (shown,) = included(person, person.ok("POST", "/2/tweets", attached(media_id))["data"]["id"])
    assert Image.open(io.BytesIO(content(shown["preview_image_url"])[1])).size == (160, 90)


def test_a_picture_whose_answer_was_lost_is_there(platform: Platform) -> None:
    person = platform.register()
    with answer_lost("UpdateItem") as lost:
        media_id = photo(person)
    assert lost
    person.ok("POST", "/2/tweets", attached(media_id))
