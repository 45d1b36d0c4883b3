"""Tables of the domain (access patterns: docs/notifications.md)."""

from typing import Any

from chalicelib.notifications.core.names import DOMAIN
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.aws.models import BaseModel, MetaBase, TruthModel, VersionedModel, table_name
from shared.aws.table import Table

UNLISTED = "unlisted"
CHILDREN = "parent"
SENT = "sender"
BY_PROVIDER = "provider"


class UnlistedIndex(GlobalSecondaryIndex["Notification"]):
    """Notifications that an inbox may not list, for erasures (sparse)."""

    class Meta(MetaBase):
        index_name = UNLISTED
        projection = KeysOnlyProjection()

    unlisted_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ChildrenIndex(GlobalSecondaryIndex["Notification"]):
    """Children of a notification to several recipients (sparse)."""

    class Meta(MetaBase):
        index_name = CHILDREN
        projection = KeysOnlyProjection()

    parent_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class SenderIndex(GlobalSecondaryIndex["Notification"]):
    """Requests of a sender, without the children that follow (sparse)."""

    class Meta(MetaBase):
        index_name = SENT
        projection = KeysOnlyProjection()

    request_by = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Notification(VersionedModel, TruthModel):
    """Content of a notification; the table's stream starts the dispatch.

    Its attributes are those of `Content`. ``unlisted_id`` is the recipient of a
    notification that may not come into an inbox, ``request_by`` the sender of a request,
    ``valid_until`` the content's ``expires_at``: the table keeps expired ones.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "notifications")

    id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    type = UnicodeAttribute()
    category = UnicodeAttribute()
    channels = ListAttribute(of=UnicodeAttribute)
    created_at = NumberAttribute()
    actor_id = UnicodeAttribute(null=True)
    sender_id = UnicodeAttribute(null=True)
    tweet_id = UnicodeAttribute(null=True)
    cause_id = UnicodeAttribute(null=True)
    crawl_id = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    audience: MapAttribute[str, Any] = MapAttribute(null=True)
    parent_id = UnicodeAttribute(null=True)
    url = UnicodeAttribute(null=True)
    template = UnicodeAttribute(null=True)
    data = UnicodeAttribute(null=True)
    priority = UnicodeAttribute(null=True)
    valid_until = NumberAttribute(null=True)
    collapse_key = UnicodeAttribute(null=True)
    schedule_at = NumberAttribute(null=True)
    auto = BooleanAttribute(null=True)
    fallback_minutes = NumberAttribute(null=True)
    locale = UnicodeAttribute(null=True)
    cancelled_at = NumberAttribute(null=True)
    unlisted_id = UnicodeAttribute(null=True)
    request_by = UnicodeAttribute(null=True)
    by_unlisted = UnlistedIndex()
    children = ChildrenIndex()
    sent = SenderIndex()


NOTIFICATIONS = Table.of(Notification)


class ProviderIndex(GlobalSecondaryIndex["Delivery"]):
    """Deliveries by ``<channel>#<provider's id>``, for receipts (sparse)."""

    class Meta(MetaBase):
        index_name = BY_PROVIDER
        projection = KeysOnlyProjection()

    receipt_key = UnicodeAttribute(hash_key=True)


class Delivery(BaseModel):
    """Ledger entry: delivery of a notification to ``<channel>#<target>``.

    ``steps`` is its timeline: at most twenty of ``{state, at, reason?}``.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "ledger")

    notification_id = UnicodeAttribute(hash_key=True)
    target = UnicodeAttribute(range_key=True)
    state = UnicodeAttribute()
    claim_id = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    attempts = NumberAttribute(null=True)
    provider_id = UnicodeAttribute(null=True)
    receipt_key = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)
    steps = ListAttribute(of=MapAttribute, null=True)
    updated_at = NumberAttribute()
    by_provider = ProviderIndex()


LEDGER = Table.of(Delivery)


class InboxEntry(TruthModel):
    """Entry of a user's inbox, under the notification's id.

    ``generation`` is the one that the entry arrived in (see `UnreadCounter`); ``ringed``
    entries are counted if the counter's ring says so (see `deliveries`). A ``withdrawn``
    entry has no content and is not shown (see `withdrawing`).
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "inbox")

    user_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    type = UnicodeAttribute(null=True)
    actor_id = UnicodeAttribute(null=True)
    tweet_id = UnicodeAttribute(null=True)
    crawl_id = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    url = UnicodeAttribute(null=True)
    withdrawn = BooleanAttribute(null=True)
    generation = NumberAttribute()
    created_at = NumberAttribute()
    delivered_at = NumberAttribute(null=True)
    ringed = BooleanAttribute(null=True)
    read_at = NumberAttribute(null=True)
    archived_at = NumberAttribute(null=True)


INBOX = Table.of(InboxEntry)


class UnreadCounter(BaseModel):
    """Number of unread inbox entries of a user.

    Marking all entries as read begins a new generation. ``seen``, ``marks`` and
    ``marked_at`` are the ring of `shared.aws.seen_ring`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "counters")

    user_id = UnicodeAttribute(hash_key=True)
    unread = NumberAttribute()
    generation = NumberAttribute()
    seen = BinaryAttribute(null=True, legacy_encoding=False)
    marks = NumberAttribute(null=True)
    marked_at = NumberAttribute(null=True)


COUNTERS = Table.of(UnreadCounter)


class IdempotencyRecord(BaseModel):
    """Answer to an idempotent request, or a count or choice of a day.

    `shared.aws.idempotency` owns the shape of the former; others are those of
    `accepting.highlights`, `history.statistics`, `channels.sms.spending` and
    `phones.number_limit`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "idempotency")

    key = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


IDEMPOTENCY = Table.of(IdempotencyRecord)
