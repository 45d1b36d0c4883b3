"""Tokens that are refused before they expire.

One small query per process learns of them.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts.revocations import LASTING, MEMORY_MS, read_revocations

# A revocation is written just after its timestamp is taken and clocks differ: read again
# this far back.
OVERLAP_MS = 10_000
# Subjects that hide an account, each with the one that ends it.
_HIDING = {"suspended": "restored", "left": "returned"}


@dataclass(frozen=True)
class RevocationLimits:
    """Limits of `Revocations`.

    Attributes:
        read_ms: a request that reads learns of revocations after so long at most.
        write_ms: the same for a request that writes.
    """

    read_ms: int = 10_000
    write_ms: int = 1_000


class Revocations:
    """Revocations that this process knows; see `shared.contracts.revocations`.

    The list ``revoked`` is read again when a request finds it older than its kind of
    request may (`RevocationLimits`), the list of lasting ones once: additions to it also
    stand in ``revoked``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revoked: dict[str, int] = {}
        self._read_until = 0

    def cover(
        self,
        session_id: str,
        user_id: str | None,
        client_id: str,
        issued_ms: int,
        owner_id: str | None = None,
        *,
        writes: bool = False,
    ) -> bool:
        """Return true if a token has been revoked.

        Calls: none, or one Query where the list is too old for the request.

        Args:
            issued_ms: Unix milliseconds of the token.
            owner_id: the app's owner, for an app-only token.
            writes: the request changes something: know within a second, not ten.
        """
        self._refresh(writes=writes)
        if f"session:{session_id}" in self._revoked or self._is("suspended", user_id or owner_id):
            return True
        holder = f"user:{user_id}" if user_id else f"app:{client_id}"
        subjects = (holder, f"client:{client_id}")
        return any(issued_ms <= self._revoked.get(subject, -1) for subject in subjects)

    def hidden(self, user_ids: Iterable[str]) -> set[str]:
        """Return the users who were recently suspended or left and are not back.

        Known within 10 s. Recently means within `HIDDEN_LAST_MS`; for older things the
        user's card tells.
        """
        self._refresh()
        return {one for one in user_ids if self._is("suspended", one) or self._is("left", one)}

    def newer(self, subject: str, issued_ms: int) -> bool:
        """Return true if a subject was revoked at a moment or later.

        Does not read; call it after `cover`.
        """
        return issued_ms <= self._revoked.get(subject, -1)

    def _is(self, word: str, user_id: str | None) -> bool:
        at = self._revoked.get(f"{word}:{user_id}", -1)
        return at > self._revoked.get(f"{_HIDING[word]}:{user_id}", -1)

    def forget(self) -> None:
        """Forget everything; the next question reads again."""
        self._revoked.clear()
        self._read_until = 0

    def note(self, subject: str, at_ms: int) -> None:
        """Remember a revocation that this process made."""
        self._revoked[subject] = max(at_ms, self._revoked.get(subject, 0))

    def _refresh(self, *, writes: bool = False) -> None:
        limits = process.limits(RevocationLimits)
        oldest = now_ms() - (limits.write_ms if writes else limits.read_ms)
        if self._read_until > oldest:
            return
        with self._lock:
            now = now_ms()
            if self._read_until > oldest:
                return
            since = max(self._read_until - OVERLAP_MS, now - MEMORY_MS)
            found = read_revocations(since)
            if not self._read_until:
                found += read_revocations(0, LASTING)
            for subject, at in found:
                self.note(subject, at)
            self._read_until = now


revocations = Revocations()
process.on_reset(revocations.forget)
