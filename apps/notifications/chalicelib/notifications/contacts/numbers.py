"""Phone numbers, and recipients by number.

A holder's row is written before the number it tells of and removed before it, so readers compare
the number with the recipient's own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.base.errors import invalid_request

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


def parse(given: str) -> str:
    """Return a number in E.164.

    Raises:
        Problem: 400: it is no valid number with its country code.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(given, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        message = "The `phone` must be a valid number that begins with + and its country code."
        raise invalid_request(message, phone=given[:20])
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def add(run: Run, number: str, recipient_id: str) -> None:
    """Note that a recipient has a number; may be repeated."""
    run(_ADD, {"phone": number, "id": recipient_id})


def remove(run: Run, number: str, recipient_id: str) -> None:
    """Note that a recipient has a number no more; may be repeated."""
    run(_REMOVE, {"phone": number, "id": recipient_id})


def holders(run: Run, number: str) -> list[str]:
    """Return recipients who have or had a number, `MOST` at most."""
    return [str(row[0]) for row in run(_OF, {"phone": number, "most": MOST})]
