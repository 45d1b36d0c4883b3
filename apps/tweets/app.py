"""The tweets application: tweets, engagements and timelines."""

from typing import Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent
from chalicelib.tweets import publishing
from chalicelib.tweets.core.models import COUNTERS, ENGAGEMENTS, LISTS, MEDIA, PLANNED, TWEETS
from chalicelib.tweets.core.names import (
    CARDS_QUEUE,
    DOMAIN,
    ENDINGS_QUEUE,
    ERASURES_QUEUE,
    EXPORTS_QUEUE,
    FANOUT_QUEUE,
    FOLLOWS_QUEUE,
    MAINTENANCE_QUEUE,
    MEDIA_QUEUE,
    RANGES_QUEUE,
    TIMERS_QUEUE,
    VIEWS_QUEUE,
)
from chalicelib.tweets.engagement import views
from chalicelib.tweets.heads import store
from chalicelib.tweets.lifecycle import erasure, export
from chalicelib.tweets.lists import blocks, membership
from chalicelib.tweets.media import processing, usage
from chalicelib.tweets.posting import endings, link_cards, long_texts, timer_actions, timers
from chalicelib.tweets.routes import (
    admin,
    bookmarks,
    engagements,
    lists,
    media,
    pages,
    planned,
    polls,
    public,
    readers,
    timelines,
    tweets,
    updates,
    user_lists,
)
from chalicelib.tweets.routes.legacy import favorites as favorites_v1
from chalicelib.tweets.routes.legacy import list_people as list_people_v1
from chalicelib.tweets.routes.legacy import lists as lists_v1
from chalicelib.tweets.routes.legacy import media as media_v1
from chalicelib.tweets.routes.legacy import retweets as retweets_v1
from chalicelib.tweets.routes.legacy import statuses as statuses_v1
from chalicelib.tweets.timelines import delivery_review, fanout, maintenance
from chalicelib.tweets.timelines.fanout_metrics import consume_measured

from shared.aws.counting import add_counts
from shared.aws.dynamo import Item
from shared.aws.events import Event, consume, consume_messages, consume_records
from shared.aws.streams import publish_changes, run_handlers
from shared.base.config import settings
from shared.http.application import Application

app = Application(
    DOMAIN,
    [
        tweets.api,
        engagements.api,
        readers.api,
        bookmarks.api,
        polls.api,
        public.api,
        planned.api,
        timelines.api,
        statuses_v1.api,
        favorites_v1.api,
        retweets_v1.api,
        lists_v1.api,
        list_people_v1.api,
        updates.api,
        lists.api,
        user_lists.api,
        media.api,
        media_v1.api,
        pages.api,
        admin.api,
    ],
)


@app.on_dynamodb_record(stream_arn=TWEETS.name, batch_size=100)
def follow_tweets(event: DynamoDBEvent) -> None:
    """Announce tweets; update heads, caches, counters, media and long texts."""
    run_handlers(
        event,
        _announce_tweets,
        store.follow_changes,
        _count_references,
        usage.follow_tweets,
        long_texts.follow_tweets,
    )


def _announce_tweets(event: DynamoDBEvent) -> None:
    """Announce tweets and deletions."""
    publish_changes(DOMAIN, event, publishing.tweet_events)


def _count_references(event: DynamoDBEvent) -> None:
    """Aggregate replies and quotes."""
    add_counts(COUNTERS.name, "id", event, publishing.reference_amounts)


# Likes of a hot tweet fill a batch within a second: its counter is written less often.
@app.on_dynamodb_record(
    stream_arn=ENGAGEMENTS.name, batch_size=100, maximum_batching_window_in_seconds=1
)
def follow_engagements(event: DynamoDBEvent) -> None:
    """Announce likes; count engagements; end those with deleted tweets."""
    run_handlers(event, _announce_engagements, _count_engagements, endings.follow_engagements)


def _announce_engagements(event: DynamoDBEvent) -> None:
    publish_changes(DOMAIN, event, publishing.engagement_events)


def _count_engagements(event: DynamoDBEvent) -> None:
    add_counts(COUNTERS.name, "id", event, publishing.engagement_amounts)


@app.on_dynamodb_record(stream_arn=LISTS.name, batch_size=100)
def follow_lists(event: DynamoDBEvent) -> None:
    """Announce and count lists' members; remove the rest of deleted lists."""
    run_handlers(event, _announce_lists, _count_lists, membership.follow_lists)


def _announce_lists(event: DynamoDBEvent) -> None:
    """Announce lists, their members and their followers."""
    publish_changes(DOMAIN, event, publishing.list_events)


def _count_lists(event: DynamoDBEvent) -> None:
    """Aggregate the members and followers of lists."""
    add_counts(COUNTERS.name, "id", event, membership.role_amounts)


