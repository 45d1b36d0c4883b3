"""Tables of the crawler domain (keys and access patterns: docs/crawler.md)."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from shared.aws.models import MetaBase, VersionedModel, table_name

RUNNING = "running"


class OwnerIndex(GlobalSecondaryIndex["Run"]):
    """Runs of one user by time."""

    class Meta(MetaBase):
        index_name = "owner"
        projection = AllProjection()

    owner_id = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class ActiveIndex(GlobalSecondaryIndex["Run"]):
    """The runs that are running (sparse): what the sweeper looks after."""

    class Meta(MetaBase):
        index_name = "active"
        projection = KeysOnlyProjection()

    active = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class Run(VersionedModel):
    """One crawl: what was asked, where it stands, and its totals once it ended.

    ``active`` is ``"1"`` while the run is running and absent afterwards.
    """

    class Meta(MetaBase):
        table_name = table_name("crawler", "crawl_runs")

    id = UnicodeAttribute(hash_key=True)
    owner_id = UnicodeAttribute()
    url = UnicodeAttribute()
    scope = UnicodeAttribute()
    order = UnicodeAttribute()
    max_pages = NumberAttribute()
    max_depth = NumberAttribute(null=True)
    allow_private = BooleanAttribute(default=False)
    status = UnicodeAttribute(default=RUNNING)
    reason = UnicodeAttribute(null=True)
    active = UnicodeAttribute(null=True)
    created_at = NumberAttribute()
    finished_at = NumberAttribute(null=True)
    fetched = NumberAttribute(null=True)
    discovered = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)
    skipped = NumberAttribute(null=True)
    bytes = NumberAttribute(null=True)
    expires_at = NumberAttribute()
    by_owner = OwnerIndex()
    by_activity = ActiveIndex()


VISITED_TABLE = table_name("crawler", "crawl_visited")
COUNTERS_TABLE = table_name("crawler", "counters")
CARDS_TABLE = table_name("crawler", "cards")
IDEMPOTENCY_TABLE = table_name("crawler", "idempotency")
