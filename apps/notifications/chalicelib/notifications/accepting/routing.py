"""Channels of a notification whose sender leaves them open.

The rule ``auto``: the inbox and every push channel in which the recipient has a device;
an email some minutes later, unless the notification was seen by then.
"""

from dataclasses import dataclass

from chalicelib.notifications.channels import targets
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import OUTSIDE, Content

_USERS = (names.EMAIL, names.INBOX)


@dataclass(frozen=True)
class RoutingLimits:
    """Times of the rule.

    Attributes:
        fallback_ms: after this long, an unseen notification is mailed too.
    """

    fallback_ms: int = 10 * 60_000


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
