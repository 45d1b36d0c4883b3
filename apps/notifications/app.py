"""The notifications domain: wiring of routes, queues and streams."""

from typing import Any

from chalice.app import DynamoDBEvent, SQSEvent
from chalicelib.notifications.accepting import watchers
from chalicelib.notifications.accepting.accept import accept
from chalicelib.notifications.core.names import DOMAIN, EMAIL, INBOX
from chalicelib.notifications.delivery.channels import worker
from chalicelib.notifications.delivery.dispatch import dispatch
from chalicelib.notifications.lifecycle import erasure, export
from chalicelib.notifications.routes import inbox, notifications

from shared.aws.events import consume, consume_messages
from shared.base.config import settings
from shared.http.application import Application

app = Application(DOMAIN, [notifications.api, inbox.api])


@app.on_sqs_message(queue=settings().name(DOMAIN, "events"), batch_size=10)
def accept_events(event: SQSEvent) -> dict[str, Any] | None:
    """Events of other domains become notifications."""
    return consume(event, accept)


# The packaged template puts the stream's ARN here; locally the table's name finds it.
@app.on_dynamodb_record(stream_arn=settings().name(DOMAIN, "notifications"), batch_size=100)
def dispatch_notifications(event: DynamoDBEvent) -> None:
    """New notifications go to the queues of their channels."""
    dispatch(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, INBOX), batch_size=10)
def deliver_inbox(event: SQSEvent) -> dict[str, Any] | None:
    """Deliveries into the inbox."""
    return consume_messages(event, worker(INBOX))


@app.on_sqs_message(queue=settings().name(DOMAIN, EMAIL), batch_size=10)
def deliver_email(event: SQSEvent) -> dict[str, Any] | None:
    """Deliveries by mail."""
    return consume_messages(event, worker(EMAIL))


@app.on_sqs_message(queue=settings().name(DOMAIN, "erasures"), batch_size=1)
def erase_user(event: SQSEvent) -> dict[str, Any] | None:
    """Erase what is kept for an account that is gone, a slice a message."""
    return erasure.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, "exports"), batch_size=1)
def export_user(event: SQSEvent) -> dict[str, Any] | None:
    """Write this domain's part of somebody's data export, a page a message."""
    return export.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, watchers.QUEUE), batch_size=10)
def notify_watchers(event: SQSEvent) -> dict[str, Any] | None:
    """Tell those who want to hear of every tweet, in ranges."""
    return watchers.walk.handle(event)
