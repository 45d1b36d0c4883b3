"""Media: uploads in all dialects, processing, attaching and removal."""

import base64
from typing import Any

import pytest
import requests

from shared.aws import sdk
from shared.base.config import settings
from shared.contracts import media_urls, profiles
from tests.media_support import (
    animated_gif,
    attached,
    content,
    included,
    objects,
    photo,
    png,
    send,
    stored,
)
from tests.platform import Person, Platform


@pytest.fixture(scope="module")
def ada(platform: Platform) -> Person:
    return platform.register()


@pytest.fixture(scope="module")
def bob(platform: Platform) -> Person:
    return platform.register()


def test_an_image_is_uploaded_at_once_and_shown_in_sizes(ada: Person, bob: Person) -> None:
    media_id = photo(ada, png((3000, 1500)))
    ada.ok("POST", "/2/media/metadata",
           {"id": media_id, "metadata": {"alt_text": {"text": "a teal square"}}})  # fmt: skip
    tweet_id = ada.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    (shown,) = included(bob, tweet_id)
    assert shown["media_key"] == f"3_{media_id}"
    assert (shown["type"], shown["width"], shown["height"]) == ("photo", 3000, 1500)
    assert shown["alt_text"] == "a teal square"
    sizes = {one["url"].rpartition("/")[2] for one in shown["variants"]}
    assert sizes == {"large.png", "medium.png", "small.png", "thumb.png"}
    assert content(shown["url"])[0] == "image/png"
    assert not [key for key in objects(media_id) if key.startswith("uploads/")]


def test_base64_in_json_is_as_good(ada: Person) -> None:
    body = {"media": base64.b64encode(png()).decode(), "media_category": "tweet_image"}
    answer = ada.ok("POST", "/2/media/upload", body)["data"]
    assert answer["image"] == {"w": 320, "h": 200, "image_type": "image/png"}
    assert answer["media_key"] == f"3_{answer['id']}"
    assert 0 < answer["expires_after_secs"] <= 86_400


def test_segments_in_any_order_and_twice(ada: Person, bob: Person) -> None:
    whole = png((64, 64), "navy") + bytes(4000)
    body = {"media_type": "image/png", "total_bytes": len(whole)}
    media_id = ada.ok("POST", "/2/media/upload/initialize", body)["data"]["id"]
    path = f"/2/media/upload/{media_id}"
    pieces = [whole[:100], whole[100:2000], whole[2000:]]
    for index in (2, 0, 2):
        assert send(ada, f"{path}/append", {"segment_index": index}, pieces[index]).status == 200
    missing = ada.call("POST", f"{path}/finalize")
    assert missing.status == 400
    assert "Segments are missing: 1." in missing.json()["errors"][0]["message"]
    assert send(ada, f"{path}/append", {"segment_index": 1}, pieces[1]).status == 200
    assert ada.call("POST", f"{path}/finalize").status == 200
    assert ada.call("POST", f"{path}/finalize").status == 200
    assert send(ada, f"{path}/append", {"segment_index": 1}, pieces[1]).status == 400
    assert bob.call("POST", f"{path}/finalize").status == 404
    assert bob.call("GET", f"/2/media/upload?media_id={media_id}").status == 404


def test_the_size_must_be_what_was_announced(ada: Person) -> None:
    body = {"media_type": "image/png", "total_bytes": 10_000}
    media_id = ada.ok("POST", "/2/media/upload/initialize", body)["data"]["id"]
    send(ada, f"/2/media/upload/{media_id}/append", {"segment_index": 0}, png())
    answer = ada.call("POST", f"/2/media/upload/{media_id}/finalize")
    assert answer.status == 400
    assert "10000 bytes were announced" in answer.json()["errors"][0]["message"]


def test_a_file_goes_straight_to_the_bucket_which_takes_what_was_announced(ada: Person) -> None:
    whole = png((90, 60), "olive")
    body = {"media_type": "image/png", "total_bytes": len(whole)}
    made = ada.ok("POST", "/1/media", body)["data"]

    def put(content: bytes) -> int:
        files = {"file": ("x.png", content)}
        sent = requests.post(
            made["upload_url"], data=made["upload_fields"], files=files, timeout=20
        )
        return sent.status_code

    assert put(whole + b"x") in {400, 403}
    assert put(whole[:-1]) in {400, 403}
    finalize = f"/2/media/upload/{made['id']}/finalize"
    assert ada.call("POST", finalize).status == 400
    assert put(whole) in {200, 204}
    assert ada.ok("POST", finalize)["data"]["image"]["w"] == 90
    assert ada.call("POST", "/1/media", {"media_type": "image/png"}).status == 400


