"""Outside contacts: checked, saved and deleted."""

from typing import Any

from chalicelib.notifications.contacts import directory, numbers
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core.time_zones import UnknownTimeZone, time_zone

from shared.base.errors import invalid_request, not_found

_MEMBERS = ("email", "phone", "locale", "time_zone", "attributes")


def put(recipient_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Create or replace a contact; returns its document.

    Raises:
        Problem: 400 for an invalid address, number or time zone.
    """
    contact = Contact(
        recipient_id,
        _email(body.get("email")),
        "email" in body,
        phone=numbers.parse(body["phone"]) if "phone" in body else None,
        locale=body.get("locale"),
        time_zone=_time_zone(body.get("time_zone")),
        attributes=body.get("attributes") or None,
    )
    directory.store().put_outside(contact)
    return document(contact)


def get(recipient_id: str) -> dict[str, Any]:
    """Return a contact's document.

    Raises:
        Problem: 404 for an unknown one.
    """
    contact = directory.store().find(recipient_id)
    if contact is None:
        raise not_found("contact", _key(recipient_id), "key")
    return document(contact)


def document(contact: Contact) -> dict[str, Any]:
    """Return a contact for the API."""
    given = {name: getattr(contact, name) for name in _MEMBERS}
    shown = {name: value for name, value in given.items() if value is not None}
    return {"key": _key(contact.user_id), **shown}


def _key(recipient_id: str) -> str:
    return recipient_id.split(":", 2)[2]


def _email(address: str | None) -> str | None:
    if address is None:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        # SES takes no characters beyond ASCII before the @.
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise invalid_request(f"email: {error}", email=address) from error
    return checked.normalized


def _time_zone(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        time_zone(name)
    except UnknownTimeZone as error:
        raise invalid_request("The `time_zone` is unknown.", time_zone=name) from error
    return name
