"""Targets of a recipient in each channel, from the contacts."""

import hashlib

from chalicelib.notifications.contacts import devices, directory, phones
from chalicelib.notifications.contacts.devices import Device
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import VERIFY_PHONE, Content
from chalicelib.notifications.core.message import Target

# Of a digest of an address.
DIGEST_PATTERN = "^[0-9a-f]{24}$"


def targets(content: Content, channel: str) -> list[Target]:
    """Return where a notification goes in a channel; none if nowhere.

    Args:
        channel: one of `names.CHANNELS` except the inbox.
    """
    if channel == names.EMAIL:
        address = _email(content)
        return [Target(digest(address), address)] if address else []
    if channel == names.SMS:
        number = _number(content)
        return [Target(digest(number), number)] if number else []
    return [
        to_target(one) for one in devices.store().of(content.user_id) if one.platform == channel
    ]


def to_target(device: Device) -> Target:
    """Return a device as a target; its id is a digest already."""
    return Target(device.id[:24], device.address, device.detail, device.registered_at, device.id)


def digest(address: str) -> str:
    """Return the ledger's digest of an address, in whatever case."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:24]


def _number(content: Content) -> str | None:
    """Return the recipient's number; a code goes to the waiting one."""
    if content.is_outside:
        contact = directory.store().find(content.user_id)
        return contact.phone if contact else None
    phone = phones.store().find(content.user_id)
    if phone is None:
        return None
    if content.type == VERIFY_PHONE:
        return phone.pending if phone.reference == content.reference else None
    return phone.number


def _email(content: Content) -> str | None:
    store = directory.store()
    match content.type:
        case "change_email":
            return store.find_pending(content.user_id)
        case "email_changed":
            return store.find_former(content.user_id)
    contact = store.find(content.user_id)
    return contact.email if contact else None
