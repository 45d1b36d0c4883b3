"""Tables of the tweets domain.

Keys and access patterns: docs/data-model.md.
"""

from typing import Any

from chalicelib.tweets.core.names import DOMAIN
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from shared.aws.models import BaseModel, MetaBase, TruthModel, VersionedModel, table_name
from shared.aws.table import Table

BY_AUTHOR = "by_author"
BY_REPLIED = "by_replied"
BY_QUOTED = "by_quoted"
BY_REPOSTED = "by_reposted"
BY_TWEET = "by_tweet"
BY_USER = "by_user"
BY_OWNER = "by_owner"


class Tweet(VersionedModel, TruthModel):
    """A tweet, reply, quote or retweet.

    Once deleted, it is a tombstone without text or position.

    ``position`` is the id as a number: the range key of every index, so that
    a tombstone, which has none, drops out of them. ``reply_settings`` is kept
    only where not everyone may reply; replies inherit it from their root.
    ``edit_history`` holds the ids of all versions, where there are several; a
    version that is not the newest names that in ``superseded_by``, and has no
    position either.
    ``client_id`` is the app that posted it: its name is the tweet's ``source``.
    ``long_text``: ``text`` and ``entities`` are the start of a text that `LongText` holds;
    ``later_mention_ids`` are the users that only the rest mentions.
    ``imported``: history that an operator imported, of which nobody was notified.
    ``removed`` is in a tombstone that a moderator made: the category of the reason.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "tweets")

    id = UnicodeAttribute(hash_key=True)
    position = NumberAttribute(null=True)
    author_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    text = UnicodeAttribute(null=True)
    entities = JSONAttribute(null=True)
    long_text = BooleanAttribute(null=True)
    later_mention_ids: ListAttribute[str] = ListAttribute(null=True)
    conversation_id = UnicodeAttribute()
    in_reply_to_tweet_id = UnicodeAttribute(null=True)
    in_reply_to_user_id = UnicodeAttribute(null=True)
    quoted_tweet_id = UnicodeAttribute(null=True)
    quoted_user_id = UnicodeAttribute(null=True)
    retweeted_tweet_id = UnicodeAttribute(null=True)
    retweeted_user_id = UnicodeAttribute(null=True)
    reply_settings = UnicodeAttribute(null=True)
    hidden = BooleanAttribute(null=True)
    lang = UnicodeAttribute(null=True)
    edit_history: ListAttribute[str] = ListAttribute(null=True)
    superseded_by = UnicodeAttribute(null=True)
    poll: MapAttribute[str, Any] = MapAttribute(null=True)
    media = JSONAttribute(null=True)
    poll_closed = BooleanAttribute(null=True)
    deleted = BooleanAttribute(null=True)
    removed = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute(null=True)
    imported = BooleanAttribute(null=True)


TWEETS = Table.of(Tweet)


class Engagement(VersionedModel, TruthModel):
    """A user's like, retweet, bookmark or vote.

    ``entry`` is ``<tweet id, 19 digits>#<like|retweet|bookmark|vote>``.

    Ordered by tweet, so the viewer's likes and retweets of a whole page are
    one range query. ``tweet_kind`` is the sparse key of the index by tweet;
    bookmarks have none. No route lists votes, which are private: the index finds
    the voters to notify when a poll closes.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "engagements")

    user_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    tweet_id = UnicodeAttribute()
    author_id = UnicodeAttribute()
    active = BooleanAttribute(default=True)
    tweet_kind = UnicodeAttribute(null=True)
    retweet_id = UnicodeAttribute(null=True)
    choice = NumberAttribute(null=True)
    folder_id = UnicodeAttribute(null=True)
    imported = BooleanAttribute(null=True)


ENGAGEMENTS = Table.of(Engagement)


class BookmarkFolder(TruthModel):
    """A folder of bookmarks, or a tweet in it.

    ``entry`` is ``folder#<id>`` or ``tweet#<folder id>#<tweet id>``.

    Ids are padded to 19 digits, so that text order is id order.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "folders")

    user_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute(null=True)


FOLDERS = Table.of(BookmarkFolder)


class TimelineEntry(BaseModel):
    """One delivery of a tweet to a reader; see `entries`.

    Above all tweet ids stands the reader's state; see `reader_state`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "timelines")

    user_id = UnicodeAttribute(hash_key=True)
    position = NumberAttribute(range_key=True)
    author_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    retweeted_tweet_id = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


TIMELINES = Table.of(TimelineEntry)


