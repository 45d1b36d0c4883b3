"""Recipients by phone number.

A holder's row is written before the number it tells of and removed before it, so readers compare
the number with the recipient's own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Run = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]

# Contacts of several callers may share a number.
MOST = 100
_ADD = """
INSERT INTO number_holders (phone, recipient_id) VALUES (:phone, :id)
ON CONFLICT (phone, recipient_id) DO NOTHING
"""
_REMOVE = "DELETE FROM number_holders WHERE phone = :phone AND recipient_id = :id"
_OF = """
SELECT recipient_id FROM number_holders WHERE phone = :phone ORDER BY recipient_id LIMIT :most
"""


def add(run: Run, number: str, recipient_id: str) -> None:
    """Note that a recipient has a number; may be repeated."""
    run(_ADD, {"phone": number, "id": recipient_id})


def remove(run: Run, number: str, recipient_id: str) -> None:
    """Note that a recipient has a number no more; may be repeated."""
    run(_REMOVE, {"phone": number, "id": recipient_id})


def holders(run: Run, number: str) -> list[str]:
    """Return recipients who have or had a number, `MOST` at most."""
    return [str(row[0]) for row in run(_OF, {"phone": number, "most": MOST})]
