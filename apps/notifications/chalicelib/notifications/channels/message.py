"""A rendered message for one target of a channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Target:
    """One address of a recipient.

    Attributes:
        key: digest of the address; the ledger and logs name the target by it.
        address: mail address, phone number, device token, or the JSON of a web push
            subscription or webhook.
        registered_at: Unix ms of the last registration; 0 if it has none.
        device_id: of a device.
    """

    key: str
    address: str
    registered_at: int = 0
    device_id: str | None = None


@dataclass(frozen=True)
class Message:
    """A notification, rendered for one target.

    Attributes:
        priority: ``high``, ``normal`` or ``low``.
        expires_at: Unix ms after which it must not be shown.
        collapse_key: a later message with the same key replaces an earlier one.
        headers: further headers of a mail, such as those for unsubscribing.
    """

    notification_id: str
    channel: str
    target: Target
    title: str
    text: str
    html: str | None = None
    url: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    category: str = "message"
    priority: str = "normal"
    expires_at: int | None = None
    collapse_key: str | None = None
    locale: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
