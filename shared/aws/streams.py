"""DynamoDB stream records as changes of items: the outbox of every domain."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.aws import dynamo
from shared.aws.events import Event, publish
from shared.base.clock import now_seconds
from shared.base.observability import logger

# Longer than a stream keeps a record (24 h): after that nothing can come twice.
DEDUPLICATION_SECONDS = 48 * 3600
# Of 64 kinds each: 54 bits. The marker of a batch of 95 records stays below a kilobyte.
_DIGEST_SIZE = 9

# A stream record as its digest, and what it adds: (counter key, attribute, amount).
Counted = tuple[str, list[tuple[str, str, int]]]


@dataclass(frozen=True)
class Change:
    """What happened to one item; ``old`` or ``new`` is ``None`` when it did not exist.

    Attributes:
        republished: the item is published again (the local stack does so after
            a crash): what it was before is not known.
    """

    id: str
    keys: dict[str, Any]
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    republished: bool = False

    def became(self, name: str, value: Any) -> bool:
        """Whether an attribute took a value that it did not have before."""
        was, now = (self.old or {}).get(name), (self.new or {}).get(name)
        return bool(now == value and was != value)


def changes(stream_event: Any) -> list[Change]:
    """The changes in a Lambda stream event, in order."""
    return [_change(record) for record in stream_event.to_dict()["Records"]]


def _change(record: Mapping[str, Any]) -> Change:
    body = record["dynamodb"]
    old, new = body.get("OldImage"), body.get("NewImage")
    return Change(
        id=record["eventID"],
        keys=dynamo.decode_item(body["Keys"]),
        old=dynamo.decode_item(old) if old else None,
        new=dynamo.decode_item(new) if new else None,
        republished=record.get("eventName") == "MODIFY" and not old,
    )


def each_of(stream_event: Any, *handlers: Callable[[Any], None]) -> None:
    """Let several handlers have a batch, as DynamoDB bears no more than two readers a stream.

    Each runs whatever becomes of the others. Where one fails all get the batch again, and
    must bear that.

    Raises:
        ExceptionGroup: of what they raised.
    """
    failures: list[Exception] = []
    for handler in handlers:
        try:
            handler(stream_event)
        except Exception as failure:
            # Lambda logs of a group how many they are, and nothing of what they are.
            logger().exception("handler failed")
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(handlers)} handlers failed", failures)


def publish_changes(
    domain: str, stream_event: Any, to_events: Callable[[Change], Iterable[Event]]
) -> int:
    """Publish what each change means, in order; the batch is retried as a whole on failure.

    Publishing twice is harmless: event ids follow from items and versions.
    """
    return publish(
        domain, (event for change in changes(stream_event) for event in to_events(change))
    )


def add_counts(
    table: str,
    key_name: str,
    stream_event: Any,
    to_amounts: Callable[[Change], Iterable[tuple[str, str, int]]],
) -> int:
    """Aggregate a stream batch into counters: one transaction, each record counted once.

    A marker in the same transaction, keyed by the batch's first counted record,
    lists the records that were counted with it. Whatever comes again begins
    where an earlier batch began (a checkpoint moves only past batches that
    succeeded), so its marker is found even when the batch is longer or shorter
    than before: the surplus is counted, and of what is missing a further marker
    is left for the batch that will begin there. What is republished was counted
    before and is left out.

    Args:
        table: a table without a stream; ``key_name`` is its hash key.
        to_amounts: a change as (counter key, attribute, amount) triples; with
            at most two keys a change, a batch of 45 records fits one transaction
            (of 95 with one key a change).

    Returns:
        how many counter items were changed.

    Raises:
        TransactionCanceled: another batch was writing the same counters; nothing was added.
    """
    counted: list[Counted] = []
    for change in changes(stream_event):
        amounts = [] if change.republished else [one for one in to_amounts(change) if one[2]]
        if amounts:
            counted.append((_record_digest(change), amounts))
    return _count_once(table, key_name, counted)


def _count_once(table: str, key_name: str, counted: list[Counted]) -> int:
    if not counted:
        return 0
    totals: dict[str, dict[str, int]] = {}
    for _, amounts in counted:
        for key, attribute, amount in amounts:
            row = totals.setdefault(key, {})
            row[attribute] = row.get(attribute, 0) + amount
    totals = {key: {name: n for name, n in row.items() if n} for key, row in totals.items()}
    actions = [
        dynamo.add(table, {key_name: key}, row) for key, row in sorted(totals.items()) if row
    ]
    records = [record for record, _ in counted]
    try:
        # A batch whose amounts cancel out leaves its marker all the same.
        # Handlers of other stream shards add to a hot item's counter too, some milliseconds each.
        dynamo.transact(
            [_marker(table, key_name, records), *actions], conflict_attempts=dynamo.PATIENT
        )
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        before = _records(canceled.items[0])
    else:
        return len(actions)
    surplus = [one for one in counted if one[0] not in before]
    if surplus:
        return _count_once(table, key_name, surplus)
    if missing := [record for record in before if record not in records]:
        _remember(table, key_name, missing)
    return 0


def _remember(table: str, key_name: str, records: list[str]) -> None:
    """Mark records as counted for a batch that will begin with them."""
    try:
        dynamo.transact([_marker(table, key_name, records)])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise


def _marker(table: str, key_name: str, records: list[str]) -> dict[str, Any]:
    item = {
        key_name: f"batch#{records[0]}",
        "records": "".join(records),
        "expires_at": now_seconds() + DEDUPLICATION_SECONDS,
    }
    return dynamo.put(table, item, unless_exists=key_name)


def _records(marker: Mapping[str, Any]) -> list[str]:
    text = marker["records"]
    return [text[at : at + _DIGEST_SIZE] for at in range(0, len(text), _DIGEST_SIZE)]


def _record_digest(change: Change) -> str:
    digest = hashlib.sha256(change.id.encode()).digest()
    return base64.urlsafe_b64encode(digest)[:_DIGEST_SIZE].decode()
