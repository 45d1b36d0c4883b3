"""Channels of a notification whose sender leaves them open.

The rule ``auto``: the inbox and every push channel in which the recipient has a device;
an email some minutes later, unless the notification was seen by then.
"""

from dataclasses import dataclass

from chalicelib.notifications.channels import targets
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import OUTSIDE, Content

from shared.base.process import process

# A day, which is longer than people look for a notification.
MAX_FALLBACK_MINUTES = 1440
_MINUTE_MS = 60_000
_USERS = (names.EMAIL, names.INBOX)


@dataclass(frozen=True)
class RoutingLimits:
    """Times of the rule.

    Attributes:
        fallback_minutes: after this long, an unseen notification is mailed too, unless its
            sender says how long.
    """

    fallback_minutes: int = 10


def fallback_at(content: Content) -> int:
    """Return when (Unix ms) an unseen notification takes its last channel."""
    begins = content.schedule_at or content.created_at
    minutes = content.fallback_minutes
    if minutes is None:
        minutes = process.limits(RoutingLimits).fallback_minutes
    return begins + minutes * _MINUTE_MS


def default_channels(recipient_id: str) -> tuple[str, ...]:
    """Return the channels of a request that names none."""
    if not recipient_id.startswith(OUTSIDE):
        return _USERS
    contact = directory.store().find(recipient_id)
    return (names.SMS,) if contact and contact.phone and not contact.email else (names.EMAIL,)


def auto_channels(content: Content) -> tuple[str, ...]:
    """Return the channels of the rule ``auto`` for a recipient, in order."""
    pushed = [one for one in names.PUSH_CHANNELS if targets.targets(content, one)]
    if not content.is_outside:
        return (names.INBOX, *pushed, names.EMAIL)
    return (*pushed, *default_channels(content.user_id))
