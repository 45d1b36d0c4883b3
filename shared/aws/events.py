"""Domain events: one envelope, published to SNS and consumed from SQS.

The envelope borrows CloudEvents' field names. Its ``id`` is derived from the
item and its version, so a stream record that is delivered twice publishes the
same id, and ``version`` lets a consumer ignore what arrives late.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws import retries, sdk
from shared.aws.retries import RetryLater
from shared.base.clock import iso
from shared.base.config import settings
from shared.base.observability import logger
from shared.base.threads import helpers
from shared.base.validation import check

T = TypeVar("T")

_SCHEMAS = Path(__file__).parents[1] / "schemas" / "events"
_SNS_BATCH = 10
_SNS_BATCH_BYTES = 250_000
_YES = {"DataType": "String", "StringValue": "1"}


class PublishFailed(Exception):
    """Refusal of part of a batch by SNS or SQS; retry the whole batch."""


@dataclass(frozen=True)
class Event:
    """Something that happened in a domain.

    Attributes:
        id: ``<type>:<subject>:<version>``.
        type: such as ``tweet.created``; selects the JSON Schema and drives subscription filters.
        version: the item's own increasing version.
        time: RFC 3339.
        source: the domain.
        subject: id of the changed object.
        data: valid against ``schemas/events/<type>.json``.
        history: an import tells of the past: a message attribute by which subscriptions that
            notify people leave it out.
        region: code of the region that wrote the change; an attribute of the message, so that
            an event is the same text in whatever region's stream it is read.
    """

    id: str
    type: str
    version: int
    time: str
    source: str
    subject: str
    data: dict[str, Any]
    region: str = ""
    history: bool = False

    @classmethod
    def of(
        cls, source: str, kind: str, subject: str, version: int, at_ms: int, data: dict[str, Any]
    ) -> "Event":
        """Return an event with the id of its type, subject and version.

        ``None`` members of the data are dropped.
        """
        present = {name: value for name, value in data.items() if value is not None}
        return cls(
            f"{kind}:{subject}:{version}", kind, version, iso(at_ms), source, subject, present
        )


@lru_cache(maxsize=64)
def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of an event type's data.

    Raises:
        FileNotFoundError: there is no such event type.
    """
    document: dict[str, Any] = json.loads((_SCHEMAS / f"{kind}.json").read_text())
    return document


def event_types() -> list[str]:
    """Return all event types that have a schema."""
    return sorted(path.stem for path in _SCHEMAS.glob("*.json"))


def publish(domain: str, events: Iterable[Event]) -> int:
    """Publish events to the domain's topic, ten per call.

    Returns:
        number of published events.

    Raises:
        ValueError: an event is not valid against its schema.
        PublishFailed: SNS refused some; all may be published again.
    """
    batch: list[dict[str, Any]] = []
    size = count = 0
    for event in events:
        check(schema(event.type), event.data)
        envelope = asdict(event)
        history = {"history": _YES} if envelope.pop("history") else {}
        region = envelope.pop("region") or settings().region_code
        message = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
        length = len(message.encode()) + 256
        if batch and (len(batch) == _SNS_BATCH or size + length > _SNS_BATCH_BYTES):
            _publish_batch(domain, batch)
            batch, size = [], 0
        batch.append(
            {
                "Id": str(len(batch)),
                "Message": message,
                # Chalice's SNSEvent reads the Subject unconditionally.
                "Subject": event.type,
                "MessageAttributes": {
                    "type": {"DataType": "String", "StringValue": event.type},
                    "region": {"DataType": "String", "StringValue": region},
                    **history,
                },
            }
        )
        size += length
        count += 1
    if batch:
        _publish_batch(domain, batch)
    return count


def _publish_batch(domain: str, entries: list[dict[str, Any]]) -> None:
    answer = sdk.client("sns").publish_batch(
        TopicArn=settings().topic_arn(domain), PublishBatchRequestEntries=entries
    )
    if answer.get("Failed"):
        raise PublishFailed(answer["Failed"][0].get("Code", "unknown"))


def send(
    domain: str,
    queue: str,
    messages: Iterable[dict[str, Any]],
    *,
    delay: int = 0,
    best_effort: bool = False,
) -> int:
    """Put work on one of the domain's own queues, ten messages per call.

    Args:
        best_effort: one attempt with a timeout of 1 s; see `shared.aws.sdk.client`.

    Raises:
        PublishFailed: SQS refused some; idempotent workers allow sending all again.
    """
    url = settings().queue_url(domain, queue)
    pending = [json.dumps(message, separators=(",", ":")) for message in messages]
    for start in range(0, len(pending), 10):
        entries = [
            {"Id": str(index), "MessageBody": body, "DelaySeconds": delay}
            for index, body in enumerate(pending[start : start + 10])
        ]
        answer = sdk.client("sqs", best_effort=best_effort).send_message_batch(
            QueueUrl=url, Entries=entries
        )
        if answer.get("Failed"):
            raise PublishFailed(answer["Failed"][0].get("Code", "unknown"))
    return len(pending)


