"""Tables of the crawler domain (access patterns: docs/crawler.md)."""

from typing import Any

from chalicelib.crawler.core.names import DOMAIN
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from shared.aws.models import BaseModel, MetaBase, TruthModel, VersionedModel, table_name
from shared.aws.table import Table

RUNNING, PAUSED = "running", "paused"
PLAIN, HOSTS = "plain", "hosts"
FINISHED, STOPPED, FAILED_RUN = "finished", "stopped", "failed"
# A run in one of these states changes no more, unless it is extended.
ENDED = frozenset({FINISHED, STOPPED, FAILED_RUN})
BY_OWNER = "owner"
BY_ACTIVITY = "active"
BY_OPEN = "open"
BY_DUE = "due"


class OwnerIndex(GlobalSecondaryIndex["Run"]):
    """Runs of one user by time."""

    class Meta(MetaBase):
        index_name = BY_OWNER
        projection = AllProjection()

    owner_id = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class ActiveIndex(GlobalSecondaryIndex["Run"]):
    """Running runs (sparse), for the sweeper."""

    class Meta(MetaBase):
        index_name = BY_ACTIVITY
        projection = KeysOnlyProjection()

    active = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class OpenIndex(GlobalSecondaryIndex["Run"]):
    """Running and paused runs of one user (sparse), for the quota."""

    class Meta(MetaBase):
        index_name = BY_OPEN
        projection = KeysOnlyProjection()

    open_of = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class Run(VersionedModel):
    """One crawl: its request, its status and, once it has ended, its totals.

    ``active`` is ``"1"`` while the run is running and absent otherwise; ``open_of`` is the owner
    until it ends. ``seeds`` counts the
    start pages, ``url`` among them. ``options`` is JSON (`runs.options_of`), ``max_cost`` in
    millionths of a dollar. ``cut_<rule>`` and ``traps`` report links that trap rules left out.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "crawl_runs")

    id = UnicodeAttribute(hash_key=True)
    owner_id = UnicodeAttribute()
    url = UnicodeAttribute()
    scope = UnicodeAttribute()
    order = UnicodeAttribute()
    max_pages = NumberAttribute()
    max_depth = NumberAttribute(null=True)
    frontier = UnicodeAttribute(default="plain")
    seeds = NumberAttribute(default=1)
    allow: ListAttribute[str] = ListAttribute(null=True)
    deny: ListAttribute[str] = ListAttribute(null=True)
    max_bytes = NumberAttribute(null=True)
    max_seconds = NumberAttribute(null=True)
    pages_per_host = NumberAttribute(null=True)
    concurrency = NumberAttribute(null=True)
    max_cost = NumberAttribute(null=True)
    keep_days = NumberAttribute(null=True)
    options = UnicodeAttribute(null=True)
    secrets = BinaryAttribute(null=True, legacy_encoding=False)
    allow_private = BooleanAttribute(default=False)
    status = UnicodeAttribute(default=RUNNING)
    reason = UnicodeAttribute(null=True)
    active = UnicodeAttribute(null=True)
    open_of = UnicodeAttribute(null=True)
    created_at = NumberAttribute()
    finished_at = NumberAttribute(null=True)
    fetched = NumberAttribute(null=True)
    discovered = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)
    skipped = NumberAttribute(null=True)
    bytes = NumberAttribute(null=True)
    cut_depth = NumberAttribute(null=True)
    cut_repetition = NumberAttribute(null=True)
    cut_parameters = NumberAttribute(null=True)
    cut_directory = NumberAttribute(null=True)
    cut_pages_per_host = NumberAttribute(null=True)
    traps: ListAttribute[str] = ListAttribute(null=True)
    # Files of the run by name (`exports.exports`); at most a dozen.
    exports: MapAttribute[str, Any] = MapAttribute(null=True)
    expires_at = NumberAttribute()
    by_owner = OwnerIndex()
    by_activity = ActiveIndex()
    by_open = OpenIndex()


RUNS = Table.of(Run)


class VisitedPage(VersionedModel):
    """One URL of a run, from the moment it is found (see `frontier.visited`).

    ``shard`` is ``<run>#<first digit of the digest>``: a run spreads over 16 hash keys.
    ``new_links``, ``checksum`` and ``dropped`` account for the pages that this page added.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "crawl_visited")

    shard = UnicodeAttribute(hash_key=True)
    url_digest = UnicodeAttribute(range_key=True)
    url = UnicodeAttribute()
    depth = NumberAttribute()
    parent = UnicodeAttribute()
    hops = NumberAttribute(null=True)
    state = UnicodeAttribute()
    holder = UnicodeAttribute(null=True)
    attempts = NumberAttribute(null=True)
    status_code = NumberAttribute(null=True)
    title = UnicodeAttribute(null=True)
    content_type = UnicodeAttribute(null=True)
    bytes = NumberAttribute(null=True)
    error = UnicodeAttribute(null=True)
    new_links = NumberAttribute(null=True)
    checksum = NumberAttribute(null=True)
    dropped = NumberAttribute(null=True)
    fetched_at = NumberAttribute(null=True)
    etag = UnicodeAttribute(null=True)
    last_modified = UnicodeAttribute(null=True)
    digest = UnicodeAttribute(null=True)
    simhash = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    canonical = UnicodeAttribute(null=True)
    robots = UnicodeAttribute(null=True)
    redirect_to = UnicodeAttribute(null=True)
    latency_ms = NumberAttribute(null=True)
    unchanged = BooleanAttribute(null=True)
    expires_at = NumberAttribute()


