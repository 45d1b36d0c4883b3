"""MP4 and QuickTime files as boxes (ISO/IEC 14496-12), never decoded.

Only headers are read, through a function that reads at any offset, so that a
video of half a gigabyte costs a few kilobytes of reading.
"""

import struct
from dataclasses import dataclass, field, replace

from shared.media import fragments, h264
from shared.media.boxes import Box, Read, VideoError, boxes, read_ahead, within

# Codecs that all browsers play: H.264 and AAC.
VIDEO_CODECS = frozenset({"avc1", "avc3"})
AUDIO_CODECS = frozenset({"mp4a"})
_MAX_MOOV = 16 * 1024 * 1024
# Of a visual sample entry: its own fields, before the boxes in it.
_VISUAL_FIELDS = 78
# Boxes for metadata of cameras, such as place and author.
_PRIVATE = frozenset({b"udta", b"meta", b"uuid"})


@dataclass(frozen=True)
class Track:
    """One track.

    Attributes:
        handler: such as ``vide``.
        codecs: of its sample entries, such as ``avc1``; samples may change between them.
        width / height: as shown, turned by the display matrix.
        refusal: why browsers do not play it.
        scale: ticks per second of its samples.
    """

    number: int = 0
    handler: str = ""
    codecs: tuple[str, ...] = ()
    width: int = 0
    height: int = 0
    refusal: str | None = None
    scale: int = 0


@dataclass(frozen=True)
class _Movie:
    """Data of the index; durations of fragments are added later."""

    duration_ms: int = 0
    tracks: list[Track] = field(default_factory=list)
    private: list[tuple[int, int]] = field(default_factory=list)
    defaults: dict[int, int] | None = None


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
    read = read_ahead(read)
    moov, private, fragmented = None, [], []
    room = _MAX_MOOV
    for box in boxes(read, 0, size):
        if box.kind == b"moov":
            moov = box
        elif box.kind == b"moof":
            fragmented.append(_content(read, box, room))
            room -= len(fragmented[-1])
        elif box.kind in _PRIVATE:
            private.append((box.start, box.end))
    if moov is None:
        raise VideoError("The video has no index (moov); it may be incomplete.")
    content = _content(read, moov, _MAX_MOOV)
    try:
        movie = _movie(content)
        duration_ms = movie.duration_ms or _fragments_ms(fragmented, movie)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise VideoError("The index of the video is broken.") from error
    private += [(moov.start + start, moov.start + end) for start, end in movie.private]
    return _judged(duration_ms, movie.tracks, tuple(private))


def _content(read: Read, box: Box, limit: int) -> bytes:
    length = box.end - box.start
    if length > limit:
        raise VideoError("The index of the video is too large.")
    content = read(box.start, length)
    if len(content) < length:
        raise VideoError("The video is truncated.")
    return content