class AuthorHead(BaseModel):
    """An author's newest tweets, packed, and delivery modes; see `heads`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "heads")

    author_id = UnicodeAttribute(hash_key=True)
    packed = BinaryAttribute(null=True, legacy_encoding=False)
    floor = NumberAttribute(null=True)
    version = NumberAttribute()
    modes: ListAttribute[Any] = ListAttribute(null=True)
    audience = BinaryAttribute(null=True, legacy_encoding=False)


HEADS = Table.of(AuthorHead)


class ModeSwitch(BaseModel):
    """An announcement to all processes; see `announcements`.

    ``list`` is ``modes`` for switches of delivery modes and ``readers`` for readers whose
    activity changed; ``at`` is ``<ms, 13 digits>#<user id>``. Under ``processes`` stand the
    processes that read home pages, by hour; see `reader_processes`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "switches")

    list = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    mode = UnicodeAttribute(null=True)
    first = NumberAttribute(null=True)
    quarters = NumberAttribute(null=True)
    expires_at = NumberAttribute()


SWITCHES = Table.of(ModeSwitch)


class Mention(BaseModel):
    """A tweet filed for a user whom it mentions or answers, by id."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "mentions")

    user_id = UnicodeAttribute(hash_key=True)
    position = NumberAttribute(range_key=True)


MENTIONS = Table.of(Mention)


class ListEntry(VersionedModel, TruthModel):
    """A list, or a user's role in it.

    ``entry`` is ``list`` or ``<role>#<user id>``.

    Roles are ``member``, ``follower`` and ``pin``. ``user_key`` and
    ``position`` (the list's id) are the keys of the index by user; the list
    itself is there as ``owner#<user id>``.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "lists")

    list_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    user_key = UnicodeAttribute()
    position = NumberAttribute()
    name = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    private = BooleanAttribute(null=True)
    owner_id = UnicodeAttribute(null=True)


LISTS = Table.of(ListEntry)


class Counter(BaseModel):
    """Aggregated counts of a tweet or of ``list#<id>``.

    Items of other keys mark batches that are counted already. ``seen``, ``marks`` and
    ``marked_at`` are the ring of `shared.aws.seen_ring`.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "counters")

    id = UnicodeAttribute(hash_key=True)
    likes = NumberAttribute(default=0)
    retweets = NumberAttribute(default=0)
    replies = NumberAttribute(default=0)
    quotes = NumberAttribute(default=0)
    bookmarks = NumberAttribute(default=0)
    members = NumberAttribute(default=0)
    followers = NumberAttribute(default=0)
    impressions = NumberAttribute(default=0)
    viewed = UnicodeAttribute(null=True)
    seen = BinaryAttribute(null=True, legacy_encoding=False)
    marks = NumberAttribute(null=True)
    marked_at = NumberAttribute(null=True)


COUNTERS = Table.of(Counter)


class PlannedTweet(VersionedModel, TruthModel):
    """A draft or a scheduled tweet.

    ``entry`` is ``draft#<id>`` or ``scheduled#<id>``.

    ``body`` is that of ``POST /2/tweets``. The ``status`` of a scheduled one
    becomes ``posted`` (with ``tweet_id``) or ``failed`` (with ``failure``).
    ``media_ids`` are those in the body, for the stream's filter.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "planned")

    user_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    body: JSONAttribute = JSONAttribute()
    media_ids = JSONAttribute(null=True)
    due_at = NumberAttribute(null=True)
    tweet_id = UnicodeAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


PLANNED = Table.of(PlannedTweet)


class Timer(BaseModel):
    """Work that is due at a moment; see `timers`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "timers")

    slot = UnicodeAttribute(hash_key=True)
    due = UnicodeAttribute(range_key=True)


TIMERS = Table.of(Timer)


class IdempotencyRecord(BaseModel):
    """An answered idempotency key; see `shared.aws.idempotency`."""

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "idempotency")

    key = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


IDEMPOTENCY = Table.of(IdempotencyRecord)


class Media(VersionedModel, TruthModel):
    """An upload and its files.

    ``state`` goes from ``uploading`` (over ``pending`` and ``in_progress`` for videos) to
    ``succeeded`` or ``failed``, and to ``removed`` when the last tweet with it is deleted.
    ``files`` are the names and extensions of its objects under ``prefix``. While nothing uses
    it (``tweet_ids``: tweets, and entries of planned tweets), it expires at ``expires_at``.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "media")

    id = UnicodeAttribute(hash_key=True)
    owner_id = UnicodeAttribute()
    additional_owners = UnicodeSetAttribute(null=True)
    state = UnicodeAttribute()
    category = UnicodeAttribute(null=True)
    kind = UnicodeAttribute()
    prefix = UnicodeAttribute()
    total_bytes = NumberAttribute(null=True)
    size = NumberAttribute(null=True)
    content_type = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    duration_ms = NumberAttribute(null=True)
    bit_rate = NumberAttribute(null=True)
    files: MapAttribute[str, Any] = MapAttribute(null=True)
    subtitles: ListAttribute[Any] = ListAttribute(null=True)
    alt_text = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    job_id = UnicodeAttribute(null=True)
    tweet_ids = UnicodeSetAttribute(null=True)
    expires_at = NumberAttribute(null=True)


MEDIA = Table.of(Media)
