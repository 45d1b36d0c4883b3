"""The crawler application: crawl runs, their pages, and link cards of tweets."""

from typing import Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent
from chalicelib.crawler import publishing
from chalicelib.crawler.cards.cards import Cards
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import CARDS_TABLE, VISITED_TABLE, Run
from chalicelib.crawler.fetching.processor import Processor
from chalicelib.crawler.frontier.frontier import QUEUE, PlainFrontier
from chalicelib.crawler.lifecycle import erasure, export
from chalicelib.crawler.routes import crawls
from chalicelib.crawler.runs import accounting, sweeper

from shared.aws.events import consume, consume_records
from shared.aws.streams import publish_changes
from shared.base.config import settings
from shared.http.application import Application

DOMAIN = "crawler"

app = Application(DOMAIN, [crawls.api])
frontier = PlainFrontier()
processor = Processor(frontier)
cards = Cards()


@app.on_sqs_message(queue=settings().name(DOMAIN, QUEUE), batch_size=10, maximum_concurrency=5)
def fetch_pages(event: SQSEvent) -> dict[str, Any] | None:
    """Fetch pages and find links."""
    return consume_records(event, processor.handle, workers=limits.WORKERS)


@app.on_dynamodb_record(stream_arn=Run.Meta.table_name, batch_size=100)
def follow_runs(event: DynamoDBEvent) -> None:
    """Start new runs and announce ended ones."""
    publishing.follow_runs(event, frontier)


@app.on_dynamodb_record(
    stream_arn=VISITED_TABLE, batch_size=45, maximum_batching_window_in_seconds=1
)
def count_pages(event: DynamoDBEvent) -> None:
    """Update the totals of runs and end finished runs."""
    accounting.count_pages(event)


@app.schedule("rate(1 minute)")
def sweep_runs(event: CloudWatchEvent) -> None:  # noqa: ARG001 (Chalice passes it)
    """Resume or end stalled runs."""
    sweeper.sweep(frontier)


@app.on_sqs_message(queue=settings().name(DOMAIN, "cards"), batch_size=5)
def read_cards(event: SQSEvent) -> dict[str, Any] | None:
    """Read the pages that new tweets link to."""
    return consume(event, cards.handle)


@app.on_dynamodb_record(stream_arn=CARDS_TABLE, batch_size=100)
def publish_cards(event: DynamoDBEvent) -> None:
    """Announce link cards."""
    publish_changes(DOMAIN, event, publishing.card_events)


@app.on_sqs_message(queue=settings().name(DOMAIN, "erasures"), batch_size=1)
def erase_user(event: SQSEvent) -> dict[str, Any] | None:
    """Erase the crawls of a deleted account, one slice per message."""
    return erasure.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, "exports"), batch_size=1)
def export_user(event: SQSEvent) -> dict[str, Any] | None:
    """Write this domain's part of a data export, one page per message."""
    return export.walk.handle(event)
