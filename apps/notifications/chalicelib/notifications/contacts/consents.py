"""Consents to channels, with time and source; withdrawals are entries too."""

from dataclasses import dataclass

from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.sql import Engine

from shared.base.clock import now_ms
from shared.base.process import process

_ADD = """
INSERT INTO consents (user_id, channel, at, granted, source)
VALUES (:user_id, :channel, :now, :granted, :source)
ON CONFLICT (user_id, channel, at) DO NOTHING
"""
_OF = """
SELECT channel, at, granted, source FROM consents WHERE user_id = :user_id
ORDER BY at DESC, channel LIMIT :most
"""
_FORGET = "DELETE FROM consents WHERE user_id = :user_id AND at <= :until"
# Of an export; each takes a person's own action.
MOST = 1_000


@dataclass(frozen=True)
class Consent:
    """One consent or withdrawal.

    Attributes:
        at: Unix ms.
        source: how it came about, such as ``phone_code`` or ``sms_stop``.
    """

    channel: str
    at: int
    granted: bool
    source: str


class Consents:
    """Consents behind an engine."""

    def __init__(self, engine: Engine) -> None:
        self._run = engine.run

    def add(
        self,
        user_id: str,
        channel: str,
        source: str,
        *,
        granted: bool = True,
        at: int | None = None,
    ) -> None:
        """Record a consent, or a withdrawal, unless the last entry says the same.

        Args:
            at: Unix ms, now if ``None``.
        """
        last = self.newest(user_id, channel)
        if last is not None and (last.granted, last.source) == (granted, source):
            return
        values = {"user_id": user_id, "channel": channel, "source": source}
        at = now_ms() if at is None else at
        self._run(_ADD, {**values, "now": at, "granted": int(granted)})

    def newest(self, user_id: str, channel: str) -> Consent | None:
        """Return the last entry of a channel, or ``None``."""
        return next((one for one in self.of(user_id) if one.channel == channel), None)

    def of(self, user_id: str) -> list[Consent]:
        """Return a user's consents, newest first."""
        rows = self._run(_OF, {"user_id": user_id, "most": MOST})
        return [Consent(row[0], int(row[1]), bool(row[2]), row[3]) for row in rows]

    def forget(self, user_id: str, until: int = 2**63 - 1) -> None:
        """Erase a user's consents up to a moment (Unix ms)."""
        self._run(_FORGET, {"user_id": user_id, "until": until})


@process.lazy
def store() -> Consents:
    """Return the process's consents, in the database of its contacts."""
    return Consents(directory.database())
