"""The message that an adapter sends, its target, and how sending may fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Reasons of deliveries that ended otherwise than sent, as the API shows them.
NO_TARGET = "no_target"
UNREGISTERED = "unregistered"
OPTED_OUT = "opted_out"
BOUNCED = "bounced"
COMPLAINED = "complained"
UNSUBSCRIBED = "unsubscribed"
QUIET_HOURS = "quiet_hours"
THROTTLED = "throttled"
DEDUPLICATED = "deduplicated"
CONFIGURATION = "configuration"
PROVIDER_DOWN = "provider_down"
TOO_LARGE = "too_large"
CANCELLED = "cancelled"
EXPIRED = "expired"
REASONS = (
    *(NO_TARGET, UNREGISTERED, OPTED_OUT, BOUNCED, COMPLAINED, UNSUBSCRIBED, QUIET_HOURS),
    *(THROTTLED, DEDUPLICATED, CONFIGURATION, PROVIDER_DOWN, TOO_LARGE, CANCELLED, EXPIRED),
)


class PermanentFailure(Exception):
    """A delivery that can never succeed.

    Attributes:
        reason: one of `REASONS`.
        detail: the provider's or our own word for it.
    """

    def __init__(self, reason: str, detail: str | None = None) -> None:
        super().__init__(detail or reason)
        self.reason, self.detail = reason, detail


class TransientFailure(Exception):
    """A failure that may pass: the provider is slow, busy or down.

    Attributes:
        retry_after: seconds that the provider asked for.
        unsent: the provider surely did not send it, so a repetition cannot double it.
    """

    def __init__(
        self, retry_after: float | None = None, detail: str = "", *, unsent: bool = False
    ) -> None:
        super().__init__(detail or "the provider failed")
        self.retry_after, self.unsent = retry_after, unsent


class ConfigurationFailure(Exception):
    """A setting of ours that the provider refuses: keys, sender, address.

    The message stays in its queue, and in the dead letters at last, until it is put right.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True)
class Target:
    """One address, device or number of a recipient.

    Attributes:
        key: digest that the ledger shows; the address itself stays in the contacts.
        address: email address, device token, phone number or URL.
        subscription: of web push: ``endpoint`` and ``keys``.
        registered_at: Unix ms of the device's last registration.
        device_id: its id in the table of devices.
    """

    key: str
    address: str
    subscription: Mapping[str, Any] | None = None
    registered_at: int | None = None
    device_id: str | None = None


@dataclass(frozen=True)
class Message:
    """A rendered notification for one target.

    Attributes:
        title: also the subject of an email.
        text: plain text.
        html: of emails.
        data: what an app gets along with a push.
        expires_at: Unix ms after which the provider shall not deliver it.
        headers: of emails, such as those that unsubscribe.
        proves: its arrival proves the address, so a suppression does not hold it back.
    """

    notification_id: str
    recipient_id: str
    channel: str
    target: Target
    title: str
    text: str
    category: str
    html: str | None = None
    url: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    priority: str = "normal"
    expires_at: int | None = None
    collapse_key: str | None = None
    locale: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    proves: bool = False
