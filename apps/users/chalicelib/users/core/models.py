"""Tables of the users domain (keys and access patterns: docs/data-model.md)."""

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from shared.aws.models import BaseModel, MetaBase, VersionedModel, table_name


class User(VersionedModel):
    """A profile: everything others may see. Other domains read it as a card."""

    class Meta(MetaBase):
        table_name = table_name("users", "users")

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


class Account(VersionedModel):
    """Private identity data, one table for claims and accounts.

    ``username#<lower case>`` and ``email#<address>`` hold only ``user_id``:
    they are the uniqueness claims and the way from a login to a user.
    What was given up keeps ``reserved_for`` and ``reserved_until`` instead (see `claims`).
    ``account#<user id>`` holds the rest; ``leaving`` (always ``1``) and
    ``deactivated_at`` are there only while an account is on its way out: the
    sparse key of the index that the daily removal reads.
    """

    class Meta(MetaBase):
        table_name = table_name("users", "accounts")

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


class Grant(BaseModel):
    """``session#<id>``: a family of tokens. ``code#<digest>``: an authorization code.

    ``oauth1#<access token>``: an OAuth 1.0a access token. ``holder_id`` equals
    ``user_id`` except for codes: the sparse key of the index of a user's grants.
    """

    class Meta(MetaBase):
        table_name = table_name("users", "grants")

    key = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(null=True)
    holder_id = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute()
    scope = UnicodeAttribute()
    device = UnicodeAttribute(null=True)
    refreshed_at = NumberAttribute(null=True)
    refresh_digest = UnicodeAttribute(null=True)
    redirect_uri = UnicodeAttribute(null=True)
    code_challenge = UnicodeAttribute(null=True)
    code_challenge_method = UnicodeAttribute(null=True)
    secret = BinaryAttribute(legacy_encoding=False, null=True)
    created_at = NumberAttribute()
    expires_at = NumberAttribute()


class Client(VersionedModel):
    """``client#<client id>``: a developer app. ``consumer#<key>``: the way to it from a key.

    Only the former has an ``owner_id``: the key of the index of a user's apps.
    """

    class Meta(MetaBase):
        table_name = table_name("users", "clients")

    key = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    owner_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    type = UnicodeAttribute(null=True)
    redirect_uris = UnicodeSetAttribute(null=True)
    secret_digest = UnicodeAttribute(null=True)
    consumer_key = UnicodeAttribute(null=True)
    consumer_secret_digest = UnicodeAttribute(null=True)
    consumer_secret = BinaryAttribute(legacy_encoding=False, null=True)
    created_at = NumberAttribute(null=True)


class Follow(VersionedModel):
    """One ordered pair: what ``user_id`` feels about ``target_id``.

    ``followed_id``, ``requested_id`` and ``watched_id`` equal ``target_id`` while
    following, while pending and while ``notify`` holds; they are absent
    otherwise: sparse keys of the indexes that list a target's people. Followers
    of large accounts have ``<target id>#<shard>`` (see `shared.contracts.follower_shards`).
    """

    class Meta(MetaBase):
        table_name = table_name("users", "follows")

    user_id = UnicodeAttribute(hash_key=True)
    target_id = UnicodeAttribute(range_key=True)
    followed_id = UnicodeAttribute(null=True)
    requested_id = UnicodeAttribute(null=True)
    watched_id = UnicodeAttribute(null=True)
    following = BooleanAttribute(default=False)
    pending = BooleanAttribute(default=False)
    blocked = BooleanAttribute(default=False)
    blocked_by = BooleanAttribute(default=False)
    muted = BooleanAttribute(default=False)
    notify = BooleanAttribute(null=True)


class SearchEntry(BaseModel):
    """A word of a user's names, under its first letters (see `search_index`)."""

    class Meta(MetaBase):
        table_name = table_name("users", "search")

    prefix = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    user_id = UnicodeAttribute(null=True)
    username = UnicodeAttribute(null=True)
    words = UnicodeAttribute()
    version = NumberAttribute(null=True)


class Counter(BaseModel):
    """Aggregated counts of a user, and the keys of batches already counted.

    ``most_recent`` is the id of the newest tweet that is no retweet;
    ``recent_seen`` the highest id that had a say in it, and ``recent_changes`` tells
    whether either may have changed (see `tweet_counts`).
    """

    class Meta(MetaBase):
        table_name = table_name("users", "counters")

    id = UnicodeAttribute(hash_key=True)
    followers = NumberAttribute(default=0)
    following = NumberAttribute(default=0)
    tweets = NumberAttribute(default=0)
    likes = NumberAttribute(default=0)
    listed = NumberAttribute(default=0)
    media = NumberAttribute(default=0)
    most_recent = NumberAttribute(null=True)
    recent_seen = NumberAttribute(null=True)
    recent_changes = NumberAttribute(null=True)


class Attempt(BaseModel):
    """Token buckets of logins, and from where an account has logged in (see `throttle`)."""

    class Meta(MetaBase):
        table_name = table_name("users", "attempts")

    key = UnicodeAttribute(hash_key=True)
    full_at = NumberAttribute(null=True)
    known = BooleanAttribute(null=True)
    expires_at = NumberAttribute()


class Export(VersionedModel):
    """The newest export job of a user (see `export_jobs`): moments in Unix ms."""

    class Meta(MetaBase):
        table_name = table_name("users", "exports")

    user_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute()
    status = UnicodeAttribute()
    expected = UnicodeSetAttribute()
    parts = UnicodeSetAttribute(null=True)
    requested_at = NumberAttribute()
    previous_at = NumberAttribute()
    ready_at = NumberAttribute(null=True)
    size = NumberAttribute(null=True)


class Revocation(BaseModel):
    """Tokens refused before they expire; read by every domain (see `shared.auth.revocations`)."""

    class Meta(MetaBase):
        table_name = table_name("users", "revocations")

    list = UnicodeAttribute(hash_key=True, default="revoked")
    at = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute(null=True)


class Report(BaseModel):
    """``case``: what is known of a reported subject. ``report#<reporter>``: one report.

    ``queue`` and ``opened_at`` are there while somebody should look at it: the
    keys of the sparse index that moderators read.
    """

    class Meta(MetaBase):
        table_name = table_name("users", "reports")

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
