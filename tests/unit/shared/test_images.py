"""Pictures from strangers: recognised, bounded, made anew."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shared.media import gif, images, posters
from shared.media.images import GIF, JPEG, PNG, WEBP, Variant
from tests.media_support import animated

SIZES = [Variant("thumb", 150, 150, crop=True), Variant("small", 680, 680)]


def picture(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode in ("RGB", "RGBA", "P") else 0).save(out, kind, **how)
    return out.getvalue()


def animation(frames: int = 3, size: tuple[int, int] = (30, 20), **how: Any) -> bytes:
    out = io.BytesIO()
    drawn = [Image.new("RGB", size, (60 * one % 256, one, 0)) for one in range(frames)]
    drawn[0].save(out, "GIF", save_all=True, append_images=drawn[1:], loop=0, duration=50, **how)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


EVERY = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}


@pytest.mark.parametrize(("kind", "name"), EVERY.items())
def test_the_type_is_read_from_the_content(kind: str, name: str) -> None:
    content = picture(name)
    assert images.sniff(content) == kind
    assert images.inspect(content) == images.ImageInfo(kind, 40, 20, 1)
    made = images.render(content, SIZES)
    assert {name: (one.width, one.height) for name, one in made.items()} == {
        "thumb": (150, 150),
        "small": (40, 20),
    }
    for one in made.values():
        assert one.content_type == (PNG if kind == GIF else kind)
        assert images.sniff(one.content) == one.content_type
        assert opened(one.content).size == (one.width, one.height)


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"BM" + b"\0" * 60, b"\0\0\0\x18ftypmp42", b"%PDF-1.7"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(images.UnsupportedImageError):
        images.inspect(content)


def test_metadata_goes_and_orientation_stays() -> None:
    source = Image.new("RGB", (40, 20), "blue")
    source.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "home of the photographer"
    out = io.BytesIO()
    source.save(out, "PNG", exif=exif)
    assert b"photographer" in out.getvalue()
    info = images.inspect(out.getvalue())
    assert (info.width, info.height) == (20, 40)
    made = images.render(out.getvalue(), [Variant("large", 4096, 4096)])["large"]
    assert b"photographer" not in made.content
    assert not opened(made.content).getexif()
    # Turned by 90 degrees clockwise: what was top left is top right.
    assert opened(made.content).getpixel((19, 0)) == (255, 0, 0)


@pytest.mark.parametrize(("name", "how"), [
    ("JPEG", {"comment": b"secret place"}),
    ("WEBP", {"xmp": b"<x>secret place</x>"}),
    ("PNG", {"pnginfo": "text"}),
    ("GIF", {"comment": b"secret place"}),
])  # fmt: skip
def test_comments_go(name: str, how: dict[str, Any]) -> None:
    if "pnginfo" in how:
        from PIL.PngImagePlugin import PngInfo

        how["pnginfo"] = PngInfo()
        how["pnginfo"].add_text("Comment", "secret place")
    content = picture(name, **how) + b"PK\x03\x04 secret place"
    assert b"secret place" in content
    for one in images.render(content, SIZES).values():
        assert b"secret place" not in one.content


def test_a_colour_profile_stays_when_it_is_one() -> None:
    profile = b"\0" * 36 + b"acsp" + b"\0" * 500
    made = images.render(picture("JPEG", icc_profile=profile), SIZES)["small"]
    assert opened(made.content).info["icc_profile"] == profile
    for wrong in (b"\0" * 36 + b"text" + b"\0" * 90, profile + b"\0" * 9000):
        made = images.render(picture("JPEG", icc_profile=wrong), SIZES)["small"]
        assert "icc_profile" not in opened(made.content).info


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "I;16"])
def test_every_mode_of_png_can_be_shown(mode: str) -> None:
    for one in images.render(picture("PNG", mode=mode), SIZES).values():
        assert opened(one.content).mode in {"L", "RGB", "RGBA"}


def test_cmyk_becomes_rgb() -> None:
    made = images.render(picture("JPEG", mode="CMYK"), SIZES)
    assert opened(made["small"].content).mode == "RGB"


def test_a_crop_takes_the_middle() -> None:
    source = Image.new("RGB", (300, 100), "red")
    source.paste("blue", (100, 0, 200, 100))
    out = io.BytesIO()
    source.save(out, "PNG")
    made = images.render(out.getvalue(), [Variant("thumb", 50, 50, crop=True)])["thumb"]
    colours = opened(made.content).convert("RGB").getcolors()
    assert colours is not None
    assert max(colours)[1] == (0, 0, 255)


def _png(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _webp(chunk: bytes, data: bytes) -> bytes:
    body = b"WEBP" + chunk + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "content",
    [
        _png(60_000, 60_000, zlib.compress(b"\0" * 1_000_000)),
        _png(16_000, 16_000),
        _webp(b"VP8X", b"\0\0\0\0" + b"\xff\xff\xff" * 2),
        _webp(b"VP8L", b"\x2f\xff\xff\xff\x0f" + b"\0" * 8),
        _webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f"),
        animation(images.MAX_FRAMES + 1, (2, 2)),
        b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + b"\0\0\0"
        b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x01\0\0\x3b",
    ],
    ids=["png-bomb", "png", "vp8x", "vp8l", "vp8", "gif-frames", "gif-canvas"],
)
def test_bombs_are_refused_by_their_header(content: bytes) -> None:
    for reads in (images.inspect, lambda given: images.render(given, SIZES)):
        with pytest.raises(images.ImageTooLargeError):
            reads(content)


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_animations_that_would_stand_still_are_refused(name: str) -> None:
    for reads in (images.inspect, lambda given: images.render(given, SIZES)):
        with pytest.raises(images.AnimatedImageError, match="use a GIF or a video"):
            reads(animated(name))
        # One frame is a still, whatever the file calls it.
        reads(animated(name, 1))


def test_a_drawn_poster_has_the_shape_of_its_video() -> None:
    for size, shown in (((320, 180), (320, 180)), ((1080, 1920), (675, 1200)), ((9, 9), (64, 64))):
        made = posters.drawn(*size)
        assert (made.width, made.height) == opened(made.content).size == shown
        assert made == posters.drawn(*size)
        colours = opened(made.content).getcolors(1 << 20)
        assert colours is not None
        assert len(colours) > 2


def test_an_animation_keeps_its_frames_and_loses_the_rest() -> None:
    content = animation(comment=b"secret place") + b"<script>"
    info = images.inspect(content)
    assert (info.animated, info.frames, info.width, info.height) == (True, 3, 30, 20)
    made = images.strip_gif(content)
    assert b"secret place" not in made
    assert b"<script>" not in made
    assert b"NETSCAPE2.0" in made
    before, after = opened(content), opened(made)
    for frame in range(3):
        before.seek(frame)
        after.seek(frame)
        assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


@pytest.mark.parametrize(("kind", "name"), EVERY.items())
def test_what_breaks_off_is_refused_or_drawn(kind: str, name: str) -> None:
    content = picture(name, (200, 100))
    for length in range(0, len(content) - 1, max(1, len(content) // 40)):
        for reads in (images.inspect, lambda given: images.render(given, SIZES)):
            try:
                reads(content[:length])
            except images.ImageError:
                continue


DAMAGES = st.lists(st.tuples(st.integers(0), st.binary(max_size=4)), min_size=1, max_size=6)


@settings(max_examples=150)
@given(st.sampled_from(sorted(EVERY.values())), DAMAGES)
def test_damage_anywhere_is_an_image_error_or_a_picture(
    name: str, damages: list[tuple[int, bytes]]
) -> None:
    content = bytearray(animation(2, (9, 7)) if name == "GIF" else picture(name, (9, 7)))
    for at, patch in damages:
        where = at % len(content)
        content[where : where + len(patch)] = patch
    try:
        made = images.render(bytes(content), SIZES)
    except images.ImageError:
        return
    for one in made.values():
        assert opened(one.content).size == (one.width, one.height)


@given(st.binary(max_size=300))
def test_the_gif_walker_ends_on_any_bytes(rest: bytes) -> None:
    content = b"GIF89a\x04\0\x04\0\0\0\0" + rest
    try:
        found = gif.walk(content)
    except gif.GifError:
        return
    assert gif.walk(gif.strip(content)) == found
