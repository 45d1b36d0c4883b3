"""Phone numbers of users: verified, and waiting for a code."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.notifications.contacts import directory, numbers
from chalicelib.notifications.contacts.sql import Engine

from shared.base.clock import now_ms
from shared.base.process import process

# Codes that may be tried for one that was sent.
ATTEMPTS = 5
# Users in one statement.
_TOGETHER = 100

_FIND = """
SELECT phone, verified_at, pending, reference, attempts, expires_at
FROM phones WHERE user_id = :user_id
"""
_VERIFIED = "SELECT user_id FROM phones WHERE phone IS NOT NULL AND user_id IN"
_AWAIT = """
INSERT INTO phones (user_id, pending, reference, expires_at)
VALUES (:user_id, :phone, :reference, :until)
ON CONFLICT (user_id) DO UPDATE SET
    pending = excluded.pending,
    reference = excluded.reference,
    attempts = 0,
    expires_at = excluded.expires_at
"""
# Counted before the code is compared, so that attempts at once do not escape the count.
_ATTEMPT = """
UPDATE phones SET attempts = attempts + 1
WHERE user_id = :user_id AND pending = :phone AND attempts < :most AND expires_at > :now
RETURNING reference
"""
_VERIFY = """
UPDATE phones SET phone = pending, verified_at = :now, pending = NULL, reference = NULL
WHERE user_id = :user_id AND pending = :phone AND reference = :reference
RETURNING phone
"""
_REMOVE = "DELETE FROM phones WHERE user_id = :user_id"


@dataclass(frozen=True)
class Phone:
    """A user's numbers in E.164.

    Attributes:
        number: the verified one.
        verified_at: Unix ms.
        pending: one to which a code was sent.
        reference: from which that code follows.
    """

    number: str | None
    verified_at: int | None
    pending: str | None
    reference: str | None


class Phones:
    """Numbers behind an engine."""

    def __init__(self, engine: Engine) -> None:
        self._run = engine.run

    def find(self, user_id: str) -> Phone | None:
        """Return a user's numbers, or ``None``."""
        rows = self._run(_FIND, {"user_id": user_id})
        return Phone(*rows[0][:4]) if rows else None

    def verified_among(self, user_ids: Sequence[str]) -> set[str]:
        """Return users with a verified number (1 statement per hundred)."""
        found: set[str] = set()
        for start in range(0, len(user_ids), _TOGETHER):
            some = user_ids[start : start + _TOGETHER]
            values = {f"id{number}": one for number, one in enumerate(some)}
            places = ", ".join(f":{name}" for name in values)
            found |= {str(row[0]) for row in self._run(f"{_VERIFIED} ({places})", values)}
        return found

    def set_pending(self, user_id: str, number: str, reference: str, until: int) -> None:
        """Let a number wait for its code until a moment (Unix ms)."""
        values = {"user_id": user_id, "phone": number, "reference": reference, "until": until}
        self._run(_AWAIT, values)

    def attempt(self, user_id: str, number: str) -> str | None:
        """Count an attempt at a code; return its reference.

        ``None`` if no code for the number is valid: unknown, expired, or tried too often.
        """
        values = {"user_id": user_id, "phone": number, "most": ATTEMPTS, "now": now_ms()}
        rows = self._run(_ATTEMPT, values)
        return str(rows[0][0]) if rows else None

    def verify(self, user_id: str, number: str, reference: str) -> bool:
        """Make the waiting number the user's; False if another one waits now."""
        before = self._number(user_id)
        numbers.add(self._run, number, user_id)
        values = {"user_id": user_id, "phone": number, "reference": reference, "now": now_ms()}
        proved = bool(self._run(_VERIFY, values))
        for one in {before, number} - {self._number(user_id), None}:
            numbers.remove(self._run, str(one), user_id)
        return proved

    def remove(self, user_id: str) -> None:
        """Remove a user's numbers.

        Their row leads to the holder's, so it goes last.
        """
        held = self._number(user_id)
        if held:
            numbers.remove(self._run, held, user_id)
        self._run(_REMOVE, {"user_id": user_id})

    def _number(self, user_id: str) -> str | None:
        found = self.find(user_id)
        return found.number if found else None


@process.lazy
def store() -> Phones:
    """Return the process's numbers, in the database of its contacts."""
    return Phones(directory.database())
