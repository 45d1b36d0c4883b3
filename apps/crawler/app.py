"""The crawler application: crawl runs, their pages, and link cards of tweets."""

from typing import Any

from chalicelib.crawler import publishing
from chalicelib.crawler.cards.cards import Cards
from chalicelib.crawler.core import limits
from chalicelib.crawler.fetching.processor import Processor
from chalicelib.crawler.frontier.frontier import PlainFrontier
from chalicelib.crawler.lifecycle import erasure, export
from chalicelib.crawler.routes import crawls
from chalicelib.crawler.runs import accounting, sweeper

from shared.aws.events import consume, consume_records
from shared.aws.streams import publish_changes
from shared.base.config import settings
from shared.http.application import Application

app = Application("crawler", [crawls.api])
frontier = PlainFrontier()
processor = Processor(frontier)
cards = Cards()


@app.on_sqs_message(queue=settings().name("crawler", "fetch"), batch_size=10, maximum_concurrency=5)
def fetch_pages(event: Any) -> Any:
    """Fetch pages and find links."""
    return consume_records(event, processor.handle, workers=limits.WORKERS)


@app.on_dynamodb_record(
    stream_arn=settings().name("crawler", "crawl_runs"),
    batch_size=100,
    starting_position="TRIM_HORIZON",
)
def follow_runs(event: Any) -> None:
    """Begin new runs and announce ended ones."""
    publishing.follow_runs(event, frontier)


@app.on_dynamodb_record(
    stream_arn=settings().name("crawler", "crawl_visited"),
    batch_size=45,
    starting_position="TRIM_HORIZON",
    maximum_batching_window_in_seconds=1,
)
def count_pages(event: Any) -> None:
    """Keep the totals of runs and end those that are over."""
    accounting.count_pages(event)


@app.schedule("rate(1 minute)")
def sweep_runs(event: Any) -> None:  # noqa: ARG001 (Chalice passes it)
    """Look after runs that stand still."""
    sweeper.sweep(frontier)


@app.on_sqs_message(queue=settings().name("crawler", "cards"), batch_size=5)
def read_cards(event: Any) -> Any:
    """Read the pages that new tweets link to."""
    return consume(event, cards.handle)


@app.on_dynamodb_record(
    stream_arn=settings().name("crawler", "cards"),
    batch_size=100,
    starting_position="TRIM_HORIZON",
)
def publish_cards(event: Any) -> None:
    """Announce cards."""
    publish_changes("crawler", event, publishing.card_events)


@app.on_sqs_message(queue=settings().name("crawler", "erasures"), batch_size=1)
def erase_user(event: Any) -> Any:
    """Erase the crawls of an account that is gone, a slice a message."""
    return erasure.walk.handle(event)


@app.on_sqs_message(queue=settings().name("crawler", "exports"), batch_size=1)
def export_user(event: Any) -> Any:
    """Write this domain's part of somebody's data export, a page a message."""
    return export.walk.handle(event)