VISITED = Table.of(VisitedPage)


class FrontierItem(BaseModel):
    """Part of a run's frontier by hosts (`frontier.hosts`).

    Hash key ``<run>``: one item per host, by the host's name. ``<run>#<host>``: its waiting
    pages ``f#<lane>#<number>``, what it has seen ``s#<number>``, links from other hosts
    ``in#<sender>#<turn>``. ``<run>#seeds``: start pages. ``host#<name>``: the next moment of
    a host for all runs.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "crawl_frontier")

    part = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    pages = BinaryAttribute(null=True, legacy_encoding=False)
    fence = NumberAttribute(null=True)
    expires_at = NumberAttribute()


FRONTIER = Table.of(FrontierItem)


class Counter(BaseModel):
    """Counters of a run, told apart by the key.

    ``<run>``: totals (`runs.accounting`); ``budget#<run>``: tickets (`frontier.budget`);
    ``progress#<run>``: what the sweeper saw (`runs.sweeper`); ``batch#…``: stream batches
    that were counted (`shared.aws.counting`). ``seen``, ``marks`` and ``marked_at`` are the
    ring of `shared.aws.seen_ring`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "counters")

    key = UnicodeAttribute(hash_key=True)
    fetched = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)
    skipped = NumberAttribute(null=True)
    links = NumberAttribute(null=True)
    balance = NumberAttribute(null=True)
    bytes = NumberAttribute(null=True)
    dropped = NumberAttribute(null=True)
    cut_depth = NumberAttribute(null=True)
    cut_repetition = NumberAttribute(null=True)
    cut_parameters = NumberAttribute(null=True)
    cut_directory = NumberAttribute(null=True)
    cut_pages_per_host = NumberAttribute(null=True)
    traps: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    taken = NumberAttribute(null=True)
    doubtful = NumberAttribute(null=True)
    settled = NumberAttribute(null=True)
    since = NumberAttribute(null=True)
    seen = BinaryAttribute(null=True, legacy_encoding=False)
    marks = NumberAttribute(null=True)
    marked_at = NumberAttribute(null=True)
    read_at = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


COUNTERS = Table.of(Counter)


class Card(VersionedModel):
    """Link card of a page (``card``) or a copy of it (``tweet#<id>``)."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "cards")

    url_digest = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    tweet_id = UnicodeAttribute(null=True)
    url = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    image: MapAttribute[str, Any] = MapAttribute(null=True)
    unwound_url = UnicodeAttribute(null=True)
    status = NumberAttribute(null=True)
    expires_at = NumberAttribute()


CARDS = Table.of(Card)


class DueIndex(GlobalSecondaryIndex["Schedule"]):
    """Schedules by the moment they are due (sparse)."""

    class Meta(MetaBase):
        index_name = BY_DUE
        projection = AllProjection()

    due = UnicodeAttribute(hash_key=True)
    next_at = NumberAttribute(range_key=True)


class Schedule(VersionedModel, TruthModel):
    """Crawl of a user that starts again and again (`schedules.schedules`).

    ``crawl`` is the JSON body of the request; ``due`` one of four hash keys of the index;
    ``staff`` if its owner had the quotas of staff.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "crawl_schedules")

    owner_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    expression = UnicodeAttribute()
    timezone = UnicodeAttribute(null=True)
    crawl = UnicodeAttribute()
    secrets = BinaryAttribute(null=True, legacy_encoding=False)
    recrawl = UnicodeAttribute()
    due = UnicodeAttribute(null=True)
    next_at = NumberAttribute(null=True)
    last_at = NumberAttribute(null=True)
    last_run_id = UnicodeAttribute(null=True)
    last_error = UnicodeAttribute(null=True)
    staff = BooleanAttribute(null=True)
    created_at = NumberAttribute()
    by_due = DueIndex()


SCHEDULES = Table.of(Schedule)


class RobotsRecord(BaseModel):
    """robots.txt of an origin, for all processes (`fetching.robots_files`)."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "robots")

    origin = UnicodeAttribute(hash_key=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)
    fetched_at = NumberAttribute()
    expires_at = NumberAttribute()


ROBOTS = Table.of(RobotsRecord)


class IdempotencyRecord(BaseModel):
    """See `shared.aws.idempotency`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "idempotency")

    key = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


IDEMPOTENCY = Table.of(IdempotencyRecord)
