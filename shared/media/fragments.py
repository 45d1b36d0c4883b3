"""Durations of fragmented videos (ISO/IEC 14496-12, section 8.8)."""

import struct

from shared.media.boxes import Box, boxes, within

# Flags of tfhd and trun, in the order of their fields.
_BASE_OFFSET, _DESCRIPTION, _DEFAULT_DURATION = 0x1, 0x2, 0x8
_DATA_OFFSET, _FIRST_FLAGS, _DURATIONS, _SIZES, _FLAGS, _OFFSETS = (
    *(0x1, 0x4, 0x100, 0x200, 0x400, 0x800),
)


def default_durations(content: bytes, mvex: Box) -> dict[int, int]:
    """Return the default duration of samples by track id (``trex``)."""
    found: dict[int, int] = {}
    for box in within(content, mvex):
        if box.kind == b"trex":
            track, _, duration = struct.unpack_from(">III", content, box.body + 4)
            found[track] = duration
    return found


def durations(moof: bytes, defaults: dict[int, int]) -> dict[int, int]:
    """Return the ticks that one ``moof`` adds to each track, by track id.

    Raises:
        VideoError, struct.error: it is broken.
    """
    found: dict[int, int] = {}
    whole = next(iter(boxes(lambda at, n: moof[at : at + n], 0, len(moof))))
    for traf in within(moof, whole):
        if traf.kind == b"traf":
            track, ticks = _of_track(moof, traf, defaults)
            found[track] = found.get(track, 0) + ticks
    return found


def _of_track(moof: bytes, traf: Box, defaults: dict[int, int]) -> tuple[int, int]:
    track = ticks = default = 0
    for box in within(moof, traf):
        if box.kind == b"tfhd":
            flags, track = struct.unpack_from(">II", moof, box.body)
            at = box.body + 8 + 8 * bool(flags & _BASE_OFFSET) + 4 * bool(flags & _DESCRIPTION)
            default = defaults.get(track, 0)
            if flags & _DEFAULT_DURATION:
                (default,) = struct.unpack_from(">I", moof, at)
        elif box.kind == b"trun":
            ticks += _of_run(moof, box, default)
    return track, ticks


def _of_run(moof: bytes, trun: Box, default: int) -> int:
    flags, count = struct.unpack_from(">II", moof, trun.body)
    if not flags & _DURATIONS:
        return int(count * default)
    at = trun.body + 8 + 4 * bool(flags & _DATA_OFFSET) + 4 * bool(flags & _FIRST_FLAGS)
    width = 4 * sum(bool(flags & one) for one in (_DURATIONS, _SIZES, _FLAGS, _OFFSETS))
    if at + count * width > trun.end:
        raise struct.error("the run is longer than its box")
    starts = range(at, at + count * width, width)
    return sum(int.from_bytes(moof[start : start + 4], "big") for start in starts)
