"""Targets of a recipient in each channel, from the contacts."""

import hashlib

from chalicelib.notifications.channels.message import Target
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content


def targets(content: Content, channel: str) -> list[Target]:
    """Return where a notification goes in a channel; none if nowhere.

    Args:
        channel: one of `names.CHANNELS` except the inbox.
    """
    if channel == names.EMAIL:
        address = _email(content)
        return [Target(digest(address), address)] if address else []
    return []


def digest(address: str) -> str:
    """Return the ledger's digest of an address, in whatever case."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:24]


def _email(content: Content) -> str | None:
    store = directory.store()
    match content.type:
        case "change_email":
            return store.find_pending(content.user_id)
        case "email_changed":
            return store.find_former(content.user_id)
    contact = store.find(content.user_id)
    return contact.email if contact else None