@app.on_dynamodb_record(stream_arn=PLANNED.name, batch_size=25)
def follow_planned(event: DynamoDBEvent) -> None:
    """Announce failed scheduled tweets; keep the media of planned ones."""
    run_handlers(event, _announce_planned, usage.follow_planned)


def _announce_planned(event: DynamoDBEvent) -> None:
    """Announce scheduled tweets that could not be posted."""
    publish_changes(DOMAIN, event, publishing.planned_events)


@app.on_dynamodb_record(stream_arn=MEDIA.name, batch_size=10)
def follow_media(event: DynamoDBEvent) -> None:
    """Announce media; delete the objects of unused ones."""
    run_handlers(event, _announce_media, usage.follow_media)


def _announce_media(event: DynamoDBEvent) -> None:
    """Announce uploads that wait for processing and media that are ready."""
    publish_changes(DOMAIN, event, publishing.media_events)


@app.schedule("rate(1 minute)")
def ring_timers(event: CloudWatchEvent) -> None:  # noqa: ARG001 (Chalice passes it)
    """Queue the timers that are due."""
    timers.ring()


@app.on_sqs_message(queue=settings().name(DOMAIN, TIMERS_QUEUE), batch_size=10)
def act_on_timers(event: SQSEvent) -> dict[str, Any] | None:
    """Post scheduled tweets and close polls."""
    return consume_messages(event, timer_actions.act)


@app.on_sqs_message(queue=settings().name(DOMAIN, VIEWS_QUEUE), batch_size=1)
def count_views(event: SQSEvent) -> dict[str, Any] | None:
    """Add views to the counters."""
    return consume_records(event, views.count)


@app.on_sqs_message(queue=settings().name(DOMAIN, FANOUT_QUEUE), batch_size=10)
def plan_fanout(event: SQSEvent) -> dict[str, Any] | None:
    """Cut fan-outs into ranges of followers."""
    return consume_measured(
        consume, event, fanout.plan, lambda e: e.data["tweet_id"] if "created" in e.type else None
    )


@app.on_sqs_message(queue=settings().name(DOMAIN, RANGES_QUEUE), batch_size=1)
def deliver_fanout(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver to one range of followers."""
    return consume_measured(
        consume_messages,
        event,
        fanout.deliver_range,
        lambda message: None if message["remove"] else message["tweet_id"],
    )


@app.on_sqs_message(queue=settings().name(DOMAIN, FOLLOWS_QUEUE), batch_size=10)
def keep_follows(event: SQSEvent) -> dict[str, Any] | None:
    """Update delivery modes, timelines and lists after changed relations."""
    return consume(event, _follow_relation)


def _follow_relation(event: Event) -> None:
    """Follow a follow, an unfollow or a block."""
    maintenance.follow_relation(event)
    blocks.follow_block(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, MAINTENANCE_QUEUE), batch_size=1)
def keep_timelines(event: SQSEvent) -> dict[str, Any] | None:
    """Rebuild timelines; review delivery modes; end roles in lists."""
    return consume_messages(event, _run_maintenance)


def _run_maintenance(message: Item) -> None:
    """Do the work of a message of the domain's own queue."""
    if message.get("kind") == blocks.KIND:
        blocks.end_roles(message)
    else:
        maintenance.run(message)


@app.schedule("cron(30 * * * ? *)")
def judge_authors(event: CloudWatchEvent) -> None:
    """Queue the review of this hour's slice of authors: push or pull.

    Runs at minute 30. ``rate(1 hour)`` would start at deploy time, possibly on an hour boundary.
    """
    del event
    delivery_review.request_slice()


@app.on_sqs_message(queue=settings().name(DOMAIN, CARDS_QUEUE), batch_size=10)
def attach_cards(event: SQSEvent) -> dict[str, Any] | None:
    """Write link cards into tweets."""
    return consume(event, link_cards.attach)


@app.on_sqs_message(queue=settings().name(DOMAIN, ENDINGS_QUEUE), batch_size=1)
def end_engagements(event: SQSEvent) -> dict[str, Any] | None:
    """End the engagements with a deleted tweet, one slice per message."""
    return endings.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, ERASURES_QUEUE), batch_size=1)
def erase_user(event: SQSEvent) -> dict[str, Any] | None:
    """Erase the data of a deleted account, one slice per message."""
    return erasure.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, EXPORTS_QUEUE), batch_size=1)
def export_user(event: SQSEvent) -> dict[str, Any] | None:
    """Write this domain's part of a data export, one page per message."""
    return export.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, MEDIA_QUEUE), batch_size=1)
def process_media(event: SQSEvent) -> dict[str, Any] | None:
    """Check and store an uploaded video."""
    return consume(event, processing.process_video)
