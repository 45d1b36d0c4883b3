"""Tables of profiles, accounts and the social graph.

Keys and access patterns: docs/data-model.md. Tables of tokens: `token_models`.
"""

from typing import Any

from chalicelib.users.core.names import DOMAIN
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from shared.aws.models import BaseModel, MetaBase, TruthModel, VersionedModel, table_name
from shared.aws.table import Table

# Indexes.
LEAVING = "leaving"
QUEUE = "queue"


class User(VersionedModel, TruthModel):
    """Public profile of a user; other domains read it as a card (`profiles`)."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "users")

    id = UnicodeAttribute(hash_key=True)
    username = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    location = UnicodeAttribute(null=True)
    url = UnicodeAttribute(null=True)
    profile_image_url = UnicodeAttribute(null=True)
    profile_banner_url = UnicodeAttribute(null=True)
    pinned_tweet_id = UnicodeAttribute(null=True)
    protected = BooleanAttribute(default=False)
    verified = BooleanAttribute(default=False)
    status = UnicodeAttribute(default="active")
    roles = UnicodeSetAttribute()
    created_at = NumberAttribute()
    active_day = NumberAttribute(null=True)
    limited = BooleanAttribute(null=True)
    suspended_at = NumberAttribute(null=True)
    restored_at = NumberAttribute(null=True)
    follower_shards = NumberAttribute(null=True)
    follower_shards_from = NumberAttribute(null=True)


USERS = Table.of(User)


class Account(VersionedModel, TruthModel):
    """Private identity data: accounts, claims to names and addresses.

    `account_items` makes the claims ``username#<lower case>`` and ``email#<address>``.
    ``account#<user id>`` holds the rest. ``leaving`` (always ``1``) and
    ``deactivated_at`` exist only while an account is deactivated: they are the
    key of the sparse index that the daily removal reads.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "accounts")

    key = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(null=True)
    username = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    email_verified = BooleanAttribute(null=True)
    verification_id = UnicodeAttribute(null=True)
    verification_requested_at = NumberAttribute(null=True)
    password_hash = UnicodeAttribute(null=True)
    password_changed_at = NumberAttribute(null=True)
    sessions_from = NumberAttribute(null=True)
    reset_id = UnicodeAttribute(null=True)
    reset_requested_at = NumberAttribute(null=True)
    pending_email = UnicodeAttribute(null=True)
    pending_email_id = UnicodeAttribute(null=True)
    email_changed_at = NumberAttribute(null=True)
    former_email = UnicodeAttribute(null=True)
    undo_id = UnicodeAttribute(null=True)
    age_confirmed = BooleanAttribute(null=True)
    totp_secret = BinaryAttribute(legacy_encoding=False, null=True)
    totp_pending = BinaryAttribute(legacy_encoding=False, null=True)
    totp_step = NumberAttribute(null=True)
    totp_enabled_at = NumberAttribute(null=True)
    recovery_digests = UnicodeSetAttribute(null=True)
    leaving = UnicodeAttribute(null=True)
    deactivated_at = NumberAttribute(null=True)
    deleting = BooleanAttribute(null=True)
    reserved_for = UnicodeAttribute(null=True)
    reserved_until = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


ACCOUNTS = Table.of(Account)


