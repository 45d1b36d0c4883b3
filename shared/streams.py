"""DynamoDB stream records as changes of items: the outbox of every domain."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared import dynamo
from shared.clock import now_seconds
from shared.events import Event, publish

# Longer than a stream keeps a record (24 h): after that nothing can come twice.
DEDUPLICATION_SECONDS = 48 * 3600
# Handlers of other stream shards add to a hot item's counter too, some milliseconds each.
_CONFLICT_ATTEMPTS = 8


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
    """Aggregate a stream batch into counters: one transaction, counted once.

    The batch's own key is stored in the same transaction, so a batch that is
    delivered again (the handler died after writing) changes nothing. What is
    republished was counted before and is left out.

    Args:
        table: a table without a stream; ``key_name`` is its hash key.
        to_amounts: a change as (counter key, attribute, amount) triples; with
            at most two keys a change, a batch of 45 records fits one transaction
            (of 95 with one key a change).

    Returns:
        how many counter items were changed.
    """
    batch = changes(stream_event)
    totals: dict[str, dict[str, int]] = {}
    for change in batch:
        if change.republished:
            continue
        for key, attribute, amount in to_amounts(change):
            row = totals.setdefault(key, {})
            row[attribute] = row.get(attribute, 0) + amount
    totals = {
        key: {name: amount for name, amount in row.items() if amount} for key, row in totals.items()
    }
    actions = [
        dynamo.add(table, {key_name: key}, row) for key, row in sorted(totals.items()) if row
    ]
    if not actions:
        return 0
    digest = hashlib.sha256("|".join(change.id for change in batch).encode()).hexdigest()
    marker = {key_name: f"batch#{digest}", "expires_at": now_seconds() + DEDUPLICATION_SECONDS}
    try:
        dynamo.transact(
            [dynamo.put(table, marker, unless_exists=key_name), *actions],
            conflict_attempts=_CONFLICT_ATTEMPTS,
        )
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        return 0
    return len(actions)
