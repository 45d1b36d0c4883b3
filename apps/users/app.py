"""The users application: identity, OAuth 2.0, profiles and the social graph."""

from typing import Any

from chalicelib.users import publishing
from chalicelib.users.core.models import Counter
from chalicelib.users.exports import archives, export, jobs
from chalicelib.users.graph import shard_growth
from chalicelib.users.leaving import departures
from chalicelib.users.profiles import search_index, tweet_counts
from chalicelib.users.routes import (
    accounts,
    admin,
    apps,
    blocks,
    exports,
    follow_requests,
    follows,
    mutes,
    oauth,
    pictures,
    reports,
    sessions,
    users,
)
from chalicelib.users.routes import settings as account_settings

from shared.aws.events import consume, consume_messages
from shared.aws.streams import add_counts, publish_changes
from shared.base.config import settings
from shared.http.application import Application

app = Application(
    "users",
    [
        accounts.api, account_settings.api, sessions.api, oauth.api, apps.api, users.api,
        follows.api, follow_requests.api, blocks.api, mutes.api, exports.api,
        pictures.api, admin.api, reports.api,
    ],
)  # fmt: skip


@app.on_dynamodb_record(stream_arn=settings().name("users", "accounts"), batch_size=100)
def publish_accounts(event: Any) -> None:
    """Announce registrations and verified addresses."""
    publish_changes("users", event, publishing.account_events)


@app.on_dynamodb_record(stream_arn=settings().name("users", "users"), batch_size=100)
def publish_users(event: Any) -> None:
    """Announce changed profiles."""
    publish_changes("users", event, publishing.user_events)


@app.on_dynamodb_record(stream_arn=settings().name("users", "users"), batch_size=100)
def index_users(event: Any) -> None:
    """Keep the words of names searchable."""
    search_index.index_changes(event)


@app.on_dynamodb_record(stream_arn=settings().name("users", "follows"), batch_size=100)
def publish_follows(event: Any) -> None:
    """Announce follows, requests to follow and blocks."""
    publish_changes("users", event, publishing.follow_events)


@app.on_dynamodb_record(stream_arn=settings().name("users", "follows"), batch_size=45)
def count_follows(event: Any) -> None:
    """Aggregate followers and following; large accounts get more shards."""
    add_counts(Counter.Meta.table_name, "id", event, publishing.follow_amounts)
    shard_growth.grow_shards(event)


# Half past three in the night, UTC.
@app.schedule("cron(30 3 * * ? *)")
def remove_accounts(event: Any) -> int:
    """Erase accounts that were deactivated thirty days ago."""
    del event
    return departures.remove_expired()


@app.on_sqs_message(queue=settings().name("users", "tweet-counts"), batch_size=10)
def count_tweets(event: Any) -> Any:
    """Count what people post and like, and keep their newest tweet."""
    return consume(event, tweet_counts.count)


@app.on_sqs_message(queue=settings().name("users", "exports"), batch_size=1)
def export_user(event: Any) -> Any:
    """Write this domain's part of somebody's data export, a page a message."""
    return export.walk.handle(event)


@app.on_dynamodb_record(stream_arn=settings().name("users", "exports"), batch_size=10)
def follow_exports(event: Any) -> None:
    """Announce exports that begin or are ready, and have complete ones archived."""
    jobs.follow(event)


@app.on_sqs_message(queue=settings().name("users", "export-parts"), batch_size=10)
def note_export_parts(event: Any) -> Any:
    """Note which domains have written their parts."""
    return consume_messages(event, jobs.part_written)


@app.on_sqs_message(queue=settings().name("users", "export-archives"), batch_size=1)
def archive_exports(event: Any) -> Any:
    """Make one archive of an export's parts."""
    return consume_messages(event, archives.make)
