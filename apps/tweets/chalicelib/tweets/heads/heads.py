"""Author heads: an author's newest tweets in one item, to be pulled.

A head is a set that merges: the newest ids of living tweets and of deleted ones,
down to a *floor*. From the floor upwards it is complete; older tweets are in the
index by author. Changes may come twice or in any order: deleted wins over living,
and the floor only rises.

Packed: newest first, the distance to the id before and the kind in one
variable-length number (LEB128), and for a retweet the distance to its original.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.tweets.heads.delivery_rule import Mode

from shared.aws.dynamo import Item
from shared.base.process import process

GONE = "gone"
_KINDS = ("tweet", "reply", "quote", "retweet", GONE)
_KIND_BITS = 3
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
# In this order: their numbers are stored.
_MODE_NAMES: tuple[Mode, ...] = ("push", "pull", "frequent")
_MODES = 4


@dataclass(frozen=True)
class HeadLimits:
    """Size of a head.

    Attributes:
        entries: tweets; also as many as a new head reads from the index.
        size: packed bytes. With the item's other attributes below 1 KB: one write unit per tweet.
        unbuilt: missing heads that a page looks for in the index. Authors who tweet already have a
            stored head; the rest are almost always empty.
    """

    entries: int = 120
    size: int = 850
    unbuilt: int = 80


@dataclass(frozen=True)
class Line:
    """One tweet of a head; ``retweeted`` is the original of a retweet."""

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
        audience: what the review knows of the followers (`timelines.audience`).
        built: false for a head that is not stored, or stored with nothing but modes.
    """

    author_id: str
    packed: bytes = b""
    floor: int = 1
    modes: tuple[tuple[int, Mode], ...] = ()
    version: int = 0
    built: bool = field(default=True, compare=False)
    audience: bytes = field(default=b"", compare=False)

    @property
    def mode(self) -> Mode:
        """The mode decided last; the newest tweets may still go the way before."""
        return self.modes[-1][1] if self.modes else "push"

    def mode_of(self, position: int) -> Mode:
        """Return the mode in which the tweet with an id goes to followers.

        A tweet from before all modes that are kept is pushed: for readers to whom it need not be,
        that changes nothing.
        """
        found: Mode = "push"
        for first, mode in self.modes:
            if first <= position:
                found = mode
        return found

    def lines(self) -> Iterator[Line]:
        """Yield all lines, newest first, decoded one by one."""
        numbers = _numbers(self.packed)
        position = 0
        for number in numbers:
            distance = number >> _KIND_BITS
            position = position - distance if position else distance
            kind = _KINDS[number & (1 << _KIND_BITS) - 1]
            original = position - _unzigzag(next(numbers)) if kind == "retweet" else None
            yield Line(position, kind, original)

    def with_lines(self, lines: Iterable[Line]) -> "Head":
        """Return the head with more lines; itself when they change nothing."""
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
        """The head as it is stored and cached."""
        return {
            "author_id": self.author_id,
            "packed": self.packed,
            "floor": self.floor,
            "version": self.version,
            "modes": pack_modes(self.modes),
        }


def of_item(item: Mapping[str, Any]) -> Head:
    """Return the head in an item; with modes alone it is not built yet."""
    return Head(
        author_id=item["author_id"],
        packed=item.get("packed", b""),
        floor=item.get("floor", 1),
        modes=tuple((one // _MODES, _MODE_NAMES[one % _MODES]) for one in item.get("modes", ())),
        version=item.get("version", 0),
        built="floor" in item,
        audience=item.get("audience", b""),
    )


def pack_modes(modes: Iterable[tuple[int, Mode]]) -> list[int]:
    """Return modes as stored: one number each, a third of a map's size."""
    return [first * _MODES + _MODE_NAMES.index(mode) for first, mode in modes]


def pack(lines: Iterable[Line]) -> tuple[bytes, int]:
    """Return the newest lines that fit, and the highest id left out.

    Returns:
        packed lines; 0 for the id if all fit.
    """
    limits = process.limits(HeadLimits)
    packed = bytearray()
    before = 0
    for count, line in enumerate(sorted(lines, key=lambda line: -line.position)):
        distance = before - line.position if before else line.position
        encoded = _varint(distance << _KIND_BITS | _NUMBERS[line.kind])
        if line.kind == "retweet":
            encoded += _varint(_zigzag(line.position - (line.retweeted or 0)))
        if count == limits.entries or len(packed) + len(encoded) > limits.size:
            return bytes(packed), line.position
        packed += encoded
        before = line.position
    return bytes(packed), 0


def line_of(tweet: Mapping[str, Any]) -> Line:
    """Return the line of a stored tweet.

    Without a position the tweet is deleted or an old version.
    """
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
