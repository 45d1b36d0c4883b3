"""Idempotency keys of requests that create something.

The record is written in the same transaction as the created item: the key
tells a first request from a repeat and a misuse, and nothing is created twice
or recorded without having been created.
(draft-ietf-httpapi-idempotency-key-header; retention as Knock's, 24 h.)
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from shared.aws.table import Table
from shared.base.clock import now_seconds
from shared.base.errors import Problem, conflict, invalid_request

RETENTION_SECONDS = 24 * 3600
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKey:
    """One caller's key for one request.

    Args:
        table: the domain's table of idempotency records, hash key ``key``.
        subject: the principal the key belongs to.
        operation: such as ``POST /2/tweets``.
        key: the header's value.
        body: the request; its digest tells a repeat from a misuse.

    Raises:
        Problem: 400 for a key that is too long or not printable ASCII.
    """

    def __init__(self, table: str, subject: str, operation: str, key: str, body: Any) -> None:
        if not _KEY.fullmatch(key):
            raise invalid_request("The Idempotency-Key must be 1 to 255 printable ASCII characters")
        self.table: Table[Any] = Table(table, "key")
        digest = hashlib.sha256(f"{subject}|{operation}|{key}".encode()).hexdigest()
        self.key = f"idempotency#{digest}"
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
        self.body_digest = hashlib.sha256(canonical.encode()).hexdigest()

    @classmethod
    def from_headers(
        cls, headers: Mapping[str, str], table: str, subject: str, operation: str, body: Any
    ) -> "IdempotencyKey | None":
        """Return the key of a request, ``None`` if it sends none."""
        key = headers.get("idempotency-key")
        return cls(table, subject, operation, key, body) if key else None

    def record(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the transaction action that claims the key and keeps the answer."""
        item = {
            "key": self.key,
            "body": self.body_digest,
            "answer": answer,
            "expires_at": now_seconds() + RETENTION_SECONDS,
        }
        return self.table.insert_action(item)

    def replay(self, stored: dict[str, Any]) -> dict[str, Any]:
        """Return the first answer, from the stored record of a key that was taken.

        Raises:
            Problem: 409 when the earlier request had another body.
        """
        if stored.get("body") != self.body_digest:
            raise conflict("The Idempotency-Key was used before with a different request body.")
        answer: dict[str, Any] = stored["answer"]
        return answer

    def replay_or_raise(self, problem: Problem) -> dict[str, Any]:
        """Return the first answer to a request that is no longer valid.

        One consistent read.

        The objects that a request names may be gone when it is repeated.

        Raises:
            Problem: ``problem`` for a first request, 409 as `replay`.
        """
        found = self.table.get_many([{"key": self.key}], consistent=True)
        if not found:
            raise problem
        return self.replay(found[0])

    def conflict_problem(self) -> Problem:
        """Return the problem for a key whose record expired between two reads."""
        return conflict("The Idempotency-Key is being used by another request.")
