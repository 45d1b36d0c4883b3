"""Ids that sort by time and follow from their cause.

An event that arrives twice makes the same id, and so the same item. A snowflake has too
few bits for that: two causes within one millisecond would clash once in some millions,
and one of the two notifications would be lost silently.
"""

import hashlib
import re
import secrets

ID_PATTERN = "^[0-9a-f]{32}$"
_RANDOM_BYTES = 10


def caused_id(at_ms: int, *cause: str) -> str:
    """Return the id of a cause: 48 bits of time, 80 of digest, in hex."""
    digest = hashlib.sha256("|".join(cause).encode()).hexdigest()
    return f"{at_ms:012x}{digest[: 2 * _RANDOM_BYTES]}"


def digest_id(recipient_id: str, channel: str, due: int) -> str:
    """Return the id of the digest that is due at a moment (Unix ms)."""
    return caused_id(due, "digest", recipient_id, channel)


def first_id(at_ms: int) -> str:
    """Return a lower bound of all ids of a moment and later."""
    return f"{at_ms:012x}"


def fresh_id(at_ms: int) -> str:
    """Return a random id of the same form, for causes without an event."""
    return f"{at_ms:012x}{secrets.token_hex(_RANDOM_BYTES)}"


def is_id(text: str) -> bool:
    """True for the id of a notification."""
    return re.fullmatch(ID_PATTERN, text) is not None


def moment(id: str) -> int:
    """Return the Unix ms in an id."""
    return int(id[:12], 16)
