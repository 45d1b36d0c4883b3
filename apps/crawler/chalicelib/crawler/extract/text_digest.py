"""Digest and simhash of a page, for changes and near duplicates.

The simhash has 64 bits (Charikar, as Manku et al. used it for the web): texts that share
most of their words differ in few bits. Each word's bits stand as 64 counters of 16 bits
in one large integer, so that words add up without a loop over bits.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

_BITS, _LANE = 64, 16
# A counter of 16 bits holds this many words.
_MAX_WORDS = 30_000
_MAX_WORD_CHARS = 100


def words_of(pieces: Iterable[str]) -> list[str]:
    """Return the words of a text, as they stand between spaces."""
    return " ".join(pieces).split()


def digest(words: list[str]) -> str:
    """Return 128 bits of a text in hex; spaces do not count."""
    return hashlib.blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=16).hexdigest()


def of_body(body: bytes) -> str:
    """Return 128 bits of a body in hex, for pages whose text nobody asked for."""
    return hashlib.sha256(body).hexdigest()[:32]


def simhash(words: list[str]) -> str | None:
    """Return 64 bits in hex for similar texts; ``None`` without words."""
    counted = Counter(word.lower()[:_MAX_WORD_CHARS] for word in words[:_MAX_WORDS])
    if not counted:
        return None
    total, half = 0, sum(counted.values())
    for word, count in counted.items():
        total += _lanes(word) * count
    found = 0
    for bit in range(_BITS):
        if 2 * ((total >> bit * _LANE) & 0xFFFF) > half:
            found |= 1 << bit
    return f"{found:016x}"


def distance(one: str, other: str) -> int:
    """Return the number of different bits; near duplicates have at most 3."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


@lru_cache(maxsize=50_000)
def _lanes(word: str) -> int:
    """Bits of a word's hash, each in a counter of its own."""
    number = int.from_bytes(
        hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
    )
    lanes = 0
    while number:
        low = number & -number
        lanes |= 1 << (low.bit_length() - 1) * _LANE
        number ^= low
    return lanes
