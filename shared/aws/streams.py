"""Stream records as changes of items: the outbox of every domain."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.aws import dynamo
from shared.aws.events import Event, publish
from shared.aws.table import Table
from shared.aws.writers import REGION
from shared.base.clock import now_seconds
from shared.base.observability import logger

# Longer than a stream keeps a record (24 h): after that no record can arrive twice.
DEDUPLICATION_SECONDS = 48 * 3600
# Base64 characters: 54 bits. The marker of a batch of 95 records stays below a kilobyte.
_DIGEST_SIZE = 9

# Digest of a stream record, and its additions: (counter key, attribute, amount).
Counted = tuple[str, list[tuple[str, str, int]]]


@dataclass(frozen=True)
class Change:
    """Change of one item; ``old`` or ``new`` is ``None`` if it did not exist.

    Attributes:
        republished: the item is published again (the local stack does so after
            a crash); its former state is unknown.
    """

    id: str
    keys: dict[str, Any]
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    republished: bool = False

    @property
    def region(self) -> str:
        """Region that wrote the item last (its code); "" of a derived item."""
        return str((self.new or self.old or {}).get(REGION, ""))

    def became(self, name: str, value: Any) -> bool:
        """Return true if an attribute took a value that it did not have before."""
        was, now = (self.old or {}).get(name), (self.new or {}).get(name)
        return bool(now == value and was != value)


def changes(stream_event: Any) -> list[Change]:
    """Return the changes in a Lambda stream event, in order."""
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


def run_handlers(stream_event: Any, *handlers: Callable[[Any], None]) -> None:
    """Run several handlers on one batch.

    A stream allows at most two concurrent readers.

    All of them run, even if one fails. Then all get the batch again, so they must be
    idempotent.

    Raises:
        ExceptionGroup: of the handlers' exceptions.
    """
    failures: list[Exception] = []
    for handler in handlers:
        try:
            handler(stream_event)
        except Exception as failure:
            # Lambda logs only the number of exceptions in a group.
            logger().exception("handler failed")
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(handlers)} handlers failed", failures)


def publish_changes(
    domain: str, stream_event: Any, to_events: Callable[[Change], Iterable[Event]]
) -> int:
    """Publish the events of each change, in order.

    A failure retries the whole batch.

    Publishing twice is harmless: event ids follow from items and versions.
    """
    return publish(
        domain,
        (
            replace(event, region=change.region)
            for change in changes(stream_event)
            for event in to_events(change)
        ),
    )


def add_counts(
    table: str,
    key_name: str,
    stream_event: Any,
    to_amounts: Callable[[Change], Iterable[tuple[str, str, int]]],
) -> int:
    """Add a stream batch to counters; each record counts once.

    One transaction per batch.

    A marker in the same transaction, keyed by the batch's first counted record,
    lists the records that were counted with it. A repeated batch begins where an
    earlier one began (a checkpoint moves only past batches that succeeded), so its
    marker is found even when the batch is longer or shorter than before: surplus
    records are counted, and missing ones get a marker of their own for the batch
    that will begin with them. Republished changes were counted before and are left
    out.

    Args:
        table: a table without a stream; ``key_name`` is its hash key.
        to_amounts: a change as (counter key, attribute, amount) triples; with
            at most two keys per change, a batch of 45 records fits one transaction
            (95 with one key per change).

    Returns:
        number of counter items changed.

    Raises:
        TransactionCanceled: another batch was writing the same counters; nothing was added.
    """
    counted: list[Counted] = []
    for change in changes(stream_event):
        amounts = [] if change.republished else [one for one in to_amounts(change) if one[2]]
        if amounts:
            counted.append((_record_digest(change), amounts))
    return _count_once(Table(table, key_name), counted)


def _count_once(table: Table[Any], counted: list[Counted]) -> int:
    if not counted:
        return 0
    totals: dict[str, dict[str, int]] = {}
    for _, amounts in counted:
        for key, attribute, amount in amounts:
            row = totals.setdefault(key, {})
            row[attribute] = row.get(attribute, 0) + amount
    totals = {key: {name: n for name, n in row.items() if n} for key, row in totals.items()}
    actions = [
        table.add_action({table.hash_key: key}, row) for key, row in sorted(totals.items()) if row
    ]
    records = [record for record, _ in counted]
    try:
        # A batch whose amounts cancel out leaves its marker all the same.
        # Handlers of other stream shards add to a hot item's counter too, some milliseconds each.
        dynamo.transact(
            [_marker(table, records), *actions], conflict_attempts=dynamo.CONFLICT_ATTEMPTS
        )
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        before = _records(canceled.items[0])
    else:
        return len(actions)
    surplus = [one for one in counted if one[0] not in before]
    if surplus:
        return _count_once(table, surplus)
    if missing := [record for record in before if record not in records]:
        _remember(table, missing)
    return 0


def _remember(table: Table[Any], records: list[str]) -> None:
    """Mark records as counted for a batch that will begin with them."""
    try:
        dynamo.transact([_marker(table, records)])
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise


def _marker(table: Table[Any], records: list[str]) -> dict[str, Any]:
    item = {
        table.hash_key: f"batch#{records[0]}",
        "records": "".join(records),
        "expires_at": now_seconds() + DEDUPLICATION_SECONDS,
    }
    return table.insert_action(item)


def _records(marker: Mapping[str, Any]) -> list[str]:
    text = marker["records"]
    return [text[at : at + _DIGEST_SIZE] for at in range(0, len(text), _DIGEST_SIZE)]


def _record_digest(change: Change) -> str:
    digest = hashlib.sha256(change.id.encode()).digest()
    return base64.urlsafe_b64encode(digest)[:_DIGEST_SIZE].decode()
