"""Codes that prove a phone number.

A code follows from a reference and the stage's secret, so it is stored nowhere: the request
keeps the reference, and the worker makes the code when it sends.
"""

import hashlib
import hmac
import secrets

from chalicelib.notifications.core import made_secrets

DIGITS = 6
LIFE_SECONDS = 600
_SECRET = "phone-codes"


def reference() -> str:
    """Return a new, random reference."""
    return secrets.token_hex(16)


def code(of: str) -> str:
    """Return the code of a reference: six digits."""
    digest = hmac.digest(made_secrets.get(_SECRET), of.encode(), hashlib.sha256)
    return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}d}"


def matches(of: str, given: str) -> bool:
    """Compare a code in constant time."""
    return hmac.compare_digest(code(of), given)


def text(of: str) -> str:
    """Return the text message with a code."""
    minutes = LIFE_SECONDS // 60
    return f"{code(of)} is your Rookery code. It is valid for {minutes} minutes. Do not share it."