def _fragments_ms(fragmented: list[bytes], movie: _Movie) -> int:
    """Return the length of the longest track's fragments."""
    totals: dict[int, int] = {}
    for moof in fragmented:
        for number, ticks in fragments.durations(moof, movie.defaults or {}).items():
            totals[number] = totals.get(number, 0) + ticks
    scales = {track.number: track.scale for track in movie.tracks if track.scale}
    return max((totals.get(one, 0) * 1000 // scale for one, scale in scales.items()), default=0)


def _judged(
    duration_ms: int, tracks: list[Track], private: tuple[tuple[int, int], ...]
) -> VideoInfo:
    pictures = [track for track in tracks if track.handler == "vide"]
    sounds = [track for track in tracks if track.handler == "soun"]
    if not pictures:
        raise VideoError("The video has no picture.")
    for track, known in [(t, VIDEO_CODECS) for t in pictures] + [(t, AUDIO_CODECS) for t in sounds]:
        for codec in track.codecs or ("",):
            if codec not in known:
                raise VideoError(f"The codec [{codec}] is not supported; use H.264 and AAC.")
        if track.refusal is not None:
            raise VideoError(
                f"H.264 with {track.refusal} is not supported; use 8-bit 4:2:0 colour."
            )
    shown = pictures[0]
    if not shown.width or not shown.height:
        raise VideoError("The video has no pixels.")
    audio = sounds[0].codecs[0] if sounds else None
    return VideoInfo(duration_ms, shown.width, shown.height, shown.codecs[0], audio, private)


def _movie(content: bytes) -> _Movie:
    whole = next(iter(boxes(lambda at, n: content[at : at + n], 0, len(content))))
    movie = _Movie()
    for box in within(content, whole):
        if box.kind == b"mvhd":
            scale, length = _times(content, box)
            movie = replace(movie, duration_ms=length * 1000 // scale)
        elif box.kind == b"mvex":
            movie = replace(movie, defaults=fragments.default_durations(content, box))
        elif box.kind == b"trak":
            movie.tracks.append(_track(content, box, movie.private))
        elif box.kind in _PRIVATE:
            movie.private.append((box.start, box.end))
    return movie


def _times(content: bytes, box: Box) -> tuple[int, int]:
    """Return ticks per second and length in ticks, of ``mvhd`` or ``mdhd``."""
    if content[box.body] == 1:
        scale, length = struct.unpack_from(">IQ", content, box.body + 20)
        unknown = 0xFFFFFFFFFFFFFFFF
    else:
        scale, length = struct.unpack_from(">II", content, box.body + 12)
        unknown = 0xFFFFFFFF
    if not scale:
        raise VideoError("The index of the video is broken.")
    return scale, 0 if length == unknown else length


def _track(content: bytes, trak: Box, private: list[tuple[int, int]]) -> Track:
    track = Track()
    for box in within(content, trak):
        if box.kind == b"tkhd":
            number = 20 if content[box.body] == 1 else 12
            (track_id,) = struct.unpack_from(">I", content, box.body + number)
            width, height = _shown_size(content, box)
            track = replace(track, number=track_id, width=width, height=height)
        elif box.kind == b"mdia":
            track = _media(content, box, track)
        elif box.kind in _PRIVATE:
            private.append((box.start, box.end))
    return track


def _shown_size(content: bytes, tkhd: Box) -> tuple[int, int]:
    """Return width and height as shown.

    Phones store upright pictures lying down, with a quarter turn.

    The last 44 bytes are the display matrix (a b u c d v x y w) and the size, 16.16 fixed
    point; a quarter turn has its numbers at b and c.
    """
    a, b, _, c, d, *_, width, height = struct.unpack_from(">9i2I", content, tkhd.end - 44)
    turned = abs(b) > abs(a) and abs(c) > abs(d)
    width, height = width >> 16, height >> 16
    return (height, width) if turned else (width, height)


def _media(content: bytes, mdia: Box, track: Track) -> Track:
    for box in within(content, mdia):
        if box.kind == b"mdhd":
            track = replace(track, scale=_times(content, box)[0])
        elif box.kind == b"hdlr":
            handler = content[box.body + 8 : box.body + 12].decode("ascii")
            track = replace(track, handler=handler)
        elif box.kind == b"minf":
            for part in within(content, box):
                if part.kind == b"stbl":
                    codecs, refusal = _codecs(content, part)
                    refusal = track.refusal or refusal
                    track = replace(track, codecs=track.codecs + codecs, refusal=refusal)
    return track


def _codecs(content: bytes, stbl: Box) -> tuple[tuple[str, ...], str | None]:
    """Return the codecs of all sample entries, and why one is not played."""
    read = lambda at, n: content[at : at + n]  # noqa: E731
    codecs, refusal = [], None
    for box in within(content, stbl):
        if box.kind == b"stsd":
            # Version, flags and count come before the first entry, whose type is the codec.
            for entry in boxes(read, box.body + 8, box.end):
                codecs.append(entry.kind.decode("ascii"))
                if codecs[-1] in VIDEO_CODECS:
                    refusal = refusal or _refusal(content, entry)
    return tuple(codecs), refusal


def _refusal(content: bytes, entry: Box) -> str | None:
    """Return why browsers do not play the H.264 of a sample entry."""
    read = lambda at, n: content[at : at + n]  # noqa: E731
    for box in boxes(read, entry.body + _VISUAL_FIELDS, entry.end):
        if box.kind == b"avcC":
            return h264.unplayable(content[box.body : box.end])
    # Also avc3, whose parameter sets are in its samples, must have one (ISO/IEC 14496-15, 5.4.2).
    return "unknown parameters"
