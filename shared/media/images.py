"""Pictures from strangers: recognised by content, bounded before decoding, made anew.

Pure functions on bytes. What comes out was drawn from pixels, so nothing that
was hidden in the file (EXIF with its position, comments, appended archives)
goes on. Pillow is imported at the first picture: it would be a part of every
cold start.
"""

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.media import gif

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
_FORMATS = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
EXTENSIONS = {JPEG: "jpg", PNG: "png", GIF: "gif", WEBP: "webp"}
# 200 MB as RGBA, which a function of 1 GB bears; the largest phones take 48 million.
MAX_PIXELS = 50_000_000
MAX_SIDE = 16_383
# X's limits for GIFs: docs.x.com, "Media best practices".
MAX_FRAMES = 350
MAX_GIF_PIXELS = 300_000_000
# A profile says which colours the numbers mean (that of Display P3 has 0.5 kB); more than
# this is no longer about colours.
_MAX_PROFILE = 4096
_QUALITY = 85


class ImageError(ValueError):
    """The bytes are no picture that we take; the message may be shown to anybody."""


class UnsupportedImageError(ImageError):
    """Not JPEG, PNG, WebP or GIF."""


class ImageTooLargeError(ImageError):
    """More pixels or frames than we decode."""


class BrokenImageError(ImageError):
    """Begins like a picture and is none."""


@dataclass(frozen=True)
class ImageInfo:
    """What the header says: ``width`` and ``height`` as shown, in pixels, orientation applied."""

    content_type: str
    width: int
    height: int
    frames: int

    @property
    def animated(self) -> bool:
        """A GIF with more than one frame; animated WebP and PNG are taken as stills."""
        return self.content_type == GIF and self.frames > 1


@dataclass(frozen=True)
class Variant:
    """A size to make: fitted into the box and never enlarged, or cropped to fill it exactly."""

    name: str
    width: int
    height: int
    crop: bool = False


@dataclass(frozen=True)
class Rendered:
    """A picture that we made."""

    content: bytes
    content_type: str
    width: int
    height: int


