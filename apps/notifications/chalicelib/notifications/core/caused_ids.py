"""Ids that sort by time and follow from their cause.

An event that arrives twice makes the same id and so the same item. A
snowflake has too few bits for that: two causes within one millisecond would
clash once in some millions, and one of them would be lost without a trace.
"""

import hashlib
import secrets

ID_PATTERN = "^[0-9a-f]{32}$"
_RANDOM_BYTES = 10


def caused_id(at_ms: int, *cause: str) -> str:
    """The id of what a cause brought about: 48 bits of time, 80 of digest, in hexadecimal."""
    digest = hashlib.sha256("|".join(cause).encode()).hexdigest()
    return f"{at_ms:012x}{digest[: 2 * _RANDOM_BYTES]}"


def fresh_id(at_ms: int) -> str:
    """An id of the same form for something without an earlier cause."""
    return f"{at_ms:012x}{secrets.token_hex(_RANDOM_BYTES)}"
