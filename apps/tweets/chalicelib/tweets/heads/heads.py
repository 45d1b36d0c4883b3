"""Author heads: the newest tweets of an author as one small item, which followers pull.

A head is a set that merges: ids of living tweets and of deleted ones, the
newest of them, down to a *floor*. From the floor upwards it is complete;
what lies below is in the index by author. Changes may come twice or in any
order: deleted wins over living, and the floor only rises.

Packed: newest first, the distance to the id before and the kind in one
variable-length number (LEB128), and for a retweet the distance to its original.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.tweets.heads.delivery_rule import Mode

Item = dict[str, Any]

# With the item's other attributes below 1 KB: one write unit a tweet.
MAX_ENTRIES = 120
MAX_BYTES = 850
GONE = "gone"
_KINDS = ("tweet", "reply", "quote", "retweet", GONE)
_KIND_BITS = 3
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}


@dataclass(frozen=True)
class Line:
    """One id of a head: its kind and, for a retweet, the original."""

    position: int
    kind: str
    retweeted: int | None = None


@dataclass(frozen=True)
class Head:
    """See the module.

    Attributes:
        floor: every tweet of the author with this id or a higher one is in the head.
        modes: ``(first tweet id, mode)``, rising: from that tweet on the mode holds.
        version: grows with each change.
    """

    author_id: str
    packed: bytes = b""
    floor: int = 1
    modes: tuple[tuple[int, Mode], ...] = ()
    version: int = 0
    built: bool = field(default=True, compare=False)

    @property
    def mode(self) -> Mode:
        """The mode decided last; the newest tweets may still go the way before."""
        return self.modes[-1][1] if self.modes else "push"

    def mode_of(self, position: int) -> Mode:
        """How the tweet with an id goes to the followers."""
        # Modes alternate, so the oldest one kept tells the one before it.
        found: Mode = "pull" if self.modes and self.modes[0][1] == "push" else "push"
        for first, mode in self.modes:
            if first <= position:
                found = mode
        return found

    def lines(self) -> Iterator[Line]:
        """All ids, newest first, decoded one by one."""
        numbers = _numbers(self.packed)
        position = 0
        for number in numbers:
            distance = number >> _KIND_BITS
            position = position - distance if position else distance
            kind = _KINDS[number & (1 << _KIND_BITS) - 1]
            original = position - _unzigzag(next(numbers)) if kind == "retweet" else None
            yield Line(position, kind, original)

    def merged(self, lines: Iterable[Line]) -> "Head":
        """The head with more lines; itself when they change nothing."""
        known = {line.position: line for line in self.lines()}
        changed = False
        for line in lines:
            old = known.get(line.position)
            if line.position < self.floor or (old and (old.kind == GONE or line.kind != GONE)):
                continue
            known[line.position] = line
            changed = True
        if not changed:
            return self
        packed, dropped = pack(known.values())
        return replace(self, packed=packed, floor=max(self.floor, dropped + 1))

    @property
    def item(self) -> Item:
        """As stored and cached."""
        return {
            "author_id": self.author_id,
            "packed": self.packed,
            "floor": self.floor,
            "version": self.version,
            "modes": [{"first": first, "mode": mode} for first, mode in self.modes],
        }


def of_item(item: Mapping[str, Any]) -> Head:
    """The head in an item of the heads table; one that has only modes is not built yet."""
    return Head(
        author_id=item["author_id"],
        packed=item.get("packed", b""),
        floor=item.get("floor", 1),
        modes=tuple((one["first"], one["mode"]) for one in item.get("modes", ())),
        version=item.get("version", 0),
        built="floor" in item,
    )


def pack(lines: Iterable[Line]) -> tuple[bytes, int]:
    """The newest lines that fit, and the highest id left out (0: none)."""
    packed = bytearray()
    before = 0
    for count, line in enumerate(sorted(lines, key=lambda line: -line.position)):
        distance = before - line.position if before else line.position
        encoded = _varint(distance << _KIND_BITS | _NUMBERS[line.kind])
        if line.kind == "retweet":
            encoded += _varint(_zigzag(line.position - (line.retweeted or 0)))
        if count == MAX_ENTRIES or len(packed) + len(encoded) > MAX_BYTES:
            return bytes(packed), line.position
        packed += encoded
        before = line.position
    return bytes(packed), 0


def line_of(tweet: Mapping[str, Any]) -> Line:
    """The line of a stored tweet; without a position it is deleted, or an old version."""
    position = int(tweet["id"])
    if tweet.get("deleted") or tweet.get("position") is None:
        return Line(position, GONE)
    original = tweet.get("retweeted_tweet_id")
    return Line(position, tweet["kind"], int(original) if original else None)


def _numbers(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            yield number
            number = shift = 0


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _zigzag(number: int) -> int:
    # A retweet's id may be the lower one: clocks of two machines differ.
    return number << 1 if number >= 0 else (-number << 1) - 1


def _unzigzag(number: int) -> int:
    return -(number + 1 >> 1) if number & 1 else number >> 1
