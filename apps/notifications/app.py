"""The notifications application: accepted events and all channels."""

import json
from typing import Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent
from chalicelib.notifications.accepting import audiences, watchers, withdrawals
from chalicelib.notifications.accepting.accept import accept
from chalicelib.notifications.access import api_keys as keys
from chalicelib.notifications.core.models import NOTIFICATIONS
from chalicelib.notifications.core.names import (
    ANDROID,
    AUDIENCES_QUEUE,
    DOMAIN,
    EMAIL,
    ERASURES_QUEUE,
    EVENTS_QUEUE,
    EXPORTS_QUEUE,
    FEEDBACK_QUEUE,
    INBOX,
    IOS,
    SMS,
    TIMERS_QUEUE,
    WATCHERS_QUEUE,
    WEBHOOK,
    WEBPUSH,
    WITHDRAWALS_QUEUE,
)
from chalicelib.notifications.delivery import due, timers
from chalicelib.notifications.delivery.dispatch import dispatch
from chalicelib.notifications.delivery.worker import worker
from chalicelib.notifications.feedback import receipts
from chalicelib.notifications.lifecycle import erasure, export
from chalicelib.notifications.routes import (
    admin,
    api_keys,
    contact_data,
    contacts,
    devices,
    inbox,
    notifications,
    phones,
    preferences,
    segments,
    statistics,
    template_lives,
    templates,
    topics,
    unsubscribe,
)

from shared.aws.events import consume, consume_messages, consume_together
from shared.base.config import settings
from shared.http.application import Application

app = Application(
    DOMAIN,
    [
        notifications.api,
        inbox.api,
        preferences.api,
        unsubscribe.api,
        templates.api,
        template_lives.api,
        devices.api,
        phones.api,
        contacts.api,
        contact_data.api,
        topics.api,
        segments.api,
        api_keys.api,
        admin.api,
        statistics.api,
    ],
    verify_key=keys.principal,
)


@app.on_sqs_message(queue=settings().name(DOMAIN, EVENTS_QUEUE), batch_size=10)
def accept_events(event: SQSEvent) -> dict[str, Any] | None:
    """Turn events of other domains into notifications."""
    return consume(event, accept)


@app.on_sqs_message(queue=settings().name(DOMAIN, AUDIENCES_QUEUE), batch_size=1)
def expand_audiences(event: SQSEvent) -> dict[str, Any] | None:
    """Notify several recipients, one slice per message."""
    return audiences.walk.handle(event)


@app.on_dynamodb_record(stream_arn=NOTIFICATIONS.name, batch_size=100)
def follow_notifications(event: DynamoDBEvent) -> None:
    """Send new notifications to the queues of their channels."""
    dispatch(event)


# Entries of one recipient in a batch are one write of the unread count.
@app.on_sqs_message(
    queue=settings().name(DOMAIN, INBOX), batch_size=10, maximum_batching_window_in_seconds=1
)
def deliver_inbox(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver to inboxes."""
    return consume_together(event, json.loads, worker(INBOX))


# The provider allows so many mails a second; more workers would only be throttled.
# Fifty of them are one call.
@app.on_sqs_message(
    queue=settings().name(DOMAIN, EMAIL),
    batch_size=50,
    maximum_batching_window_in_seconds=1,
    maximum_concurrency=5,
)
def deliver_email(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver by mail."""
    return consume_together(event, json.loads, worker(EMAIL))


# The pushes of a batch are under way together: by APNs all, by FCM and SNS ten at once.
@app.on_sqs_message(
    queue=settings().name(DOMAIN, IOS),
    batch_size=50,
    maximum_batching_window_in_seconds=1,
    maximum_concurrency=10,
)
def deliver_ios(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver to iOS devices."""
    return consume_together(event, json.loads, worker(IOS))


@app.on_sqs_message(
    queue=settings().name(DOMAIN, ANDROID),
    batch_size=50,
    maximum_batching_window_in_seconds=1,
    maximum_concurrency=10,
)
def deliver_android(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver to Android devices."""
    return consume_together(event, json.loads, worker(ANDROID))


@app.on_sqs_message(queue=settings().name(DOMAIN, WEBPUSH), batch_size=10, maximum_concurrency=10)
def deliver_webpush(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver to browsers."""
    return consume_together(event, json.loads, worker(WEBPUSH))


@app.on_sqs_message(queue=settings().name(DOMAIN, SMS), batch_size=10, maximum_concurrency=10)
def deliver_sms(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver by SMS."""
    return consume_together(event, json.loads, worker(SMS))


@app.on_sqs_message(queue=settings().name(DOMAIN, WEBHOOK), batch_size=10, maximum_concurrency=10)
def deliver_webhook(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver to webhooks."""
    return consume_together(event, json.loads, worker(WEBHOOK))


@app.on_sqs_message(queue=settings().name(DOMAIN, FEEDBACK_QUEUE), batch_size=10)
def record_feedback(event: SQSEvent) -> dict[str, Any] | None:
    """Record receipts, bounces, complaints and opt-outs that providers report."""
    return consume_messages(event, receipts.handle)


@app.schedule("rate(1 minute)")
def ring_timers(event: CloudWatchEvent) -> None:  # noqa: ARG001 (Chalice passes it)
    """Queue the timers that are due."""
    timers.ring()


@app.on_sqs_message(queue=settings().name(DOMAIN, TIMERS_QUEUE), batch_size=10)
def act_on_timers(event: SQSEvent) -> dict[str, Any] | None:
    """Deliver what was deferred until now."""
    return consume_messages(event, due.run)


@app.on_sqs_message(queue=settings().name(DOMAIN, ERASURES_QUEUE), batch_size=1)
def erase_user(event: SQSEvent) -> dict[str, Any] | None:
    """Erase the notifications of a deleted account, one slice per message."""
    return erasure.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, EXPORTS_QUEUE), batch_size=1)
def export_user(event: SQSEvent) -> dict[str, Any] | None:
    """Write this domain's part of a data export, one page per message."""
    return export.walk.handle(event)


# Ten thousand watchers of one tweet must not take the inbox's share of workers.
@app.on_sqs_message(
    queue=settings().name(DOMAIN, WATCHERS_QUEUE), batch_size=10, maximum_concurrency=10
)
def notify_watchers(event: SQSEvent) -> dict[str, Any] | None:
    """Notify watchers of an author's tweets, one range per message."""
    return watchers.walk.handle(event)


@app.on_sqs_message(queue=settings().name(DOMAIN, WITHDRAWALS_QUEUE), batch_size=1)
def withdraw_notifications(event: SQSEvent) -> dict[str, Any] | None:
    """Withdraw a slice of what a deletion or a block ends."""
    return withdrawals.walk.handle(event)