@pytest.mark.parametrize(
    ("fields", "body", "status"),
    [
        ({"media_category": "tweet_image"}, b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400),
        ({"media_category": "tweet_image"}, png()[:80], 400),
        ({"media_category": "tweet_video"}, png(), 400),
        ({"media_category": "tweet_gif"}, png(), 400),
        ({"media_category": "banana"}, png(), 400),
        ({"media_category": "tweet_image"}, png() + bytes(4_200_000), 413),
        ({"media_category": "tweet_image"}, None, 400),
        ({"command": "APPEND", "media_id": "1", "segment_index": "1000"}, png(), 400),
        ({"command": "APPEND", "media_id": "1", "segment_index": "1"}, png(), 404),
        ({"command": "FINALIZE"}, None, 400),
        ({"command": "INIT", "media_type": "video/mp4", "total_bytes": "999999999"}, None, 400),
    ],
)
def test_what_cannot_be_taken_is_a_clear_problem(
    ada: Person, fields: dict[str, Any], body: bytes | None, status: int
) -> None:
    kinds = {
        "/2/media/upload": "application/problem+json",
        "/1.1/media/upload.json": "application/json; charset=utf-8",
    }
    for path, kind in kinds.items():
        answer = send(ada, path, fields, body)
        assert answer.status == status, answer.body
        assert answer.headers["content-type"] == kind


def test_members_that_no_upload_has_are_refused_by_v2_and_ignored_by_1_1(ada: Person) -> None:
    fields = {"media_category": "tweet_image", "x": "y"}
    assert send(ada, "/2/media/upload", fields, png()).status == 400
    assert send(ada, "/1.1/media/upload.json", fields, png()).status == 200


@pytest.mark.parametrize("raw", [b"", b"--x", b"--x\r\n\r\nno headers\r\n--x--", b"junk" * 50])
def test_multipart_that_is_none_is_a_problem(ada: Person, raw: bytes) -> None:
    kind = "multipart/form-data; boundary=x"
    answer = ada.call("POST", "/2/media/upload", raw, content_type=kind)
    assert answer.status == 400


def test_a_gif_stays_a_gif(ada: Person) -> None:
    media_id = photo(ada, animated_gif(), "tweet_gif")
    tweet_id = ada.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    (shown,) = included(ada, tweet_id)
    assert shown["media_key"] == f"16_{media_id}"
    assert shown["type"] == "animated_gif"
    assert "url" not in shown
    assert content(shown["preview_image_url"])[0] == "image/png"
    kind, kept = content(shown["variants"][0]["url"])
    assert (kind, kept[:6]) == ("image/gif", b"GIF89a")


def test_only_own_and_ready_media_that_go_together_are_attached(ada: Person, bob: Person) -> None:
    one, two = photo(ada), photo(ada)
    gif = photo(ada, animated_gif(), "tweet_gif")
    body = {"media_type": "image/png", "total_bytes": 10}
    waiting = ada.ok("POST", "/2/media/upload/initialize", body)["data"]["id"]
    for ids in ([photo(bob)], ["1"], [one, one], [one, gif], [waiting], [str(2**63)]):
        answer = ada.call("POST", "/2/tweets", attached(*ids))
        assert answer.status == 400, ids
        assert "media.media_ids" in answer.json()["errors"][0]["parameters"]
    assert ada.call("POST", "/2/tweets", attached(one, two, one, two, one)).status == 400
    tweet = {"media": {"media_ids": [one, two], "tagged_user_ids": [bob.id]}}
    tweet_id = ada.ok("POST", "/2/tweets", tweet)["data"]["id"]
    assert [shown["media_key"] for shown in included(bob, tweet_id)] == [f"3_{one}", f"3_{two}"]


