"""MP4 and QuickTime files as boxes (ISO/IEC 14496-12), never decoded.

Only headers are read, through a function that reads at any offset, so that a
video of half a gigabyte costs a few kilobytes of reading.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Read = Callable[[int, int], bytes]

# Codecs that all browsers play: H.264 and AAC.
VIDEO_CODECS = frozenset({"avc1", "avc3"})
AUDIO_CODECS = frozenset({"mp4a"})
_MAX_MOOV = 16 * 1024 * 1024
_MAX_BOXES = 4096
# Boxes for metadata of cameras, such as place and author.
_PRIVATE = frozenset({b"udta", b"meta", b"uuid"})


class VideoError(ValueError):
    """Bytes that are not an accepted video; the message is public."""


@dataclass(frozen=True)
class Track:
    """One track; handler such as ``vide``, codec such as ``avc1``."""

    handler: str
    codec: str
    width: int
    height: int


@dataclass(frozen=True)
class VideoInfo:
    """Data of the boxes.

    Attributes:
        private: byte ranges (start, end) of whole boxes with private metadata.
    """

    duration_ms: int
    width: int
    height: int
    video_codec: str
    audio_codec: str | None
    private: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


# Brands of pictures in the same boxes (HEIF, AVIF, Canon's raw files), which are not accepted.
_PICTURES = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"avif", b"avis", b"crx "}
)


def sniff(head: bytes) -> str | None:
    """Return the MIME type by the first box, ``None`` for other content."""
    if len(head) < 12 or head[4:8] != b"ftyp" or head[8:12] in _PICTURES:
        return None
    return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"


def probe(read: Read, size: int) -> VideoInfo:
    """Return duration, size and codecs of a video.

    Args:
        read: ``read(offset, length)`` returns these bytes, fewer at the end.
        size: bytes in the whole file.

    Raises:
        VideoError: not an MP4, broken, without a picture, or in an unsupported codec.
    """
    if sniff(read(0, 12)) is None:
        raise VideoError("The video must be an MP4.")
    moov, private = None, []
    for box in _boxes(read, 0, size):
        if box.kind == b"moov":
            moov = box
        elif box.kind in _PRIVATE:
            private.append((box.start, box.end))
    if moov is None:
        raise VideoError("The video has no index (moov); it may be incomplete.")
    if moov.end - moov.start > _MAX_MOOV:
        raise VideoError("The index of the video is too large.")
    content = read(moov.start, moov.end - moov.start)
    if len(content) < moov.end - moov.start:
        raise VideoError("The video is truncated.")
    try:
        found = _movie(content)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise VideoError("The index of the video is broken.") from error
    duration_ms, tracks, inner = found
    private += [(moov.start + start, moov.start + end) for start, end in inner]
    return _judged(duration_ms, tracks, tuple(private))


def _judged(
    duration_ms: int, tracks: list[Track], private: tuple[tuple[int, int], ...]
) -> VideoInfo:
    pictures = [track for track in tracks if track.handler == "vide"]
    sounds = [track for track in tracks if track.handler == "soun"]
    if not pictures:
        raise VideoError("The video has no picture.")
    for track, known in [(t, VIDEO_CODECS) for t in pictures] + [(t, AUDIO_CODECS) for t in sounds]:
        if track.codec not in known:
            raise VideoError(f"The codec [{track.codec}] is not supported; use H.264 and AAC.")
    shown = pictures[0]
    if not shown.width or not shown.height:
        raise VideoError("The video has no pixels.")
    audio = sounds[0].codec if sounds else None
    return VideoInfo(duration_ms, shown.width, shown.height, shown.codec, audio, private)


def _boxes(read: Read, start: int, end: int) -> Iterator[_Box]:
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
        yield _Box(kind, at, body, at + length)
        at += length


def _inside(content: bytes, box: _Box) -> list[_Box]:
    """Return the boxes within a box of the index, which is in memory."""
    return list(_boxes(lambda at, n: content[at : at + n], box.body, box.end))


def _movie(content: bytes) -> tuple[int, list[Track], list[tuple[int, int]]]:
    whole = next(iter(_boxes(lambda at, n: content[at : at + n], 0, len(content))))
    duration_ms = 0
    tracks: list[Track] = []
    private: list[tuple[int, int]] = []
    for box in _inside(content, whole):
        if box.kind == b"mvhd":
            duration_ms = _duration(content, box.body)
        elif box.kind == b"trak":
            tracks.append(_track(content, box, private))
        elif box.kind in _PRIVATE:
            private.append((box.start, box.end))
    return duration_ms, tracks, private


def _duration(content: bytes, at: int) -> int:
    if content[at] == 1:
        scale, length = struct.unpack_from(">IQ", content, at + 20)
    else:
        scale, length = struct.unpack_from(">II", content, at + 12)
    if not scale:
        raise VideoError("The index of the video is broken.")
    return int(length * 1000 // scale)


def _track(content: bytes, trak: _Box, private: list[tuple[int, int]]) -> Track:
    width = height = 0
    handler = codec = ""
    for box in _inside(content, trak):
        if box.kind == b"tkhd":
            # The last eight bytes: width and height, 16.16 fixed point.
            width, height = (
                value >> 16 for value in struct.unpack_from(">II", content, box.end - 8)
            )
        elif box.kind == b"mdia":
            handler, codec = _media(content, box)
        elif box.kind in _PRIVATE:
            private.append((box.start, box.end))
    return Track(handler, codec, width, height)


def _media(content: bytes, mdia: _Box) -> tuple[str, str]:
    handler = codec = ""
    for box in _inside(content, mdia):
        if box.kind == b"hdlr":
            handler = content[box.body + 8 : box.body + 12].decode("ascii")
        elif box.kind == b"minf":
            for part in _inside(content, box):
                if part.kind == b"stbl":
                    codec = _codec(content, part)
    return handler, codec


def _codec(content: bytes, stbl: _Box) -> str:
    for box in _inside(content, stbl):
        if box.kind == b"stsd":
            # Version, flags and count come before the first entry, whose type is the codec.
            return content[box.body + 12 : box.body + 16].decode("ascii")
    return ""
