"""The tweets application: tweets, engagements and timelines."""

from typing import Any

from chalicelib.tweets import publishing
from chalicelib.tweets.core.models import Counter
from chalicelib.tweets.engagement import views
from chalicelib.tweets.heads import store
from chalicelib.tweets.lifecycle import erasure, export
from chalicelib.tweets.lists import membership
from chalicelib.tweets.media import processing, usage
from chalicelib.tweets.posting import link_cards, timer_actions, timers
from chalicelib.tweets.routes import (
    admin,
    bookmarks,
    engagements,
    lists,
    media,
    media_v1,
    planned,
    polls,
    public,
    readers,
    timelines,
    tweets,
    user_lists,
)
from chalicelib.tweets.timelines import delivery_review, fanout, maintenance
from chalicelib.tweets.timelines.fanout_metrics import measured

from shared.aws.events import consume, consume_messages, consume_records
from shared.aws.streams import add_counts, changes, each_of, publish_changes
from shared.base.config import settings
from shared.http.application import Application

app = Application(
    "tweets",
    [
        tweets.api,
        engagements.api,
        readers.api,
        bookmarks.api,
        polls.api,
        public.api,
        planned.api,
        timelines.api,
        lists.api,
        user_lists.api,
        media.api,
        media_v1.api,
        admin.api,
    ],
)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "tweets"), batch_size=100)
def publish_tweets(event: Any) -> None:
    """Announce tweets and deletions."""
    publish_changes("tweets", event, publishing.tweet_events)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "tweets"), batch_size=45)
def follow_tweets(event: Any) -> None:
    """Bring tweets and deletions into author heads, caches and counters, and to their media."""
    each_of(event, store.follow_changes, _count_references, usage.follow_tweets)


def _count_references(event: Any) -> None:
    """Aggregate replies and quotes."""
    add_counts(Counter.Meta.table_name, "id", event, publishing.reference_amounts)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "engagements"), batch_size=100)
def publish_engagements(event: Any) -> None:
    """Announce likes."""
    publish_changes("tweets", event, publishing.engagement_events)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "engagements"), batch_size=95)
def count_engagements(event: Any) -> None:
    """Aggregate likes, retweets and bookmarks."""
    add_counts(Counter.Meta.table_name, "id", event, publishing.engagement_amounts)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "lists"), batch_size=45)
def follow_lists(event: Any) -> None:
    """Count the members and followers of lists; remove what is left of deleted ones."""
    each_of(event, _count_lists, membership.follow_lists)


def _count_lists(event: Any) -> None:
    """Aggregate the members and followers of lists."""
    add_counts(Counter.Meta.table_name, "id", event, membership.role_amounts)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "lists"), batch_size=100)
def publish_lists(event: Any) -> None:
    """Announce lists, and who is put on them, taken off, and follows them."""
    publish_changes("tweets", event, publishing.list_events)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "planned"), batch_size=100)
def publish_planned(event: Any) -> None:
    """Announce scheduled tweets that could not be posted."""
    publish_changes("tweets", event, publishing.planned_events)


@app.schedule("rate(1 minute)")
def ring_timers(event: Any) -> None:  # noqa: ARG001 (Chalice passes it)
    """Hand over what is due."""
    timers.ring()


@app.on_sqs_message(queue=settings().name("tweets", "due"), batch_size=10)
def act_on_timers(event: Any) -> Any:
    """Post scheduled tweets and close polls."""
    return consume_messages(event, timer_actions.act)


@app.on_sqs_message(queue=settings().name("tweets", "views"), batch_size=1)
def count_views(event: Any) -> Any:
    """Add views to the counters."""
    return consume_records(event, views.count)


@app.on_sqs_message(queue=settings().name("tweets", "fanout"), batch_size=10)
def plan_fanout(event: Any) -> Any:
    """Cut deliveries into ranges of followers."""
    return measured(
        consume, event, fanout.plan, lambda e: e.data["tweet_id"] if "created" in e.type else None
    )


@app.on_sqs_message(queue=settings().name("tweets", "fanout-ranges"), batch_size=1)
def deliver_fanout(event: Any) -> Any:
    """Deliver to one range of followers."""
    return measured(
        consume_messages,
        event,
        fanout.deliver_range,
        lambda message: None if message["remove"] else message["tweet_id"],
    )


@app.on_sqs_message(queue=settings().name("tweets", "follows"), batch_size=10)
def keep_follows(event: Any) -> Any:
    """Notice new celebrities; clear timelines of whom their readers follow no more."""
    return consume(event, maintenance.relation_changed)


@app.on_sqs_message(queue=settings().name("tweets", "upkeep"), batch_size=1)
def keep_timelines(event: Any) -> Any:
    """Rebuild timelines; judge authors."""
    return consume_messages(event, maintenance.run)


@app.schedule("cron(30 * * * ? *)")
def judge_authors(event: Any) -> None:
    """Have this hour's slice of the authors judged: pushed or pulled.

    In the midst of the hour: a rate would begin with the deployment, perhaps where two hours meet.
    """
    del event
    delivery_review.ask_for_slice()


@app.on_sqs_message(queue=settings().name("tweets", "cards"), batch_size=10)
def attach_cards(event: Any) -> Any:
    """Write link cards into tweets."""
    return consume(event, link_cards.attach)


@app.on_sqs_message(queue=settings().name("tweets", "erasures"), batch_size=1)
def erase_user(event: Any) -> Any:
    """Erase what an account leaves behind, a slice a message."""
    return erasure.walk.handle(event)


@app.on_sqs_message(queue=settings().name("tweets", "exports"), batch_size=1)
def export_user(event: Any) -> Any:
    """Write this domain's part of somebody's data export, a page a message."""
    return export.walk.handle(event)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "media"), batch_size=100)
def publish_media(event: Any) -> None:
    """Announce uploads to be processed, and media that are ready."""
    publish_changes("tweets", event, publishing.media_events)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "planned"), batch_size=25)
def hold_media(event: Any) -> None:
    """Keep the media of drafts and scheduled tweets."""
    for change in changes(event):
        usage.hold(change)


@app.on_dynamodb_record(stream_arn=settings().name("tweets", "media"), batch_size=10)
def remove_media(event: Any) -> None:
    """Delete the objects of media that nobody uses."""
    for change in changes(event):
        usage.remove(change)


@app.on_sqs_message(queue=settings().name("tweets", "media"), batch_size=1)
def process_media(event: Any) -> Any:
    """Check and store an uploaded video."""
    return consume(event, processing.process_video)
