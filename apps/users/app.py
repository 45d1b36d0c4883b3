"""The users application: identity, OAuth 2.0, profiles, social graph."""

from typing import Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent
from chalicelib.users import publishing
from chalicelib.users.core.models import ACCOUNTS, COUNTERS, EXPORTS, FOLLOWS, USERS
from chalicelib.users.core.names import (
    DOMAIN,
    EXPORT_ARCHIVES_QUEUE,
    EXPORT_PARTS_QUEUE,
    EXPORTS_QUEUE,
    TWEET_COUNTS_QUEUE,
)
from chalicelib.users.exports import archives, export, jobs
from chalicelib.users.graph import derivation, shard_growth
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
    oauth1,
    pictures,
    reports,
    sessions,
    users,
)
from chalicelib.users.routes import settings as account_settings
from chalicelib.users.routes.legacy import account as account_v1
from chalicelib.users.routes.legacy import blocks as blocks_v1
from chalicelib.users.routes.legacy import follows as follows_v1
from chalicelib.users.routes.legacy import friendships as friendships_v1
from chalicelib.users.routes.legacy import users as users_v1

from shared.aws.counting import add_counts
from shared.aws.events import consume_messages, consume_together, parse
from shared.aws.streams import publish_changes, run_handlers
from shared.base.config import settings
from shared.http.application import Application

app = Application(
    DOMAIN,
    [
        accounts.api, account_settings.api, sessions.api, oauth.api, oauth1.api, apps.api,
        users.api, follows.api, follow_requests.api, blocks.api, mutes.api, exports.api,
        pictures.api, admin.api, reports.api, users_v1.api, follows_v1.api,
        friendships_v1.api, blocks_v1.api, account_v1.api,
    ],
)  # fmt: skip


@app.on_dynamodb_record(stream_arn=ACCOUNTS.name, batch_size=100)
def follow_accounts(event: DynamoDBEvent) -> None:
    """Announce registrations and verified addresses."""
    publish_changes(DOMAIN, event, publishing.account_events)


@app.on_dynamodb_record(stream_arn=USERS.name, batch_size=100)
def follow_users(event: DynamoDBEvent) -> None:
    """Announce changed profiles; index the words of names for search."""
    run_handlers(event, _announce_users, search_index.index_changes)


def _announce_users(event: DynamoDBEvent) -> None:
    publish_changes(DOMAIN, event, publishing.user_events)


@app.on_dynamodb_record(stream_arn=FOLLOWS.name, batch_size=100)
def follow_follows(event: DynamoDBEvent) -> None:
    """Announce and count follows; derive graph items, shards and reach."""
    run_handlers(
        event,
        derivation.derive,
        _announce_follows,
        _count_follows,
        shard_growth.grow_shards,
        search_index.note_follows,
    )


def _announce_follows(event: DynamoDBEvent) -> None:
    """Announce follows, requests to follow and blocks."""
    publish_changes(DOMAIN, event, publishing.follow_events)


def _count_follows(event: DynamoDBEvent) -> None:
    """Count followers and following."""
    add_counts(COUNTERS.name, "id", event, publishing.follow_amounts)


# 03:30 UTC.
@app.schedule("cron(30 3 * * ? *)")
def remove_accounts(event: CloudWatchEvent) -> int:
    """Erase accounts that were deactivated thirty days ago."""
    del event
    return departures.remove_expired()


@app.on_sqs_message(queue=settings().name(DOMAIN, TWEET_COUNTS_QUEUE), batch_size=10)
def count_tweets(event: SQSEvent) -> dict[str, Any] | None:
    """Count tweets and likes of users; note their newest tweet."""
    return consume_together(event, parse, tweet_counts.count)


@app.on_sqs_message(queue=settings().name(DOMAIN, EXPORTS_QUEUE), batch_size=1)
def export_user(event: SQSEvent) -> dict[str, Any] | None:
    """Write this domain's part of a data export, one page per message."""
    return export.walk.handle(event)


@app.on_dynamodb_record(stream_arn=EXPORTS.name, batch_size=10)
def follow_exports(event: DynamoDBEvent) -> None:
    """Announce exports; queue complete ones for archiving."""
    jobs.follow_changes(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, EXPORT_PARTS_QUEUE), batch_size=10)
def note_export_parts(event: SQSEvent) -> dict[str, Any] | None:
    """Note which domains have written their parts."""
    return consume_messages(event, jobs.note_parts)


@app.on_sqs_message(queue=settings().name(DOMAIN, EXPORT_ARCHIVES_QUEUE), batch_size=1)
def archive_exports(event: SQSEvent) -> dict[str, Any] | None:
    """Make one archive of the parts of an export."""
    return consume_messages(event, archives.make)
