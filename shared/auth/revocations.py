"""Tokens that are refused before they expire, learned by one small query per process."""

import threading
from collections.abc import Iterable
from typing import Any

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms, now_seconds
from shared.base.config import settings

REFRESH_MS = 30_000
# A revocation is written just after its timestamp is taken and clocks differ: look back a little.
OVERLAP_MS = 10_000
# Revocations outlive the longest access token they can concern (two hours).
MEMORY_MS = 3 * 3600 * 1000
# Those of deleted developer apps and of app-only bearers are kept for good: a bearer lasts
# for years.
LASTING = "clients"
# Nobody who is suspended or has left writes anything new: what is older than this is by
# somebody whose card says so, without a note.
HIDDEN_LAST_MS = 31 * 24 * 3600 * 1000
# Notes that hide an account, each with the one that ends it.
_HIDING = {"suspended": "restored", "left": "returned"}


class Revocations:
    """Sessions, users and developer apps whose tokens are refused before they expire.

    Items of the users domain's ``revocations`` table: hash ``list``, range
    ``at`` = ``<ms>#<subject>``; subject is ``session:<id>``, or ``user:<id>``,
    ``client:<id>`` or ``app:<client id>`` (every token issued until that
    moment; the last: app-only bearers), ``roles:<id>`` (every JWT issued until
    then: it names other roles), ``suspended:<id>`` and ``restored:<id>``,
    ``left:<id>`` and ``returned:<id>`` (the later of the two holds). The list
    ``revoked`` forgets in hours and is read on every thirty seconds; the list
    ``clients`` is lasting and read once: what is added later is in both.
    Suspensions and departures stay in it for `HIDDEN_LAST_MS`, suspensions of
    developers for good.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revoked: dict[str, int] = {}
        self._read_until = 0
        self._next_refresh = 0

    def cover(
        self,
        session_id: str,
        user_id: str | None,
        client_id: str,
        issued_ms: int,
        owner_id: str | None = None,
    ) -> bool:
        """Whether a token has been revoked (known within 30 s).

        Args:
            issued_ms: Unix milliseconds of the token.
            owner_id: whose app it is, for an app-only token.
        """
        self._refresh()
        if f"session:{session_id}" in self._revoked or self._is("suspended", user_id or owner_id):
            return True
        holder = f"user:{user_id}" if user_id else f"app:{client_id}"
        subjects = (holder, f"client:{client_id}")
        return any(issued_ms <= self._revoked.get(subject, -1) for subject in subjects)

    def hidden(self, user_ids: Iterable[str]) -> set[str]:
        """Who of these was suspended or left lately, and is not back (known within 30 s).

        Lately: within `HIDDEN_LAST_MS`; whoever asks about older things asks the card.
        """
        self._refresh()
        return {one for one in user_ids if self._is("suspended", one) or self._is("left", one)}

    def newer(self, subject: str, issued_ms: int) -> bool:
        """Whether a subject was noted at a moment or after; `cover` has just refreshed."""
        return issued_ms <= self._revoked.get(subject, -1)

    def _is(self, word: str, user_id: str | None) -> bool:
        at = self._revoked.get(f"{word}:{user_id}", -1)
        return at > self._revoked.get(f"{_HIDING[word]}:{user_id}", -1)

    def reset(self) -> None:
        """Forget everything (tests that change the stack call this)."""
        self._revoked.clear()
        self._read_until = self._next_refresh = 0

    def note(self, subject: str, at_ms: int) -> None:
        """Remember a revocation that this very process made."""
        self._revoked[subject] = max(at_ms, self._revoked.get(subject, 0))

    def _refresh(self) -> None:
        now = now_ms()
        if now < self._next_refresh:
            return
        with self._lock:
            if now < self._next_refresh:
                return
            since = max(self._read_until - OVERLAP_MS, now - MEMORY_MS)
            found = read_revocations(since)
            if not self._read_until:
                found += read_revocations(0, LASTING)
            for subject, at in found:
                self.note(subject, at)
            self._read_until = now
            self._next_refresh = now + REFRESH_MS


def revocations_table() -> str:
    """Name of the table that only the users domain writes."""
    return settings().name("users", "revocations")


def read_revocations(since_ms: int, name: str = "revoked") -> list[tuple[str, int]]:
    """Revocations of a list that are newer than a moment, as (subject, Unix ms).

    Not those that have expired: DynamoDB deletes them in days and in any order, and a
    suspension must not outlive its end.
    """
    found: list[tuple[str, int]] = []
    query: dict[str, Any] = {
        "TableName": revocations_table(),
        "KeyConditionExpression": "#list = :list AND #at > :since",
        "ExpressionAttributeNames": {"#list": "list", "#at": "at"},
        "ExpressionAttributeValues": {
            ":list": {"S": name},
            ":since": {"S": f"{since_ms:013d}"},
        },
    }
    while True:
        answer = sdk.client("dynamodb").query(**query)
        for raw in answer["Items"]:
            if "expires_at" in raw and dynamo.decode(raw["expires_at"]) <= now_seconds():
                continue
            at, _, subject = dynamo.decode(raw["at"]).partition("#")
            found.append((subject, int(at)))
        if "LastEvaluatedKey" not in answer:
            return found
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


revocations = Revocations()
