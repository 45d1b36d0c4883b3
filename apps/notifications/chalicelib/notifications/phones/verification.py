"""A user's phone number: a code is sent, and proves it."""

from typing import Any

from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import consents, numbers, phones, suppressions
from chalicelib.notifications.core import caused_ids, names, phone_codes
from chalicelib.notifications.core.content import HIGH, OTP, VERIFY_PHONE, Content
from chalicelib.notifications.history import notifications
from chalicelib.notifications.phones import number_limit

from shared.base.clock import iso, now_ms
from shared.base.errors import invalid_request


def begin(user_id: str, given: str) -> dict[str, Any]:
    """Send a code to a number; an earlier code is void.

    Raises:
        Problem: 400: not a number that can be called; 429: it had its codes of the day.
    """
    number = numbers.parse(given)
    number_limit.take(number)
    now, reference = now_ms(), phone_codes.reference()
    until = now + phone_codes.LIFE_SECONDS * 1000
    phones.store().set_pending(user_id, number, reference, until)
    notifications.create(
        Content(
            id=caused_ids.caused_id(now, VERIFY_PHONE, reference),
            user_id=user_id,
            type=VERIFY_PHONE,
            category=OTP,
            channels=(names.SMS,),
            created_at=now,
            reference=reference,
            priority=HIGH,
            expires_at=until,
        )
    )
    return {"phone": number, "verified": False, "expires_at": iso(until)}


def verify(user_id: str, given: str, code: str) -> dict[str, Any]:
    """Prove a number by its code.

    The proof also lifts a suppression: whoever reads the code wants messages there again.

    Raises:
        Problem: 400: the code is wrong, expired, or was tried too often.
    """
    number = numbers.parse(given)
    store = phones.store()
    reference = store.attempt(user_id, number)
    proved = reference is not None and phone_codes.matches(reference, code)
    if reference is None or not proved or not store.verify(user_id, number, reference):
        raise invalid_request("The code is wrong or no longer valid; request another one.")
    suppressions.store().remove(names.SMS, digest(number))
    consents.store().add(user_id, names.SMS, "phone_code")
    return {"phone": number, "verified": True}


def show(user_id: str) -> dict[str, Any] | None:
    """Return the user's number, verified or waiting, or ``None``."""
    found = phones.store().find(user_id)
    if found is None:
        return None
    shown = found.number or found.pending
    return {"phone": shown, "verified": found.number is not None} if shown else None


def remove(user_id: str) -> None:
    """Remove the user's number: no more text messages."""
    phones.store().remove(user_id)
    consents.store().add(user_id, names.SMS, "phone_removed", granted=False)
