"""Pictures of cards: our own copies, made smaller."""

from collections.abc import Callable
from typing import Any

import pytest
from chalicelib.crawler.cards.cards import Cards

from shared.aws import sdk
from shared.base.process import process
from shared.contracts.media_bucket import bucket
from tests.media_support import animated_gif, png
from tests.unit.crawler.test_card_pages import html, serve
from tests.unit.shared.fetch.fetch_support import Server, http

# A fixture, taken by its name.
__all__ = ["serve"]
PAGE = "<title>T</title><meta property=og:image content=/p.png>"
Serve = Callable[[Any], Server]


@pytest.fixture
def linked(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], dict[str, Any]]:
    """Return the card of a page whose picture is answered so."""
    monkeypatch.setenv("PRIVATE_FETCH", "1")
    monkeypatch.setenv("PUBLIC_URL", "https://rookery.example")
    process.restart()
    sdk.client("s3").create_bucket(Bucket=bucket())

    def read(picture: bytes) -> dict[str, Any]:
        server = serve(lambda request: picture if b"/p.png " in request else html(PAGE))
        return Cards()._card(server.url)

    return read


def stored() -> dict[str, dict[str, Any]]:
    s3 = sdk.client("s3")
    found = s3.list_objects_v2(Bucket=bucket()).get("Contents", [])
    return {one["Key"]: s3.head_object(Bucket=bucket(), Key=one["Key"]) for one in found}


@pytest.mark.parametrize(
    ("content", "kind", "size", "ending"),
    [
        (png((2400, 1200)), "image/png", (1200, 600), "png"),
        (png((30, 20)), "image/png", (30, 20), "png"),
        (animated_gif(), "image/gif", (30, 20), "png"),
    ],
)
def test_a_picture_is_kept_at_the_size_of_cards(
    linked: Any, content: bytes, kind: str, size: tuple[int, int], ending: str
) -> None:
    image = linked(http(content, content_type=kind))["image"]
    ((key, head),) = stored().items()
    assert image == {
        "url": f"https://rookery.example/{key}", "width": size[0], "height": size[1],
    }  # fmt: skip
    assert key.startswith("media/c/") and key.endswith(ending)
    assert (head["ContentType"], "immutable" in head["CacheControl"]) == ("image/png", True)


def test_the_same_picture_is_there_once(linked: Any) -> None:
    first, again = (linked(http(png(), content_type="image/png"))["image"] for _ in range(2))
    assert first == again
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        http(b"", "404 Not Found"),
        html("no picture"),
        http(b"<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml"),
        http(png()[:60], content_type="image/png"),
        http(b"", "302 Found", location="http://169.254.169.254/p.png"),
        http(b"\x89PNG\r\n\x1a\n" + bytes(5_000_001), content_type="image/png"),
    ],
)
def test_what_is_no_picture_leaves_a_card_without_one(linked: Any, answer: bytes) -> None:
    card = linked(answer)
    assert card["title"] == "T"
    assert card.get("image") is None
    assert stored() == {}


def test_a_site_that_forbids_its_picture_is_obeyed(serve: Serve, linked: Any) -> None:
    asked: list[bytes] = []

    class Forbidding:
        def rules(self, url: str, private: bool) -> Any:
            del private
            return type("Rules", (), {"allow": lambda _, page: not page.endswith(".png")})()

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return html(PAGE)

    server, cards = serve(answer), Cards()
    robots: Any = Forbidding()
    cards.robots = robots
    assert cards._card(server.url).get("image") is None
    assert [one.split()[1] for one in asked] == [b"/"]
