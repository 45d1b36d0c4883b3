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
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.aws.models import BaseModel, MetaBase, TruthModel, VersionedModel, table_name
from shared.aws.table import Table

UNLISTED = "unlisted"
CHILDREN = "parent"
SENT = "sender"
BY_PROVIDER = "provider"
BY_RECIPIENT = "recipient"


class UnlistedIndex(GlobalSecondaryIndex["Notification"]):
    """Notifications that no inbox lists (sparse): erasures find them here."""

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
    notification that does not go to the inbox, ``request_by`` the sender of a request,
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


class Timer(BaseModel):
    """Work that is due at a moment; see `delivery.timers`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "timers")

    slot = UnicodeAttribute(hash_key=True)
    due = UnicodeAttribute(range_key=True)


TIMERS = Table.of(Timer)


class Breaker(BaseModel):
    """State of a provider as all processes see it; see `delivery.breakers`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "breakers")

    provider = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute(null=True)
    openings = NumberAttribute(null=True)
    open_until = NumberAttribute(null=True)
    probe_until = NumberAttribute(null=True)
    last_error = UnicodeAttribute(null=True)
    last_error_at = NumberAttribute(null=True)


BREAKERS = Table.of(Breaker)


class ApiKey(TruthModel):
    """An outside caller's key, under its id; see `access.api_keys`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "api_keys")

    id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    scopes = ListAttribute(of=UnicodeAttribute)
    digest = UnicodeAttribute(null=True)
    former_digest = UnicodeAttribute(null=True)
    former_until = NumberAttribute(null=True)
    created_at = NumberAttribute()
    rotated_at = NumberAttribute(null=True)
    revoked_at = NumberAttribute(null=True)


API_KEYS = Table.of(ApiKey)


class RecipientIndex(GlobalSecondaryIndex["Subscription"]):
    """Topics of a recipient, for erasures."""

    class Meta(MetaBase):
        index_name = BY_RECIPIENT
        projection = KeysOnlyProjection()

    recipient_id = UnicodeAttribute(hash_key=True)
    topic = UnicodeAttribute(range_key=True)


class Subscription(TruthModel):
    """A subscriber of a topic; see `topics`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "subscriptions")

    topic = UnicodeAttribute(hash_key=True)
    recipient_id = UnicodeAttribute(range_key=True)
    created_at = NumberAttribute()
    by_recipient = RecipientIndex()


SUBSCRIPTIONS = Table.of(Subscription)


class IdempotencyRecord(BaseModel):
    """Answer to an idempotent request, or a celebrity's tweet of the day.

    `shared.aws.idempotency` owns the shape of the former, `accepting.highlights` that of
    the latter.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "idempotency")

    key = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


IDEMPOTENCY = Table.of(IdempotencyRecord)


class RecipientPreferences(TruthModel):
    """Preferences of a recipient who has set some (see `planning.settings`)."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "preferences")

    recipient_id = UnicodeAttribute(hash_key=True)
    quiet_hours: MapAttribute[str, str] = MapAttribute(null=True)
    categories: MapAttribute[str, MapAttribute[str, bool]] = MapAttribute(null=True)
    unsubscribed = ListAttribute(of=UnicodeAttribute, null=True)
    digest: MapAttribute[str, str] = MapAttribute(null=True)
    throttle: MapAttribute[str, int] = MapAttribute(null=True)
    version = NumberAttribute()
    updated_at = NumberAttribute()


PREFERENCES = Table.of(RecipientPreferences)


class DigestSlot(BaseModel):
    """Ids of one digest to come; ``slot`` is ``<channel>#<ms>``."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "digests")

    recipient_id = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    ids = UnicodeSetAttribute()
    more = BooleanAttribute(null=True)
    expires_at = NumberAttribute()


DIGESTS = Table.of(DigestSlot)


class ChannelUsage(BaseModel):
    """Recent notifications of a recipient in a channel with a limit.

    ``hours`` and ``days`` count by Unix hour and day; ``seen`` is the ring of
    `shared.aws.seen_ring`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "throttles")

    recipient_id = UnicodeAttribute(hash_key=True)
    channel = UnicodeAttribute(range_key=True)
    seen = BinaryAttribute(null=True, legacy_encoding=False)
    hours: MapAttribute[str, int] = MapAttribute()
    days: MapAttribute[str, int] = MapAttribute()
    expires_at = NumberAttribute()


THROTTLES = Table.of(ChannelUsage)


class TemplateItem(TruthModel):
    """Template of a caller: its head, its draft, or a version.

    ``entry`` is ``head#<name>``, ``draft#<name>`` or ``version#<name>#<number>``;
    `templates.store` owns the shapes.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "templates")

    owner_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


TEMPLATES = Table.of(TemplateItem)
