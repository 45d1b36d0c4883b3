"""Entries of the inbox, and the exact count of unread ones.

A user's counter holds ``unread`` and ``generation``. An entry remembers the generation that
it was counted in, and is unread while that generation is current and nobody has read the
entry by itself. So "mark all as read" is one write however full the inbox is, and an entry
that arrives at that moment is counted on the right side: every change of ``unread`` is
conditional on the generation that it was made for.
"""

from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.models import COUNTERS, INBOX
from chalicelib.notifications.history import ledger

from shared.aws import dynamo
from shared.aws.dynamo import Item, TransactionCanceled
from shared.aws.table import Action
from shared.base.backoff import pause
from shared.base.clock import now_ms
from shared.base.process import Cache, process

_ATTEMPTS = 8
# A transaction takes a hundred actions; fifty leave room and keep conflicts short.
_READ_CHUNK = 50

# Guesses that save a read; a wrong guess costs a retry, never a wrong count.
_generations: Cache[str, int] = process.cache(20_000, seconds=3600)


def add(content: Content) -> bool:
    """Put a notification into its recipient's inbox and count it.

    The ledger's entry is part of the same transaction: the provider of this channel is our
    own table, so the delivery is exactly-once and needs no lease.

    Returns:
        False if it was there already.

    Raises:
        TransactionCanceled: the recipient's counter stayed contended.
    """
    user_id, attempt = content.user_id, 0
    while True:
        generation = _generations.get(user_id) or 0
        try:
            dynamo.transact(
                [
                    INBOX.insert_action(_item(content, generation)),
                    _count(user_id, generation, 1),
                    ledger.sent_action(
                        content.id, ledger.target_key(names.INBOX, user_id), content.id
                    ),
                ],
                conflict_attempts=dynamo.CONFLICT_ATTEMPTS,
            )
            return True
        except TransactionCanceled as canceled:
            if canceled.failed(0):
                return False
            attempt += 1
            if not canceled.failed(1) or attempt == _ATTEMPTS:
                raise
            # The failed action tells the stored counter.
            _generations.put(user_id, canceled.items[1].get("generation", 0))


def counter(user_id: str) -> tuple[int, int]:
    """Return the (unread, generation) of a user, read consistently."""
    item = COUNTERS.get({"user_id": user_id}, consistent=True) or {}
    return item.get("unread", 0), item.get("generation", 0)


def page(user_id: str, before: str | None, limit: int) -> list[Item]:
    """Return entries older than an id (exclusive), newest first (one Query)."""
    condition = "#user_id = :user" + (" AND #id < :before" if before is not None else "")
    values = {"user": user_id, "before": before}
    return INBOX.page(condition, values, descending=True, limit=limit).items


def is_read(item: Item, generation: int) -> bool:
    """True if an entry counts as read while the counter is in a generation."""
    return "read_at" in item or item["generation"] < generation


def read_all(user_id: str) -> int:
    """Mark all entries as read (one write); return the new unread count."""
    marked = COUNTERS.update(
        {"user_id": user_id},
        "SET #unread = :zero, #generation = #generation + :one",
        {"zero": 0, "one": 1},
        # Nothing unread, nothing to do: the generation must not grow without need.
        "#unread > :zero",
    )
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
        found = INBOX.get_many([_key(user_id, item_id) for item_id in ids], consistent=True)
        chunk = [item["id"] for item in found if not is_read(item, generation)][:_READ_CHUNK]
        if not chunk:
            return unread
        actions = [_count(user_id, generation, -len(chunk)), *_reads(user_id, chunk)]
        try:
            dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
        except TransactionCanceled:
            # Another request read one of them, or all: look again.
            attempt += 1
            if attempt == _ATTEMPTS:
                raise
            pause(attempt)


def remove(user_id: str, ids: list[str]) -> None:
    """Delete entries, without a change of the counter: for erasures."""
    INBOX.batch_write(deletes=[_key(user_id, item_id) for item_id in ids])


def remove_counter(user_id: str) -> None:
    """Delete the counter of a user: for erasures."""
    COUNTERS.delete({"user_id": user_id})


def _key(user_id: str, item_id: str) -> Item:
    return {"user_id": user_id, "id": item_id}


def _reads(user_id: str, ids: list[str]) -> list[Action]:
    return [
        INBOX.update_action(
            _key(user_id, item_id),
            "SET #read_at = :now",
            {"now": now_ms()},
            "attribute_exists(#id) AND attribute_not_exists(#read_at)",
        )
        for item_id in ids
    ]


def _count(user_id: str, generation: int, amount: int) -> Action:
    condition = "#generation = :generation"
    if generation == 0:
        condition += " OR attribute_not_exists(#generation)"
    return COUNTERS.update_action(
        {"user_id": user_id},
        "SET #generation = :generation ADD #unread :amount",
        {"generation": generation, "amount": amount},
        condition,
    )


def _item(content: Content, generation: int) -> Item:
    return {
        **_key(content.user_id, content.id),
        "type": content.type,
        "actor_id": content.actor_id,
        "tweet_id": content.tweet_id,
        "crawl_id": content.crawl_id,
        "title": content.title,
        "text": content.text,
        "generation": generation,
        "created_at": content.created_at,
    }
