"""Content of a notification, from the mapping to the channels."""

from dataclasses import dataclass
from typing import Any

# Categories. Quiet hours, throttles and digests apply to all of them but the `URGENT` ones.
SECURITY = "security"
OTP = "otp"
SOCIAL = "social"
MESSAGE = "message"
CRAWL = "crawl"
# Type of the text message with the code of a phone number.
VERIFY_PHONE = "verify_phone"
URGENT = frozenset({SECURITY, OTP})
# Types whose arrival proves an address that its owner has just named.
PROOFS = frozenset({"verify_email", "change_email", VERIFY_PHONE})

HIGH, NORMAL, LOW = "high", "normal", "low"

# Recipients outside the platform: ``contact:<owner>:<key>``.
OUTSIDE = "contact:"


@dataclass(frozen=True)
class Content:
    """One notification for one recipient.

    Attributes:
        id: 12 hexadecimal digits of milliseconds, then 20 that make it unique.
        user_id: the recipient: a user, or an outside contact ``contact:<owner>:<key>``. Of a
            notification with an ``audience``, the sender.
        type: ``follow``, ``follow_request``, ``like``, ``retweet``, ``reply``, ``mention``,
            ``quote``, ``poll``, ``tweet`` (by an account the recipient watches), ``message``;
            about the account's security ``verify_email``, ``change_email``,
            ``email_changed``, ``reset_password``, ``password_changed`` or ``verify_phone``.
        category: one of the constants above, or the sender's own for messages.
        channels: names of the channels it goes to.
        created_at: Unix ms of the event it reports.
        actor_id: user who caused it.
        sender_id: user or API key (``key:<id>``) that sent it over HTTP.
        cause_id: the tweet that caused it, where ``tweet_id`` is another one (retweets).
        reference: id of a one-time token; the token is made at sending and never stored.
        audience: ``{"ids": […]}``, ``{"topic": …}`` or ``{"segment": …}`` of a notification to
            several recipients; it is not delivered itself, but through one child for each.
        parent_id: the notification with an audience that this one is a part of.
        url: the page that it leads to.
        template / data: name of a template, and the values of its variables.
        priority: ``high``, ``normal`` or ``low``; ``None`` is ``normal``.
        expires_at: Unix ms after which it is not sent any more.
        collapse_key: a later one with the same key replaces it on a device.
        schedule_at: Unix ms before which nothing is sent.
        auto: a routing rule chooses among the channels (`planning.routing`).
        fallback_minutes: with ``auto``, when an unseen one takes the last of its channels too.
        locale: BCP 47 tag that overrides the recipient's own.
        cancelled_at: Unix ms of its cancellation; nothing is sent afterwards.
    """

    id: str
    user_id: str
    type: str
    category: str
    channels: tuple[str, ...]
    created_at: int
    actor_id: str | None = None
    sender_id: str | None = None
    tweet_id: str | None = None
    cause_id: str | None = None
    crawl_id: str | None = None
    title: str | None = None
    text: str | None = None
    reference: str | None = None
    audience: dict[str, Any] | None = None
    parent_id: str | None = None
    url: str | None = None
    template: str | None = None
    data: dict[str, Any] | None = None
    priority: str | None = None
    expires_at: int | None = None
    collapse_key: str | None = None
    schedule_at: int | None = None
    auto: bool | None = None
    fallback_minutes: int | None = None
    locale: str | None = None
    cancelled_at: int | None = None

    def is_expired(self, now: int) -> bool:
        """True if its time to live is over at a moment (Unix ms)."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def is_outside(self) -> bool:
        """True if the recipient is no user of the platform."""
        return self.user_id.startswith(OUTSIDE)
