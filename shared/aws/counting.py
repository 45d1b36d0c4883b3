"""Counters fed by streams (`shared.aws.seen_ring`).

A batch's counters are written one by one. Each remembers by itself what was counted into
it, so a crash between two of them is harmless: the batch comes again and finds the first
one counted.

A counter whose ring is full is written in a transaction with a marker. The marker's key is
the first record that it counted, and it lists all records counted with it. A repeated batch
begins where an earlier one began (a checkpoint moves only past batches that succeeded or
were given up), so its marker is found even when the batch is longer or shorter than before:
surplus records are counted, and missing ones get a marker of their own for the batch that
will begin with them.
"""

import base64
from collections.abc import Callable, Iterable
from typing import Any

from shared.aws import dynamo, expressions
from shared.aws.dynamo import Item, Key
from shared.aws.expressions import Action
from shared.aws.seen_ring import DIGEST_SIZE, MESSAGE_SECONDS, STREAM_SECONDS, Ring, digest
from shared.aws.streams import Change, changes
from shared.aws.table import Outcome, Table
from shared.base.backoff import pause
from shared.base.clock import now_seconds

# Writers of one counter at a time: the stream's shards and the queue's workers.
ATTEMPTS = 10

# Digests of records, and what each adds: amounts by attribute.
Records = dict[bytes, dict[str, int]]


class Contended(Exception):
    """A counter that others kept changing; the caller must retry."""


def add_counts(
    table: str,
    key_name: str,
    stream_event: Any,
    to_amounts: Callable[[Change], Iterable[tuple[str, str, int]]],
) -> int:
    """Add a stream batch to counters; each record counts once.

    Calls: 1 consistent BatchGetItem per hundred counters; per counter 1 conditional update,
    or 1 transaction of 2 where the ring is full. Republished changes were counted before
    and are left out.

    Args:
        table: a table without a stream; ``key_name`` is its hash key.
        to_amounts: a change as (counter key, attribute, amount) triples.

    Returns:
        number of counter items changed.

    Raises:
        Contended: others kept changing a counter; what was counted stays counted.
        TransactionCanceled: the same, of a counter with a full ring.
    """
    counted: dict[str, Records] = {}
    for change in changes(stream_event):
        if change.republished:
            continue
        for key, attribute, amount in to_amounts(change):
            if amount:
                row = counted.setdefault(key, {}).setdefault(digest(change.id), {})
                row[attribute] = row.get(attribute, 0) + amount
    if not counted:
        return 0
    counters: Table[Any] = Table(table, key_name)
    found = counters.get_many([{key_name: key} for key in counted], consistent=True)
    stored = {item[key_name]: item for item in found}
    return sum(
        _count(counters, key, records, stored.get(key, {}))
        for key, records in sorted(counted.items())
    )


def total(amounts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return the sums of amounts by attribute, without those that cancel out."""
    sums: dict[str, int] = {}
    for row in amounts:
        for name, amount in row.items():
            sums[name] = sums.get(name, 0) + amount
    return {name: amount for name, amount in sums.items() if amount}


def write_marked(table: Table[Any], key: Key, counted: Action, markers: list[Item]) -> Outcome:
    """Write a counter in a transaction with new markers.

    Returns:
        a refusal returns the counter as it is now.

    Raises:
        TransactionCanceled: others kept writing the counter.
    """
    try:
        # Handlers of other stream shards add to a hot item's counter too, some milliseconds each.
        dynamo.transact(
            [*map(table.insert_action, markers), counted],
            conflict_attempts=dynamo.CONFLICT_ATTEMPTS,
        )
    except dynamo.TransactionCanceled as canceled:
        if canceled.conflict:
            raise
        return Outcome(False, _read(table, key))
    return Outcome(True)


def _count(table: Table[Any], key: str, records: Records, item: Item) -> bool:
    """Add records to one counter; false if all of them were counted before."""
    for attempt in range(ATTEMPTS):
        ring = Ring.of(item)
        fresh = {one: row for one, row in records.items() if one not in ring}
        if ring.marked:
            fresh = _without_marked(table, key, fresh)
        if not fresh:
            return False
        outcome = _write(table, key, fresh, ring)
        if outcome:
            return True
        item = outcome.item or {}
        pause(attempt)
    raise Contended(key)


def _write(table: Table[Any], key: str, fresh: Records, ring: Ring) -> Outcome:
    """Count records unless the counter changed; a refusal returns the counter."""
    amounts = total(fresh.values())
    seen = ring.with_digests(fresh, STREAM_SECONDS)
    if seen is None:
        return _write_marked(table, key, list(fresh), amounts, ring)
    condition, read = ring.unchanged()
    expression, values = expressions.change({"seen": seen}, amounts)
    return table.update({table.hash_key: key}, expression, {**read, **values}, condition)


def _write_marked(
    table: Table[Any], key: str, records: list[bytes], amounts: dict[str, int], ring: Ring
) -> Outcome:
    """Count records together with their marker."""
    own_key = {table.hash_key: key}
    condition, read = ring.unchanged(marks=False)
    expression, values = expressions.change({"marked_at": now_seconds()}, {**amounts, "marks": 1})
    counted = table.update_action(own_key, expression, {**read, **values}, condition)
    return write_marked(table, own_key, counted, [_marker(table, key, records)])


def _without_marked(table: Table[Any], key: str, records: Records) -> Records:
    """Return the records that no marker lists."""
    left = dict(records)
    while left:
        marker = _read(table, {table.hash_key: _marker_key(key, next(iter(left)))})
        if marker is None:
            return left
        listed = _listed(marker)
        if missing := [one for one in listed if one not in records]:
            # For the batch that will begin with them; if it is there already, it lists them too.
            table.insert(_marker(table, key, missing))
        left = {one: row for one, row in left.items() if one not in listed}
    return left


def _read(table: Table[Any], key: Key) -> Item | None:
    return next(iter(table.get_many([key], consistent=True)), None)


def _marker(table: Table[Any], key: str, records: list[bytes]) -> Item:
    return {
        table.hash_key: _marker_key(key, records[0]),
        "records": b"".join(records),
        "expires_at": now_seconds() + MESSAGE_SECONDS,
    }


def _marker_key(key: str, first: bytes) -> str:
    return f"batch#{key}#{base64.urlsafe_b64encode(first).decode()}"


def _listed(marker: Item) -> list[bytes]:
    joined: bytes = marker["records"]
    return [joined[at : at + DIGEST_SIZE] for at in range(0, len(joined), DIGEST_SIZE)]
