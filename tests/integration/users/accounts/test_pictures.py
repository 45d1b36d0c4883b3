"""Profile images and banners: uploads, their rendered sizes, and refusals."""

import base64
import io
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from PIL import Image

from shared.aws import sdk
from shared.base.config import settings
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration

IMAGE, BANNER = "/1/accounts/me/profile_image", "/1/accounts/me/profile_banner"


def photo(width: int = 600, height: int = 400) -> bytes:
    """JPEG whose metadata holds a position."""
    image, out = Image.new("RGB", (width, height), (200, 30, 30)), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "at home"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def bucket() -> str:
    return settings().bucket("tweets", "media")


def stored(prefix: str) -> dict[str, bytes]:
    s3 = sdk.client("s3")
    found = s3.list_objects_v2(Bucket=bucket(), Prefix=prefix).get("Contents", ())
    return {
        one["Key"]: s3.get_object(Bucket=bucket(), Key=one["Key"])["Body"].read() for one in found
    }


def upload(person: Person, content: bytes) -> str:
    made: dict[str, Any] = person.ok("POST", "/1/accounts/me/picture_uploads", {})["data"]
    sent = requests.post(
        made["url"], data=made["fields"], files={"file": ("x.jpg", content)}, timeout=20
    )
    assert sent.ok, sent.text
    upload_id: str = made["id"]
    return upload_id


def own(person: Person) -> str:
    return f"media/u/{person.id}/"


def test_pictures_are_made_anew_in_all_sizes(platform: Platform) -> None:
    person = platform.register()
    upload_id = upload(person, photo())
    url = person.ok("PUT", IMAGE, {"upload_id": upload_id})["data"]["profile_image_url"]
    assert url.startswith(f"{settings().public_url}/{own(person)}")
    assert url.endswith("_normal.jpg")
    sizes = {}
    for key, content in stored(own(person)).items():
        assert b"at home" not in content
        sizes[key.rpartition("_")[2]] = Image.open(io.BytesIO(content)).size
    assert sizes == {
        "400x400.jpg": (400, 400), "200x200.jpg": (200, 200), "bigger.jpg": (73, 73),
        "normal.jpg": (48, 48), "mini.jpg": (24, 24),
    }  # fmt: skip
    shown = person.ok("GET", "/2/users/me?user.fields=profile_image_url")["data"]
    assert shown["profile_image_url"] == url
    # Done is done, and the upload is gone; another picture takes the place of this one.
    assert person.call("PUT", IMAGE, {"upload_id": upload_id}).status == 404
    body = {"upload_id": upload(person, photo())}
    later = person.ok("PUT", IMAGE, body)["data"]["profile_image_url"]
    assert later != url
    assert len(stored(own(person))) == 5
    person.ok("DELETE", IMAGE)
    assert stored(own(person)) == {}
    assert "profile_image_url" not in person.ok("DELETE", IMAGE)["data"]


def test_a_banner_has_the_sizes_that_clients_append(platform: Platform) -> None:
    person = platform.register()
    body = {"upload_id": upload(person, photo(1800, 900))}
    url = person.ok("PUT", BANNER, body)["data"]["profile_banner_url"]
    found = stored(own(person))
    stem = url.removeprefix(f"{settings().public_url}/")
    assert set(found) == {stem, *(f"{stem}/{n}" for n in ("1500x500", "600x200", "300x100"))}
    assert Image.open(io.BytesIO(found[f"{stem}/600x200"])).size == (600, 200)


def test_what_is_no_picture_is_refused(platform: Platform) -> None:
    person, other = platform.register(), platform.register()
    bomb = photo()[:30]
    for content in (b"<svg onload=alert(1)>", b"%PDF-1.7", bomb, b"GIF89a"):
        body = {"upload_id": upload(person, content)}
        assert person.call("PUT", IMAGE, body).status == 400
    foreign = {"upload_id": upload(other, photo())}
    assert person.call("PUT", IMAGE, foreign).status == 404
    for strange in ("../../x", "x" * 22):
        assert person.call("PUT", IMAGE, {"upload_id": strange}).status == 404
    assert stored(own(person)) == {}


def form(person: Person, path: str, values: dict[str, str]) -> Answer:
    kind = "application/x-www-form-urlencoded"
    return person.call("POST", path, urlencode(values).encode(), content_type=kind)


def test_the_requests_of_api_1_1(platform: Platform) -> None:
    person = platform.register()
    path = "/1.1/account/update_profile_image.json"
    encoded = base64.b64encode(photo()).decode()
    assert form(person, path, {"image": encoded}).json()["id_str"] == person.id
    request = requests.Request("POST", "http://x", files={"banner": ("b.jpg", photo())}).prepare()
    assert isinstance(request.body, bytes)
    answer = person.call(
        "POST", "/1.1/account/update_profile_banner.json", request.body,
        content_type=str(request.headers["Content-Type"]),
    )  # fmt: skip
    assert (answer.status, answer.body) == (201, b"")
    assert len(stored(own(person))) == 9
    assert form(person, path, {"image": "no picture!"}).status == 400
    assert form(person, path, {}).status == 400
    assert person.call("POST", "/1.1/account/remove_profile_banner.json").status == 200
    assert len(stored(own(person))) == 5
