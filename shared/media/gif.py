"""GIF files as blocks (GIF89a, appendix A), never decoded."""

from collections.abc import Iterator
from dataclasses import dataclass

_TRAILER, _IMAGE, _EXTENSION = 0x3B, 0x2C, 0x21
_CONTROL, _APPLICATION = 0xF9, 0xFF
# Application extensions that hold the number of repetitions.
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


class GifError(ValueError):
    """Bytes that are not a GIF."""


@dataclass(frozen=True)
class GifInfo:
    """Canvas in pixels and number of frames."""

    width: int
    height: int
    frames: int


@dataclass(frozen=True)
class _Block:
    start: int
    end: int
    frame: bool
    kept: bool


def walk(content: bytes) -> GifInfo:
    """Return canvas and frames of a GIF.

    A missing trailer is accepted, as in browsers.

    Raises:
        GifError: no GIF, no frame, a frame outside of the canvas, or truncated.
    """
    frames = sum(block.frame for block in _blocks(content))
    if not frames:
        raise GifError("it has no frame")
    return GifInfo(_number(content, 6), _number(content, 8), frames)


def strip(content: bytes) -> bytes:
    """Return the GIF with its frames only.

    Without comments, texts, other application data and appended bytes.

    Raises:
        GifError: as `walk`.
    """
    parts = [content[: _after_table(content, 10, 13)]]
    parts += [content[block.start : block.end] for block in _blocks(content) if block.kept]
    return b"".join([*parts, bytes([_TRAILER])])


def _blocks(content: bytes) -> Iterator[_Block]:
    if content[:6] not in (b"GIF87a", b"GIF89a"):
        raise GifError("it has no GIF header")
    width, height = _number(content, 6), _number(content, 8)
    at = _after_table(content, 10, 13)
    while at < len(content) and content[at] != _TRAILER:
        start = at
        if content[at] == _IMAGE:
            _inside(content, at + 1, width, height)
            # Behind the colour table comes the code size of LZW, one byte.
            at = _after_sub_blocks(content, _after_table(content, at + 9, at + 10) + 1)
            yield _Block(start, at, frame=True, kept=True)
        elif content[at] == _EXTENSION:
            label = _byte(content, at + 1)
            at = _after_sub_blocks(content, at + 2)
            loops = label == _APPLICATION and content[start + 3 : start + 14] in _LOOPS
            yield _Block(start, at, frame=False, kept=label == _CONTROL or loops)
        else:
            raise GifError("it has a block of an unknown kind")


def _inside(content: bytes, at: int, width: int, height: int) -> None:
    left, top, wide, high = (_number(content, at + step) for step in (0, 2, 4, 6))
    if not wide or not high or left + wide > width or top + high > height:
        raise GifError("a frame lies outside of the canvas")


def _byte(content: bytes, at: int) -> int:
    if at >= len(content):
        raise GifError("it is truncated")
    return content[at]


def _number(content: bytes, at: int) -> int:
    return _byte(content, at) | _byte(content, at + 1) << 8


def _after_table(content: bytes, flags_at: int, at: int) -> int:
    """Return the end of the colour table that the flags announce."""
    flags = _byte(content, flags_at)
    return at + (3 << (flags & 7) + 1) if flags & 0x80 else at


def _after_sub_blocks(content: bytes, at: int) -> int:
    while size := _byte(content, at):
        at += size + 1
    return at + 1