def offer(domain: str, queue: str, message: dict[str, Any]) -> bool:
    """Put optional work on a queue.

    A request must neither fail for it nor wait.

    Returns:
        true if the queue took it.
    """
    try:
        send(domain, queue, [message], best_effort=True)
    except (BotoCoreError, ClientError, PublishFailed) as error:
        logger().warning("queue refused optional work", queue=queue, error=str(error))
        return False
    return True


def parse(body: str) -> Event:
    """Return the event in an SQS message body, also one that SNS has wrapped.

    Raises:
        ValueError: the body is no event, or its data is not valid against the schema.
    """
    try:
        document = json.loads(body)
        if isinstance(document, dict) and document.get("Type") == "Notification":
            document = json.loads(document["Message"])
        event = Event(**document)
        check(schema(event.type), event.data)
    except (TypeError, KeyError, FileNotFoundError) as error:
        raise ValueError(f"not an event: {error}") from error
    return event


def consume(sqs_event: Any, handler: Callable[[Event], None]) -> dict[str, Any] | None:
    """Handle each event of an SQS batch by itself.

    Returns and raises as `consume_messages`.
    """
    return consume_records(sqs_event, lambda record: handler(parse(record["body"])))


def consume_messages(
    sqs_event: Any, handler: Callable[[dict[str, Any]], None]
) -> dict[str, Any] | None:
    """Handle each JSON message of an SQS batch by itself.

    Returns:
        Lambda's partial-batch answer where the event source mapping asks for
        it (environment variable ``SQS_PARTIAL_BATCH=1``, set together with
        the mapping's ``FunctionResponseTypes``); otherwise ``None``.

    Raises:
        BatchFailed: without partial batches, when a record failed. The
            successes were deleted first, so only the failures are retried.
    """
    return consume_records(sqs_event, lambda record: handler(json.loads(record["body"])))


def consume_records(
    sqs_event: Any, handler: Callable[[dict[str, Any]], None], *, workers: int = 1
) -> dict[str, Any] | None:
    """Handle each record of an SQS batch by itself.

    The handler gets the record with body, message id and attributes.

    Returns and raises as `consume_messages`. Why not Powertools' BatchProcessor:
    docs/decisions/0037-our-own-batches-and-filters.md.

    Args:
        workers: records handled at a time; more than one uses threads that outlive the batch.
    """
    records = sqs_event.to_dict()["Records"]
    outcomes = helpers("records", workers).map if workers > 1 else map
    return _answer(records, list(outcomes(lambda record: _handled(handler, record), records)))


def consume_together(
    sqs_event: Any, read: Callable[[str], T], handler: Callable[[list[T]], Mapping[int, Exception]]
) -> dict[str, Any] | None:
    """Handle the records of an SQS batch together, where they share work.

    Each record still ends by itself, done or failed.

    Returns and raises as `consume_messages`.

    Args:
        read: makes what the handler gets of a record's body.
        handler: returns the failures by index. What it raises fails all records.
    """
    records = sqs_event.to_dict()["Records"]
    readable: list[tuple[int, T]] = []
    for number, record in enumerate(records):
        try:
            readable.append((number, read(record["body"])))
        except Exception as failure:
            _log_failure(record, failure)
    try:
        failures = handler([one for _, one in readable]) if readable else {}
    except Exception as failure:
        failures = dict.fromkeys(range(len(readable)), failure)
    good = [False] * len(records)
    for place, (number, _) in enumerate(readable):
        good[number] = place not in failures
        if place in failures:
            _log_failure(records[number], failures[place])
    retries.postpone(
        (records[number], failures[place])
        for place, (number, _) in enumerate(readable)
        if place in failures
    )
    return _answer(records, good)


def _answer(records: list[dict[str, Any]], good: list[bool]) -> dict[str, Any] | None:
    """Tell Lambda which records of a batch failed."""
    if os.environ.get("SQS_PARTIAL_BATCH") == "1":
        failed = [record for record, done in zip(records, good, strict=True) if not done]
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in failed]}
    if not all(good):
        _delete([record for record, done in zip(records, good, strict=True) if done])
        raise BatchFailed(f"{good.count(False)} of {len(records)} records failed")
    return None


class BatchFailed(Exception):
    """Failure of some records, which return after their visibility timeout."""


def _handled(handler: Callable[[dict[str, Any]], None], record: dict[str, Any]) -> bool:
    """Return true if a record was handled.

    Its failure must not affect its neighbours.
    """
    try:
        handler(record)
    except Exception as failure:
        _log_failure(record, failure)
        return False
    return True


def _log_failure(record: dict[str, Any], failure: Exception) -> None:
    if isinstance(failure, RetryLater):
        logger().info("record returns", message_id=record["messageId"])
    else:
        logger().error("record failed", message_id=record["messageId"], exc_info=failure)


def _delete(records: list[dict[str, Any]]) -> None:
    if not records:
        return
    name = records[0]["eventSourceARN"].rsplit(":", 1)[1]
    for start in range(0, len(records), 10):
        entries = [
            {"Id": str(index), "ReceiptHandle": record["receiptHandle"]}
            for index, record in enumerate(records[start : start + 10])
        ]
        sdk.client("sqs").delete_message_batch(
            QueueUrl=f"{settings().queues_url}/{name}", Entries=entries
        )
