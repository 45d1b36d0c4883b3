"""H.264 parameters: kinds that browsers do not play.

ITU-T H.264, section 7.3.2.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# Profiles whose parameter sets state chroma format and bit depth.
_HIGH = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
# Profiles that no browser must decode, should the parameter set be elsewhere.
_PROFILES = {110: "10-bit colour", 122: "4:2:2 or 10-bit colour", 244: "4:4:4 colour"}
_CHROMA = {2: "4:2:2 colour", 3: "4:4:4 colour"}
_MAX_SPS = 1024


@dataclass(frozen=True)
class Parameters:
    """Profile, chroma format (1 is 4:2:0) and bits per sample."""

    profile: int
    chroma: int
    bits: int


def unplayable(avcc: bytes) -> str | None:
    """Return why browsers do not play a video, in words; ``None`` if they do.

    Args:
        avcc: body of the ``avcC`` box (ISO/IEC 14496-15, 5.3.3.1).

    Raises:
        IndexError: it is cut off.
    """
    sets = [parameters(one) for one in _sets(avcc)]
    if not sets:
        return _PROFILES.get(avcc[1])
    for found in sets:
        if found.chroma in _CHROMA:
            return _CHROMA[found.chroma]
        if found.bits > 8:
            return f"{found.bits}-bit colour"
    return None


def parameters(sps: bytes) -> Parameters:
    """Read a sequence parameter set, with its NAL header.

    Raises:
        IndexError: it is cut off.
    """
    # 00 00 03 stands for 00 00 within a NAL unit.
    payload = sps[:_MAX_SPS].replace(b"\0\0\3", b"\0\0")
    profile = payload[1]
    if profile not in _HIGH:
        return Parameters(profile, 1, 8)
    bits = _Bits(payload[4:])
    bits.number()
    chroma = bits.number()
    if chroma == 3:
        bits.bit()
    luma, colour = bits.number(), bits.number()
    return Parameters(profile, chroma, 8 + max(luma, colour))


def _sets(avcc: bytes) -> Iterator[bytes]:
    """Sequence parameter sets, of which samples may name any."""
    at = 6
    for _ in range(avcc[5] & 0x1F):
        length = int.from_bytes(avcc[at : at + 2], "big")
        yield avcc[at + 2 : at + 2 + length]
        at += 2 + length


class _Bits:
    """Bits of a parameter set, and its Exp-Golomb numbers (9.1)."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def bit(self) -> int:
        byte = self._content[self._at >> 3]
        self._at += 1
        return byte >> (7 - ((self._at - 1) & 7)) & 1

    def number(self) -> int:
        zeros = 0
        while not self.bit():
            zeros += 1
        value = 1
        for _ in range(zeros):
            value = value << 1 | self.bit()
        return value - 1
