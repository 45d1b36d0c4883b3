"""Boxes of ISO media files (ISO/IEC 14496-12), read at any offset."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Read = Callable[[int, int], bytes]

_MAX_BOXES = 4096
# A read of a box's head brings what follows: small boxes cost no further read.
_AHEAD = 8192


class VideoError(ValueError):
    """Bytes that are not an accepted video; the message is public."""


@dataclass(frozen=True)
class Box:
    """A box: its type, and offsets of its start, its body and its end."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(read: Read, start: int, end: int) -> Iterator[Box]:
    """Iterate over the boxes of a range.

    Raises:
        VideoError: truncated, broken or too many.
    """
    at, count = start, 0
    while at + 8 <= end:
        count += 1
        if count > _MAX_BOXES:
            raise VideoError("The video has too many boxes.")
        head = read(at, 16)
        if len(head) < 8:
            raise VideoError("The video is truncated.")
        length, kind = struct.unpack(">I4s", head[:8])
        body = at + 8
        if length == 1:
            if len(head) < 16:
                raise VideoError("The video is truncated.")
            length, body = struct.unpack(">Q", head[8:16])[0], at + 16
        elif length == 0:
            length = end - at
        if length < body - at or at + length > end:
            raise VideoError("The video is truncated or broken.")
        yield Box(kind, at, body, at + length)
        at += length


def within(content: bytes, box: Box) -> list[Box]:
    """Return the boxes within a box that is in memory.

    Raises:
        VideoError: as `boxes`.
    """
    return list(boxes(lambda at, n: content[at : at + n], box.body, box.end))


def read_ahead(read: Read) -> Read:
    """Return a reader that keeps the last 8 KB that it has read."""
    kept_at, kept = 0, b""

    def ahead(at: int, length: int) -> bytes:
        nonlocal kept_at, kept
        if length > _AHEAD:
            return read(at, length)
        if not (kept_at <= at and at + length <= kept_at + len(kept)):
            kept_at, kept = at, read(at, _AHEAD)
        return kept[at - kept_at : at - kept_at + length]

    return ahead