class Follow(VersionedModel, TruthModel):
    """Relation of ``user_id`` to ``target_id``, set by the former (`pairs`).

    ``followed_id``, ``requested_id`` and ``watched_id`` equal ``target_id`` while
    ``following``, ``pending`` and ``notify`` are true, and are absent otherwise: keys
    of the sparse indexes that list a target's followers, requesters and watchers.
    Followers of large accounts have ``<target id>#<shard>`` instead
    (see `shared.contracts.follower_shards`). ``block_changes`` counts blocks and unblocks.
    Nobody is notified of an ``imported`` follow.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "follows")

    user_id = UnicodeAttribute(hash_key=True)
    target_id = UnicodeAttribute(range_key=True)
    followed_id = UnicodeAttribute(null=True)
    requested_id = UnicodeAttribute(null=True)
    watched_id = UnicodeAttribute(null=True)
    following = BooleanAttribute(default=False)
    pending = BooleanAttribute(default=False)
    blocked = BooleanAttribute(default=False)
    muted = BooleanAttribute(default=False)
    notify = BooleanAttribute(null=True)
    block_changes = NumberAttribute(null=True)
    region = UnicodeAttribute(null=True)
    imported = BooleanAttribute(null=True)


FOLLOWS = Table.of(Follow)


class UserGraph(BaseModel):
    """Version of a user's relations, and their blockers (made by `states`).

    Derived from the follows table, in each region; see `shared.contracts.graph_state`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "graph")

    user_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(null=True)
    changed_at = NumberAttribute(null=True)
    blockers = UnicodeSetAttribute(null=True)
    many_blockers = BooleanAttribute(null=True)


GRAPH = Table.of(UserGraph)


class SearchEntry(BaseModel):
    """Word of a user's names under its first letters (by `search_index`).

    One item more holds the ``ranks`` of the most followed users (by `popular`).
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "search")

    prefix = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    user_id = UnicodeAttribute(null=True)
    username = UnicodeAttribute(null=True)
    words = UnicodeAttribute()
    verified = BooleanAttribute(null=True)
    reach = NumberAttribute(null=True)
    version = NumberAttribute(null=True)
    ranks: MapAttribute[str, Any] = MapAttribute(null=True)


SEARCH_ENTRIES = Table.of(SearchEntry)


class Counter(BaseModel):
    """Counters of a user, and markers of events and batches counted.

    ``most_recent`` is the id of the newest tweet that is not a retweet, and
    ``recent_seen`` the highest id considered for it (see `counted_events`).
    ``seen``, ``marks`` and ``marked_at`` are the ring of `shared.aws.seen_ring`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "counters")

    id = UnicodeAttribute(hash_key=True)
    followers = NumberAttribute(default=0)
    following = NumberAttribute(default=0)
    tweets = NumberAttribute(default=0)
    likes = NumberAttribute(default=0)
    listed = NumberAttribute(default=0)
    media = NumberAttribute(default=0)
    most_recent = NumberAttribute(null=True)
    recent_seen = NumberAttribute(null=True)
    seen = BinaryAttribute(null=True, legacy_encoding=False)
    marks = NumberAttribute(null=True)
    marked_at = NumberAttribute(null=True)


COUNTERS = Table.of(Counter)


class Export(VersionedModel, TruthModel):
    """Newest export job of a user (made by `jobs`); moments in Unix ms."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "exports")

    user_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute()
    status = UnicodeAttribute()
    expected = UnicodeSetAttribute()
    parts = UnicodeSetAttribute(null=True)
    requested_at = NumberAttribute()
    previous_at = NumberAttribute()
    ready_at = NumberAttribute(null=True)
    size = NumberAttribute(null=True)


EXPORTS = Table.of(Export)


class Report(TruthModel):
    """Case of a reported subject, or one report (made by `reports`).

    Their entries are ``case`` and ``report#<reporter id>``.

    ``queue`` and ``opened_at`` exist while the case is open or claimed: they are the
    key of the sparse index that moderators read.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "reports")

    subject = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    queue = UnicodeAttribute(null=True)
    opened_at = NumberAttribute(null=True)
    reports = NumberAttribute(null=True)
    categories = UnicodeSetAttribute(null=True)
    category = UnicodeAttribute(null=True)
    comment = UnicodeAttribute(null=True)
    created_at = NumberAttribute(null=True)
    updated_at = NumberAttribute(null=True)
    claimed_by = UnicodeAttribute(null=True)
    claimed_at = NumberAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    resolved_by = UnicodeAttribute(null=True)
    resolved_at = NumberAttribute(null=True)


REPORTS = Table.of(Report)
