"""Tables of preferences, digests, throttles and templates."""

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

from shared.aws.models import BaseModel, MetaBase, TruthModel, table_name
from shared.aws.table import Table


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
