"""The two tables that are read and written one item at a time.

The inbox and its counters are changed in transactions and read in pages, so
`inbox_store` keeps them as plain dictionaries.
"""

from dataclasses import dataclass
from typing import Any

from chalicelib.notifications.core import names
from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from shared.aws.models import BaseModel, MetaBase, VersionedModel, as_dict, table_name
from shared.base.clock import now_ms

SECURITY = "security"
SOCIAL = "social"
MESSAGE = "message"
CRAWL = "crawl"


@dataclass(frozen=True)
class Content:
    """One notification for one person: what the mapping decides and channels deliver.

    Attributes:
        id: 12 hexadecimal digits of milliseconds, then 20 that make it unique.
        user_id: the recipient.
        type: ``follow``, ``like``, ``retweet``, ``reply``, ``mention``,
            ``quote``, ``poll``, ``tweet`` (of somebody watched), ``message``, or of the
            account's security ``verify_email``, ``change_email``,
            ``email_changed``, ``reset_password`` or ``password_changed``.
        category: what preferences will be about; ``security`` cannot be refused.
        channels: names of the channels it goes to.
        created_at: Unix ms of what it tells.
        actor_id: who did it.
        sender_id: who asked for it over HTTP.
        reference: id of a one-time token, which is rendered at sending and stored nowhere.
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
    title: str | None = None
    text: str | None = None
    reference: str | None = None


class NotificationModel(VersionedModel):
    """Content and history; its stream wakes the dispatcher.

    ``unlisted_id`` is the recipient of what no inbox will list: the sparse key
    of the index by which an erasure finds it.
    """

    class Meta(MetaBase):
        """Where it is kept."""

        table_name = table_name(names.DOMAIN, "notifications")

    id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    type = UnicodeAttribute()
    category = UnicodeAttribute()
    channels = ListAttribute(of=UnicodeAttribute)
    created_at = NumberAttribute()
    actor_id = UnicodeAttribute(null=True)
    sender_id = UnicodeAttribute(null=True)
    tweet_id = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    unlisted_id = UnicodeAttribute(null=True)

    @classmethod
    def of(cls, content: Content) -> "NotificationModel":
        """The item of a notification that is new."""
        members: dict[str, Any] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(content).items()
            if value is not None
        }
        if names.INBOX not in content.channels:
            members["unlisted_id"] = content.user_id
        return cls(**members, version=1, updated_at=now_ms())

    def content(self) -> Content:
        """What the item says, without its bookkeeping."""
        members = as_dict(self)
        for name in ("version", "updated_at", "unlisted_id"):
            members.pop(name, None)
        members["channels"] = tuple(members["channels"])
        members["created_at"] = int(members["created_at"])
        return Content(**members)


class LedgerModel(BaseModel):
    """One delivery: a notification, a channel and a target in it."""

    class Meta(MetaBase):
        """Where it is kept."""

        table_name = table_name(names.DOMAIN, "ledger")

    notification_id = UnicodeAttribute(hash_key=True)
    target = UnicodeAttribute(range_key=True)
    state = UnicodeAttribute()
    claim_id = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    attempts = NumberAttribute(null=True)
    provider_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    updated_at = NumberAttribute()
