"""Entries of the inbox, and the exact count of unread ones.

A user's counter holds ``unread`` and ``generation``. An entry remembers the generation that
it arrived in, and is unread while that generation is current and nobody has read the
entry by itself. So "mark all as read" is one write however full the inbox is, and an entry
that arrives at that moment is counted on the right side: every change of ``unread`` is
conditional on the generation that it was made for. `deliveries` adds entries.
"""

from collections.abc import Iterable

from chalicelib.notifications.core import cache
from chalicelib.notifications.core.models import COUNTERS, INBOX

from shared.aws import dynamo
from shared.aws.dynamo import Item, TransactionCanceled
from shared.aws.table import Action, Values
from shared.base.backoff import pause
from shared.base.clock import now_ms

_ATTEMPTS = 8
# A transaction takes a hundred actions; fifty leave room and keep conflicts short.
_READ_CHUNK = 50
# Condition of an entry that is unread while its generation is current.
UNREAD = (
    "attribute_exists(#id) AND attribute_not_exists(#read_at) AND attribute_not_exists(#withdrawn)"
)


def counter(user_id: str) -> tuple[int, int]:
    """Return the (unread, generation) of a user, read consistently.

    An entry that is read in the moment between its arrival and its count is subtracted
    before it is added: then the count is below zero for that moment.
    """
    item = COUNTERS.get({"user_id": user_id}, consistent=True) or {}
    return max(0, item.get("unread", 0)), item.get("generation", 0)


def find(user_id: str, item_id: str) -> Item | None:
    """Return an entry, or ``None``."""
    return next(iter(INBOX.get_many([key(user_id, item_id)], consistent=True)), None)


def find_many(user_id: str, ids: Iterable[str]) -> list[Item]:
    """Return existing entries by id (1 BatchGetItem per hundred)."""
    return INBOX.get_many([key(user_id, item_id) for item_id in ids], consistent=True)


def page(user_id: str, before: str | None, limit: int, *, consistent: bool = False) -> list[Item]:
    """Return entries older than an id (exclusive), newest first (one Query).

    Withdrawn ones are among them.
    """
    condition = "#user_id = :user" + (" AND #id < :before" if before is not None else "")
    values = {"user": user_id, "before": before}
    return INBOX.page(condition, values, descending=True, limit=limit, consistent=consistent).items


def alike(user_id: str, kind: str, actor_id: str, since: str) -> list[str]:
    """Return ids of recent entries of one type and actor.

    1 Query of 500 entries.

    Args:
        since: lower bound of the entries' ids.
    """
    page = INBOX.page(
        "#user_id = :user AND #id >= :since",
        {"user": user_id, "since": since, "kind": kind, "actor": actor_id},
        filter="#type = :kind AND #actor_id = :actor",
        descending=True,
        consistent=True,
        limit=500,
    )
    return [item["id"] for item in page.items]


def is_read(item: Item, generation: int) -> bool:
    """True if an entry counts as read while the counter is in a generation."""
    return "read_at" in item or is_withdrawn(item) or item["generation"] < generation


def is_withdrawn(item: Item) -> bool:
    """True if an entry's tweet is gone (see `withdrawing`)."""
    return "withdrawn" in item


def is_archived(item: Item) -> bool:
    """True if the user has put an entry away."""
    return "archived_at" in item


def archive(user_id: str, ids: list[str], *, archived: bool) -> int:
    """Put entries away, which marks them as read, or bring them back.

    Unknown entries change nothing. 1 update per entry, beside `read_some`.

    Returns:
        the unread count that is left.

    Raises:
        TransactionCanceled: others kept changing the same entries.
    """
    unread = read_some(user_id, ids) if archived else counter(user_id)[0]
    change = "SET #archived_at = :now" if archived else "REMOVE #archived_at"
    for item_id in ids:
        INBOX.update(key(user_id, item_id), change, {"now": now_ms()}, "attribute_exists(#id)")
    cache.inboxes().changed([user_id])
    return unread


def read_all(user_id: str) -> int:
    """Mark all entries as read (one write); return the new unread count."""
    marked = COUNTERS.update(
        {"user_id": user_id},
        "SET #unread = :zero, #generation = #generation + :one",
        {"zero": 0, "one": 1},
        # Nothing unread, nothing to do: the generation must not grow without need.
        "#unread > :zero",
    )
    cache.inboxes().changed([user_id])
    return counter(user_id)[0] if marked else 0


def read_some(user_id: str, ids: list[str]) -> int:
    """Mark entries as read; unknown and already read ones change nothing.

    Returns:
        the unread count that is left.

    Raises:
        TransactionCanceled: others kept changing the same entries.
    """
    attempt = 0
    while True:
        unread, generation = counter(user_id)
        found = INBOX.get_many([key(user_id, item_id) for item_id in ids], consistent=True)
        chunk = [item["id"] for item in found if not is_read(item, generation)][:_READ_CHUNK]
        if not chunk:
            return unread
        actions = [subtraction(user_id, generation, len(chunk)), *_reads(user_id, chunk)]
        try:
            dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
            cache.inboxes().changed([user_id])
        except TransactionCanceled:
            # Another request read one of them, or all: look again.
            attempt += 1
            if attempt == _ATTEMPTS:
                raise
            pause(attempt)


def remove(user_id: str, ids: list[str]) -> None:
    """Delete entries, without a change of the counter: for erasures."""
    INBOX.batch_write(deletes=[key(user_id, item_id) for item_id in ids])
    cache.inboxes().changed([user_id])


def remove_counter(user_id: str) -> None:
    """Delete the counter of a user: for erasures."""
    COUNTERS.delete({"user_id": user_id})
    cache.inboxes().changed([user_id])


def key(user_id: str, item_id: str) -> Item:
    """Return the key of an entry."""
    return {"user_id": user_id, "id": item_id}


def _reads(user_id: str, ids: list[str]) -> list[Action]:
    return [
        INBOX.update_action(
            key(user_id, item_id),
            "SET #read_at = :now",
            {"now": now_ms()},
            UNREAD,
        )
        for item_id in ids
    ]


def in_generation(generation: int) -> tuple[str, Values]:
    """Return the condition that a counter is in a generation, and its values."""
    condition = "#generation = :current"
    if generation == 0:
        condition = f"({condition} OR attribute_not_exists(#generation))"
    return condition, {"current": generation}


def subtraction(user_id: str, generation: int, amount: int) -> Action:
    """Return the action that lowers the unread count of a generation."""
    condition, values = in_generation(generation)
    expression = "ADD #unread :amount"
    return COUNTERS.update_action(
        {"user_id": user_id}, expression, {**values, "amount": -amount}, condition
    )