def test_an_upload_that_expired_is_gone(ada: Person) -> None:
    media_id = photo(ada)
    sdk.client("dynamodb").update_item(
        TableName=settings().name("tweets", "media"),
        Key={"id": {"S": media_id}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": "1000"}},
    )
    assert ada.call("POST", "/2/tweets", attached(media_id)).status == 400
    assert ada.call("GET", f"/2/media/upload?media_id={media_id}").status == 404


def test_media_by_key_are_for_who_may_see_a_tweet_with_them(ada: Person, bob: Person) -> None:
    media_id = photo(ada)
    key = f"3_{media_id}"
    assert ada.ok("GET", f"/2/media/{key}?media.fields=url,type")["data"]["type"] == "photo"
    assert bob.call("GET", f"/2/media/{key}").status == 404
    ada.ok("POST", "/2/tweets", attached(media_id))
    ada.platform.settle()
    found = bob.ok("GET", f"/2/media?media_keys={key},7_{media_id},3_1")
    assert [one["media_key"] for one in found["data"]] == [key]
    assert [one["value"] for one in found["errors"]] == [f"7_{media_id}", "3_1"]
    for wrong in ("x", "3_", "99_1"):
        assert bob.call("GET", f"/2/media/{wrong}").status == 404
        assert bob.call("GET", f"/2/media?media_keys={wrong}").status == 400


def test_objects_go_with_the_last_tweet_that_uses_them(ada: Person, platform: Platform) -> None:
    media_id = photo(ada)
    first, second = (
        ada.ok("POST", "/2/tweets", attached(media_id))["data"]["id"] for _ in range(2)
    )
    platform.settle()
    assert stored(media_id)["tweet_ids"] == {first, second}
    assert "expires_at" not in stored(media_id)
    ada.ok("DELETE", f"/2/tweets/{first}")
    platform.settle()
    assert len(objects(media_id)) == 4
    assert included(ada, second)
    ada.ok("DELETE", f"/2/tweets/{second}")
    platform.settle()
    assert stored(media_id)["state"] == "removed"
    assert objects(media_id) == []
    assert ada.call("POST", "/2/tweets", attached(media_id)).status == 400


def test_what_a_protected_account_posts_has_signed_addresses(
    platform: Platform, ada: Person
) -> None:
    shy = platform.register()
    shy.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    media_id = photo(shy)
    tweet_id = shy.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    (shown,) = included(shy, tweet_id)
    path, _, query = shown["url"].removeprefix(settings().public_url).partition("?")
    assert path.startswith("/media/p/")
    expires, _, signature = query.removeprefix("e=").partition("&s=")
    assert media_urls.allowed(path, expires, signature)
    for wrong in (
        (path.replace("large", "small"), expires, signature),
        (path, str(int(expires) + 1), signature),
        (path, expires, signature[:-1]),
        (path, expires, ""),
        (path, "0", signature),
        (path, "9" * 12, signature),
        (path, "x", signature),
        (path.replace("/p/", "/./p/"), "", ""),
        (path.replace("/p/", "//p/"), "", ""),
        (path.replace("/p/", "/x/../p/"), "", ""),
        (path.replace("/p/", "/\\p/"), "", ""),
        (path.replace("/p/", "/p\n/"), "", ""),
    ):
        assert not media_urls.allowed(*wrong)
    assert ada.call("GET", f"/2/media/{shown['media_key']}").status == 404


def test_media_are_protected_from_the_moment_the_account_is(platform: Platform) -> None:
    shy = platform.register()
    known = profiles.card(shy.id)
    assert known is not None
    shy.ok("PATCH", "/1/accounts/me", {"protected": True})
    # Another process caches the card for a few seconds.
    profiles.CARDS.put(shy.id, known)
    assert stored(photo(shy))["prefix"].startswith(media_urls.PROTECTED)


def test_ready_media_are_announced_in_their_own_words(ada: Person) -> None:
    from chalicelib.tweets.publishing import media_events

    from shared.aws.streams import Change

    new = stored(photo(ada))
    (event,) = media_events(Change("1", {"id": new["id"]}, {**new, "state": "uploading"}, new))
    assert event.type == "media.ready"
    assert event.data["media_key"] == f"3_{new['id']}"
    assert not list(media_events(Change("2", {"id": new["id"]}, new, new)))


def test_what_was_listed_is_what_is_read(platform: Platform) -> None:
    """Segments that change between check and storage are refused."""
    from chalicelib.tweets.media import object_store

    from shared.base.errors import Problem

    object_store.put_segment("swapped", 0, b"checked!")
    upload = object_store.Upload("swapped", object_store.segments("swapped"))
    assert upload.read(0, 8) == b"checked!"
    object_store.put_segment("swapped", 0, b"swapped!")
    with pytest.raises(Problem) as refused:
        upload.read(0, 8)
    assert refused.value.status == 409
