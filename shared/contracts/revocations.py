"""Revocations of tokens, and accounts that are hidden.

Owner: users, the only writer. Table ``revocations``: hash ``list``, range ``at`` =
``<Unix ms>#<subject>``, optional ``expires_at`` (Unix seconds).

Subjects:

- ``session:<id>``: all tokens of a session.
- ``user:<id>``, ``client:<id>``, ``app:<client id>``: all tokens issued until that moment
  (``app``: app-only bearers).
- ``roles:<id>``: JWTs issued until that moment, which name other roles.
- ``suspended:<id>`` and ``restored:<id>``, ``left:<id>`` and ``returned:<id>``: the later
  of the two holds.

Promise: items of the list ``revoked`` stay for at least `MEMORY_MS`; those of the list
`LASTING` stay as long as what they concern, and each of them also stands in ``revoked``.
"""

from typing import Any

from shared.aws.table import Table
from shared.base.clock import now_seconds
from shared.base.config import settings

# Revocations outlive the longest access token they can concern (two hours).
MEMORY_MS = 3 * 3600 * 1000
REVOKED = "revoked"
# Revocations of deleted developer apps and of app-only bearers stay for good: a bearer lasts
# for years. So do suspensions of developers.
LASTING = "clients"
# Suspensions and departures stay this long. Whoever is hidden writes nothing new, so older
# things are hidden by the author's card, without a revocation.
HIDDEN_LAST_MS = 31 * 24 * 3600 * 1000

_TABLE: Table[Any] = Table(settings().name("users", "revocations"), "list", "at")


def read_revocations(since_ms: int, name: str = REVOKED) -> list[tuple[str, int]]:
    """Return the revocations of a list after a moment, as (subject, Unix ms).

    Expired ones are left out: DynamoDB deletes them within days and in any order, and a
    suspension must not outlive its end.
    """
    asked = {"list": name, "since": f"{since_ms:013d}"}
    found: list[tuple[str, int]] = []
    for item in _TABLE.query("#list = :list AND #at > :since", asked):
        if "expires_at" in item and item["expires_at"] <= now_seconds():
            continue
        at, _, subject = item["at"].partition("#")
        found.append((subject, int(at)))
    return found
