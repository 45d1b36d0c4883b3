"""Ring of what was counted into an item lately, kept in the item itself.

Counting is then one conditional update (1 write unit) instead of a transaction with a
marker item (4): the update adds the amounts and the digests of what it counts, provided
that nobody counted since the item was read. What comes again finds its digest and adds
nothing.

A digest stays until its record can no longer come again. Where the digests that must stay
leave no room (a hot counter), the writer falls back to a transaction: the counter together
with a proof of its own (a marker item, an inbox entry). Such a transaction does not change
the ring; it raises ``marks``, and readers of the ring look at the proofs too.

Attributes of the item: ``seen`` (the ring), ``marks`` (number of fallbacks) and
``marked_at`` (Unix seconds of the last one).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.aws.table import Values
from shared.base.clock import now_seconds
from shared.base.process import process

# Longer than a stream keeps a record (24 h): after that no record can come again.
STREAM_SECONDS = 25 * 3600
# Of messages and of markers. Redelivery ends in the dead-letter queue within the hour.
MESSAGE_SECONDS = 48 * 3600
# Two digests of a full ring are equal once in 3e12 records.
DIGEST_SIZE = 6
_HOUR = 3600
_HOUR_SIZE = 3
_ENTRY = _HOUR_SIZE + DIGEST_SIZE


@dataclass(frozen=True)
class RingLimits:
    """Bounds of a ring.

    Attributes:
        entries: digests of one ring. With them a counter item stays below a kilobyte, so
            that writing it takes one unit.
    """

    entries: int = 80


def digest(record: str) -> bytes:
    """Return the digest that a ring keeps of a record's or event's id."""
    return hashlib.sha256(record.encode()).digest()[:DIGEST_SIZE]


@dataclass(frozen=True)
class Ring:
    """Ring of an item as it was read.

    Attributes:
        entries: hour (Unix hours) at which each digest may be forgotten, by digest.
        marks: fallbacks so far, ``None`` if there was none.
        marked_at: Unix seconds of the last fallback.
    """

    stored: bytes | None
    entries: Mapping[bytes, int]
    marks: int | None
    marked_at: int

    @classmethod
    def of(cls, item: Mapping[str, Any] | None) -> "Ring":
        """Return the ring of an item; of no item, an empty one."""
        item = item or {}
        stored: bytes | None = item.get("seen")
        found = {}
        for at in range(0, len(stored or b""), _ENTRY):
            entry = (stored or b"")[at : at + _ENTRY]
            found[entry[_HOUR_SIZE:]] = int.from_bytes(entry[:_HOUR_SIZE])
        return cls(stored, found, item.get("marks"), item.get("marked_at", 0))

    def __contains__(self, record: bytes) -> bool:
        return record in self.entries

    @property
    def marked(self) -> bool:
        """True if a fallback's proof may concern a record that comes again."""
        return self.marks is not None and now_seconds() < self.marked_at + MESSAGE_SECONDS

    def with_digests(self, records: Iterable[bytes], seconds: int) -> bytes | None:
        """Return the ring with more digests, ``None`` if it has no room for them.

        Args:
            seconds: time within which these records may come again.
        """
        now = now_seconds()
        kept = {one: hour for one, hour in self.entries.items() if hour * _HOUR > now}
        kept |= dict.fromkeys(records, (now + seconds) // _HOUR + 1)
        if len(kept) > process.limits(RingLimits).entries:
            return None
        return b"".join(hour.to_bytes(_HOUR_SIZE) + one for one, hour in kept.items())

    def unchanged(self, *, marks: bool = True) -> tuple[str, Values]:
        """Return the condition that nobody counted since, and its values.

        Args:
            marks: false lets fallbacks pass; a writer that is one itself, and that only
                adds amounts, needs no more.
        """
        terms = [("seen", self.stored), *([("marks", self.marks)] if marks else [])]
        condition = " AND ".join(
            f"attribute_not_exists(#{name})" if value is None else f"#{name} = :{name}_read"
            for name, value in terms
        )
        return condition, {f"{name}_read": value for name, value in terms}
