"""Idempotency-Key for requests that create something.

The record is written in the same transaction as the thing itself: the key
decides between first time, same again and misuse, and nothing can be created
twice or recorded without having been created.
(draft-ietf-httpapi-idempotency-key-header; retention as Knock's, 24 h.)
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from shared.aws import dynamo
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
        body: the request, whose digest tells a repeat from a misuse.
    """

    def __init__(self, table: str, subject: str, operation: str, key: str, body: Any) -> None:
        if not _KEY.fullmatch(key):
            raise invalid_request("The Idempotency-Key must be 1 to 255 printable ASCII characters")
        self.table = table
        digest = hashlib.sha256(f"{subject}|{operation}|{key}".encode()).hexdigest()
        self.key = f"idempotency#{digest}"
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
        self.body_digest = hashlib.sha256(canonical.encode()).hexdigest()

    @classmethod
    def from_headers(
        cls, headers: Mapping[str, str], table: str, subject: str, operation: str, body: Any
    ) -> "IdempotencyKey | None":
        """The key of a request, ``None`` when it sends none."""
        key = headers.get("idempotency-key")
        return cls(table, subject, operation, key, body) if key else None

    def record(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The transaction action that claims the key and keeps the answer."""
        item = {
            "key": self.key,
            "body": self.body_digest,
            "answer": answer,
            "expires_at": now_seconds() + RETENTION_SECONDS,
        }
        return dynamo.put(self.table, item, unless_exists="key")

    def replay(self, stored: dict[str, Any]) -> dict[str, Any]:
        """The first answer, given the stored record of a key that was taken.

        Raises:
            Problem: 409 when the earlier request had another body.
        """
        if stored.get("body") != self.body_digest:
            raise conflict("The Idempotency-Key was used before with a different request body.")
        answer: dict[str, Any] = stored["answer"]
        return answer

    def replay_or_raise(self, problem: Problem) -> dict[str, Any]:
        """The first answer to a request that could not be made any more; one consistent read.

        What a request refers to may be gone by the time it is repeated.

        Raises:
            Problem: the one given when this is the first time, 409 as `replay`.
        """
        found = dynamo.batch_get({self.table: [{"key": self.key}]}, consistent=True)[self.table]
        if not found:
            raise problem
        return self.replay(found[0])

    def conflict_problem(self) -> Problem:
        """For a key whose record vanished between two looks (it expired just now)."""
        return conflict("The Idempotency-Key is being used by another request.")
