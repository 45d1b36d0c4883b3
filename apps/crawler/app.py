"""The crawler application: crawl runs, their pages, link cards."""

from functools import partial
from typing import Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent
from chalicelib.crawler import publishing
from chalicelib.crawler.cards.cards import Cards
from chalicelib.crawler.control import jobs, removal, requeue
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import CARDS, RUNS, VISITED
from chalicelib.crawler.core.names import (
    CARDS_QUEUE,
    DOMAIN,
    ERASURES_QUEUE,
    EXPORTS_QUEUE,
    FETCH_QUEUE,
    JOBS_QUEUE,
    NOTICES_QUEUE,
)
from chalicelib.crawler.exports import exports
from chalicelib.crawler.fetching.processor import Processor
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.lifecycle import erasure, export
from chalicelib.crawler.notices import webhooks
from chalicelib.crawler.routes import control, crawls, insight
from chalicelib.crawler.routes import exports as export_routes
from chalicelib.crawler.routes import schedules as schedule_routes
from chalicelib.crawler.runs import accounting, sweeper
from chalicelib.crawler.schedules import schedules
from chalicelib.crawler.store.batches import BatchStore

from shared.aws.events import consume_records
from shared.base.config import settings
from shared.http.application import Application

app = Application(
    DOMAIN, [crawls.api, control.api, insight.api, export_routes.api, schedule_routes.api]
)
frontiers = Frontiers()
frontier = frontiers.plain
processor = Processor(frontiers, store=BatchStore())
cards = Cards()
# Kinds of jobs are part of queued messages and must not change.
work: dict[str, jobs.Slice] = {
    "requeue": partial(requeue.requeue, frontiers),
    "remove": removal.remove,
    "forget": removal.forget,
    "export": exports.make,
}


# A second lets the turns that end together come back as one batch, which shares its waiting.
@app.on_sqs_message(
    queue=settings().name(DOMAIN, FETCH_QUEUE),
    batch_size=10,
    maximum_batching_window_in_seconds=1,
    maximum_concurrency=5,
)
def fetch_pages(event: SQSEvent) -> dict[str, Any] | None:
    """Fetch pages, one per message or a host's turn, and find links."""
    return consume_records(event, processor.handle, workers=limits.WORKERS)


@app.on_dynamodb_record(stream_arn=RUNS.name, batch_size=100)
def follow_crawl_runs(event: DynamoDBEvent) -> None:
    """Start new runs and announce ended ones."""
    publishing.follow_runs(event, frontiers)


@app.on_dynamodb_record(
    stream_arn=VISITED.name, batch_size=45, maximum_batching_window_in_seconds=1
)
def follow_crawl_visited(event: DynamoDBEvent) -> None:
    """Update the totals of runs and end finished runs."""
    accounting.count_pages(event)


@app.schedule("rate(1 minute)")
def sweep_runs(event: CloudWatchEvent) -> None:  # noqa: ARG001 (Chalice passes it)
    """Resume or end stalled runs."""
    sweeper.sweep(frontiers)


@app.schedule("rate(1 minute)")
def start_scheduled(event: CloudWatchEvent) -> None:  # noqa: ARG001 (Chalice passes it)
    """Start the crawls of due schedules."""
    schedules.fire_due()


@app.on_sqs_message(queue=settings().name(DOMAIN, JOBS_QUEUE), batch_size=1)
def run_jobs(event: SQSEvent) -> dict[str, Any] | None:
    """Make exports, delete runs and wake resumed ones, one slice per message."""
    return jobs.handle(event, work)


@app.on_sqs_message(queue=settings().name(DOMAIN, NOTICES_QUEUE), batch_size=1)
def deliver_notices(event: SQSEvent) -> dict[str, Any] | None:
    """Call the webhooks of ended runs."""
    return consume_records(event, webhooks.deliver)


@app.on_sqs_message(queue=settings().name(DOMAIN, CARDS_QUEUE), batch_size=5)
def read_cards(event: SQSEvent) -> dict[str, Any] | None:
    """Read the pages that new tweets link to."""
    return consume_records(event, cards.handle_record, workers=limits.CARD_WORKERS)


@app.on_dynamodb_record(stream_arn=CARDS.name, batch_size=100)
def follow_cards(event: DynamoDBEvent) -> None:
    """Announce link cards."""
    publishing.publish_cards(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, ERASURES_QUEUE), batch_size=1)
def erase_user(event: SQSEvent) -> dict[str, Any] | None:
    """Erase the crawls of a deleted account, one slice per message."""
    return erasure.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, EXPORTS_QUEUE), batch_size=1)
def export_user(event: SQSEvent) -> dict[str, Any] | None:
    """Write this domain's part of a data export, one page per message."""
    return export.walk.handle(event)
