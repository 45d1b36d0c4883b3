"""Handlers of the notifications domain, one by one, with full batches.

Between them queues and the stream are read as Lambda does, which costs the functions nothing:
a test or bench knows what each handler did by itself, and in which batches.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from scripts.pump.sqs import to_record
from scripts.pump.support import LambdaContext, failed_items
from shared.aws import dynamo, sdk
from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.config import settings

DOMAIN = "notifications"
# Records of a batch, as app.py declares them.
EVENTS, STREAM, INBOX, EMAIL, IOS, ANDROID = 10, 100, 10, 50, 50, 50
_RECEIVED = 10

Measure = Callable[[str, int], Any]


class Pipeline:
    """Runs handlers, each within a block of ``measure(handler, records)``."""

    def __init__(self, module: ModuleType, measure: Measure) -> None:
        self._module, self._measure = module, measure

    def accept(self, events: Iterable[Event]) -> None:
        """Hand events of other domains to the domain."""
        bodies = [json.dumps({**vars(one), "region": "", "history": False}) for one in events]
        records = [_record(number, body, "events") for number, body in enumerate(bodies)]
        self._invoke("accept_events", records, EVENTS)

    def dispatch(self, notification_ids: Iterable[str]) -> None:
        """Hand new notifications to their channels, as their stream does."""
        records = [_created(one) for one in notification_ids]
        self._invoke("follow_notifications", records, STREAM)

    def deliver(self, channel: str, size: int) -> int:
        """Deliver all that is on a channel's queue; return the number of messages."""
        url, delivered = settings().queue_url(DOMAIN, channel), 0
        while messages := list(_receive(url, size)):
            records = [to_record(one, f"arn:aws:sqs:us-east-1:0:{channel}", "") for one in messages]
            self._invoke(f"deliver_{channel}", records, size)
            delivered += len(messages)
        return delivered

    def _invoke(self, name: str, records: list[Item], size: int) -> None:
        handler = getattr(self._module, name)
        for start in range(0, len(records), size):
            batch = records[start : start + size]
            with self._measure(name, len(batch)):
                answer = handler({"Records": batch}, LambdaContext(name))
            if failed_items(answer) or failed_items(answer) is None:
                raise RuntimeError(f"{name} failed: {answer}")


def _record(number: int, body: str, queue: str) -> Item:
    message = {"MessageId": str(number), "ReceiptHandle": str(number), "Body": body}
    return to_record(message, f"arn:aws:sqs:us-east-1:0:{queue}", "")


def _created(notification_id: str) -> Item:
    """A stream record of a stored notification."""
    from chalicelib.notifications.core.models import NOTIFICATIONS

    key = {"id": notification_id}
    item = NOTIFICATIONS.get(key, consistent=True) or {}
    images = {"Keys": dynamo.encode_item(key), "NewImage": dynamo.encode_item(item)}
    return {"eventID": notification_id, "eventName": "INSERT", "dynamodb": images}


def _receive(url: str, size: int) -> Iterator[Item]:
    """Receive a batch and delete it: no handler of these runs fails."""
    sqs, left = sdk.client("sqs"), size
    while left:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_RECEIVED, left),
            MessageSystemAttributeNames=["All"],
        )
        found: list[Item] = answer.get("Messages", [])
        if not found:
            return
        entries = [
            {"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(found)
        ]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        left -= len(found)
        yield from found


def create(count: int, channel: str, people: list[str]) -> list[str]:
    """Store messages to people, one write each; return the notifications' ids."""
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.content import Content
    from chalicelib.notifications.history import notifications

    found = []
    for number in range(count):
        content = Content(
            id=fresh_id(now_ms()), user_id=people[number % len(people)], type="message",
            category="message", channels=(channel,), created_at=now_ms(), title="Tea",
            text=f"It is ready, number {number}.",
        )  # fmt: skip
        notifications.create(content)
        found.append(content.id)
    return found


def recipients(count: int) -> list[str]:
    """Make people with an address, an iPhone and an Android; return their ids."""
    from chalicelib.notifications.contacts import devices, directory

    found = [ids.new_id() for _ in range(count)]
    for number, one in enumerate(found):
        directory.store().set_email(one, f"u{one}@example.org", 1)
        directory.store().set_name(one, f"u{one[-9:]}", f"Person {number}", 0)
        for place, platform in enumerate(("ios", "android")):
            devices.store().register(one, f"{place}{int(one):031x}", platform, f"{int(one):064x}")
    return found