def sniff(content: bytes) -> str | None:
    """The MIME type by the first bytes, ``None`` when it is no picture that we take."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return None


def inspect(content: bytes) -> ImageInfo:
    """Read the header, decode nothing.

    Raises:
        ImageError: unsupported, too large or broken.
    """
    kind = sniff(content)
    if kind == GIF:
        return _inspect_gif(content)
    image = _open(content)
    width, height = image.size
    if _orientation(image) >= 5:
        width, height = height, width
    return ImageInfo(kind or "", width, height, 1)


def render(content: bytes, variants: Iterable[Variant]) -> dict[str, Rendered]:
    """The picture (of an animation the first frame) in the sizes asked for, by name.

    JPEG, PNG and WebP stay what they are; a GIF becomes a PNG.

    Raises:
        ImageError: unsupported, too large or broken.
    """
    kind = sniff(content)
    if kind == GIF:
        _inspect_gif(content)
    wanted = sorted(variants, key=lambda one: one.width * one.height, reverse=True)
    image = _open(content)
    profile = _profile(image)
    if kind == JPEG and wanted:
        # The decoder itself can halve, which saves most of the work for a small target. Twice
        # the side, so that what is cropped later still has enough.
        side = 2 * max(max(one.width, one.height) for one in wanted)
        image.draft(image.mode, (side, side))
    image = _upright(image)
    if image.mode not in ("L", "RGB", "RGBA"):
        raise BrokenImageError("The image has colours that cannot be shown.")
    made: dict[str, Rendered] = {}
    for variant in wanted:
        sized = _sized(image, variant)
        made[variant.name] = _encoded(sized, PNG if kind == GIF else kind or PNG, profile)
    return made


def strip_gif(content: bytes) -> bytes:
    """The same GIF, frame for frame, without comments, XMP and whatever follows its end.

    Raises:
        ImageError: not a GIF, too large or broken.
    """
    _inspect_gif(content)
    return gif.strip(content)


def _inspect_gif(content: bytes) -> ImageInfo:
    try:
        found = gif.walk(content)
    except gif.GifError as error:
        raise BrokenImageError(f"The GIF is broken: {error}.") from error
    _bounded(found.width, found.height)
    if found.frames > MAX_FRAMES:
        raise ImageTooLargeError(f"The GIF has more than {MAX_FRAMES} frames.")
    if found.frames * found.width * found.height > MAX_GIF_PIXELS:
        raise ImageTooLargeError("The GIF has more than 300 million pixels in all frames.")
    return ImageInfo(GIF, found.width, found.height, found.frames)


def _bounded(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise BrokenImageError("The image has no pixels.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise ImageTooLargeError(
            f"The image has {width} x {height} pixels; {MAX_PIXELS} in all and {MAX_SIDE} a side"
            " are the limit."
        )


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height out of the first chunk (RFC 9649); Pillow would make room for them first."""
    kind, data = content[12:16], content[20:30]
    if len(data) < 10:
        raise BrokenImageError("The WebP image is too short.")
    if kind == b"VP8X":
        width, height = data[4:7] + b"\0", data[7:10] + b"\0"
        return 1 + int.from_bytes(width, "little"), 1 + int.from_bytes(height, "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        found = struct.unpack_from("<HH", data, 6)
        return found[0] & 0x3FFF, found[1] & 0x3FFF
    raise BrokenImageError("The WebP image has no pixels.")


def _open(content: bytes) -> "Image":
    """A picture whose header was read and found within the limits.

    Raises:
        ImageError: unsupported, too large or broken.
    """
    kind = sniff(content)
    if kind is None:
        raise UnsupportedImageError("The image must be a JPEG, PNG, WebP or GIF.")
    if kind == WEBP:
        _bounded(*_webp_size(content))
    import warnings

    from PIL import Image, WebPImagePlugin

    # Registered when it is imported; without it Pillow would try every plugin that there is.
    assert WebPImagePlugin

    try:
        with warnings.catch_warnings():
            # Our own limit is checked next; theirs would only warn.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=[_FORMATS[kind]])
    except Image.DecompressionBombError as error:
        raise ImageTooLargeError(f"The image has more than {MAX_PIXELS} pixels.") from error
    except Exception as error:
        # The decoders raise whatever they stumble over: OSError, SyntaxError, struct.error, …
        raise BrokenImageError("The image cannot be read.") from error
    _bounded(*image.size)
    return image


def _orientation(image: "Image") -> int:
    """EXIF's orientation, 1 to 8; a broken EXIF block means upright."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _profile(image: "Image") -> bytes | None:
    found = image.info.get("icc_profile")
    right = isinstance(found, bytes) and len(found) <= _MAX_PROFILE and found[36:40] == b"acsp"
    return found if right and image.mode in ("RGB", "RGBA", "P") else None


def _upright(image: "Image") -> "Image":
    """The decoded picture, turned as its EXIF says, in a mode that can be resized."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(_orientation(image))
    try:
        image.load()
        transparent = image.has_transparency_data
        if image.mode.startswith("I"):
            # 16 bits a pixel; Pillow's conversion would cut instead of scaling.
            image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        elif image.mode not in ("L", "RGB", "RGBA") or (transparent and image.mode != "RGBA"):
            image = image.convert("RGBA" if transparent else "RGB")
    except Exception as error:
        raise BrokenImageError("The image breaks off or is damaged.") from error
    return image.transpose(turn) if turn is not None else image


def _sized(image: "Image", variant: Variant) -> "Image":
    from PIL.Image import Resampling

    width, height = image.size
    if variant.crop:
        scale = min(width / variant.width, height / variant.height)
        wide, high = variant.width * scale, variant.height * scale
        left, top = (width - wide) / 2, (height - high) / 2
        box = (left, top, left + wide, top + high)
        target = (variant.width, variant.height)
        return image.resize(target, Resampling.LANCZOS, box=box, reducing_gap=3.0)
    scale = min(variant.width / width, variant.height / height, 1.0)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    if target == image.size:
        return image
    return image.resize(target, Resampling.LANCZOS, reducing_gap=3.0)


def _encoded(image: "Image", kind: str, profile: bytes | None) -> Rendered:
    out = io.BytesIO()
    extra = {"icc_profile": profile} if profile and image.mode != "L" else {}
    # A copy without the dictionary in which formats keep comments and text.
    plain = image.copy()
    plain.info = {}
    if kind == JPEG:
        plain = plain.convert("RGB") if plain.mode == "RGBA" else plain
        plain.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True, **extra)
    elif kind == WEBP:
        plain.save(out, "WEBP", quality=_QUALITY, method=4, **extra)
    else:
        plain.save(out, "PNG", **extra)
    return Rendered(out.getvalue(), kind, *image.size)
