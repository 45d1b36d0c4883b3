"""Addresses to which nothing is sent any more, by digest.

They outlive the account: an address that opted out stays so. A digest names nobody.
"""

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
_REMOVE = "DELETE FROM suppressions WHERE channel = :channel AND digest = :digest"


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
        """Lift a suppression, because the person proved the address anew."""
        self._run(_REMOVE, {"channel": channel, "digest": digest})


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
