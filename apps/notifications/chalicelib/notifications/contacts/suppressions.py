"""Addresses to which nothing is sent any more, by digest.

They outlive the account: an address that opted out stays so. A digest names nobody.
"""

from dataclasses import dataclass

from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.sql import Engine

from shared.base.clock import now_ms
from shared.base.process import process

_FIND = "SELECT reason, at FROM suppressions WHERE channel = :channel AND digest = :digest"
_ADD = """
INSERT INTO suppressions (channel, digest, reason, at)
VALUES (:channel, :digest, :reason, :now)
ON CONFLICT (channel, digest) DO NOTHING
"""
_PAGE = """
SELECT digest, reason, at FROM suppressions WHERE channel = :channel AND digest > :after
ORDER BY digest LIMIT :limit
"""
_REMOVE = "DELETE FROM suppressions WHERE channel = :channel AND digest = :digest"
_REMOVE_OLDER = f"{_REMOVE} AND at < :before"


@dataclass(frozen=True)
class Suppression:
    """A suppressed address.

    Attributes:
        digest: of the address, as the ledger's targets have it.
        reason: the ledger's word.
        at: Unix ms.
    """

    digest: str
    reason: str
    at: int


class Suppressions:
    """Suppressed addresses behind an engine."""

    def __init__(self, engine: Engine) -> None:
        self._run = engine.run

    def reason(self, channel: str, digest: str) -> str | None:
        """Return the ledger's word for an address's suppression, or ``None``."""
        rows = self._run(_FIND, {"channel": channel, "digest": digest})
        return str(rows[0][0]) if rows else None

    def entry(self, channel: str, digest: str) -> tuple[str, int] | None:
        """Return reason and time (Unix ms) of a suppression, or ``None``."""
        rows = self._run(_FIND, {"channel": channel, "digest": digest})
        return (str(rows[0][0]), int(rows[0][1])) if rows else None

    def add(self, channel: str, digest: str, reason: str) -> None:
        """Suppress an address; the first reason stays."""
        values = {"channel": channel, "digest": digest, "reason": reason, "now": now_ms()}
        self._run(_ADD, values)

    def remove(self, channel: str, digest: str) -> None:
        """Lift a suppression."""
        self._run(_REMOVE, {"channel": channel, "digest": digest})

    def lift(self, channel: str, digest: str, before: int) -> bool:
        """Lift a suppression from before a moment (Unix ms); True if one was.

        For proofs of an address: one that arrives late lifts nothing newer.
        """
        found = self.entry(channel, digest)
        if found is None or found[1] >= before:
            return False
        self._run(_REMOVE_OLDER, {"channel": channel, "digest": digest, "before": before})
        return True

    def page(self, channel: str, after: str, limit: int) -> list[Suppression]:
        """Return suppressions of a channel by digest, those after one."""
        rows = self._run(_PAGE, {"channel": channel, "after": after, "limit": limit})
        return [Suppression(str(row[0]), str(row[1]), int(row[2])) for row in rows]


@process.lazy
def store() -> Suppressions:
    """Return the process's suppressions, in the database of its contacts."""
    return Suppressions(directory.database())


def is_suppressed(kind: str, digest: str) -> bool:
    """Return True if nothing may be sent to an address, by its digest."""
    return store().reason(kind, digest) is not None


def add(kind: str, digest: str, reason: str) -> None:
    """Suppress an address in a channel."""
    store().add(kind, digest, reason)
