"""Tables of timers, breakers, API keys and topics (docs/notifications.md)."""

from chalicelib.notifications.core.names import DOMAIN
from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.aws.models import BaseModel, MetaBase, TruthModel, table_name
from shared.aws.table import Table

BY_RECIPIENT = "recipient"


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
