"""Untrusted pictures: recognised by content, bounded, encoded anew.

Pure functions on bytes. Results are encoded from pixels, so nothing hidden in
the file (EXIF with its position, comments, appended archives) survives. Pillow
is imported at the first picture, so that cold starts do not pay for it.
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
# 200 MB as RGBA, which fits a function of 1 GB; the largest phones take 48 million.
MAX_PIXELS = 50_000_000
MAX_SIDE = 16_383
# X's limits for GIFs: docs.x.com, "Media best practices".
MAX_FRAMES = 350
MAX_GIF_PIXELS = 300_000_000
# A colour profile such as Display P3 has 0.5 kB; anything larger holds other data.
_MAX_PROFILE = 4096
_QUALITY = 85


class ImageError(ValueError):
    """Bytes that are not an accepted picture; the message is public."""


class UnsupportedImageError(ImageError):
    """Not JPEG, PNG, WebP or GIF."""


class ImageTooLargeError(ImageError):
    """More pixels or frames than the limits."""


class AnimatedImageError(ImageError):
    """PNG or WebP of several frames, of which only the first would be shown."""


class BrokenImageError(ImageError):
    """Damaged or truncated picture."""


@dataclass(frozen=True)
class ImageInfo:
    """Data of the header; sizes in pixels with the orientation applied."""

    content_type: str
    width: int
    height: int
    frames: int

    @property
    def animated(self) -> bool:
        """True for a GIF of several frames; animated PNG and WebP are refused."""
        return self.content_type == GIF and self.frames > 1


@dataclass(frozen=True)
class Variant:
    """Size of a rendition: fitted into the box, or cropped to fill it.

    Pictures are never enlarged to fit.
    """

    name: str
    width: int
    height: int
    crop: bool = False


@dataclass(frozen=True)
class Rendered:
    """Rendition of a picture."""

    content: bytes
    content_type: str
    width: int
    height: int


def sniff(content: bytes) -> str | None:
    """Return the MIME type by the first bytes, ``None`` for other content."""
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
    """Read the header without decoding.

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
    """Return the picture, or its first frame, in some sizes, by name.

    JPEG, PNG and WebP keep their format; a GIF becomes a PNG.

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
        # the side leaves enough pixels for a later crop.
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
    """Return the GIF without comments, XMP and bytes after its end.

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
            f"The image has {width} x {height} pixels; the limit is {MAX_PIXELS} in total"
            f" and {MAX_SIDE} per side."
        )


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height of the first chunk (RFC 9649).

    Read before Pillow allocates memory.
    """
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
    """Open a picture whose header is within the limits.

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

    # The import registers it; otherwise Pillow would import every plugin.
    assert WebPImagePlugin

    try:
        with warnings.catch_warnings():
            # Our own limit is checked next; Pillow's would only warn.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=[_FORMATS[kind]])
    except Image.DecompressionBombError as error:
        raise ImageTooLargeError(f"The image has more than {MAX_PIXELS} pixels.") from error
    except Exception as error:
        # Decoders raise many kinds: OSError, SyntaxError, struct.error, …
        raise BrokenImageError("The image cannot be read.") from error
    _bounded(*image.size)
    if kind in (PNG, WEBP) and getattr(image, "n_frames", 1) > 1:
        raise AnimatedImageError(
            "Animated PNG and WebP images are not supported; use a GIF or a video."
        )
    return image


def _orientation(image: "Image") -> int:
    """Return EXIF's orientation, 1 to 8; a broken EXIF block means upright."""
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
    """Return the decoded picture, turned by its EXIF, ready to resize."""
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
            # 16 bits per pixel; Pillow's conversion would clip instead of scaling.
            image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        elif image.mode not in ("L", "RGB", "RGBA") or (transparent and image.mode != "RGBA"):
            image = image.convert("RGBA" if transparent else "RGB")
    except Exception as error:
        raise BrokenImageError("The image is truncated or damaged.") from error
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
    # A copy without the dictionary of comments and texts.
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
