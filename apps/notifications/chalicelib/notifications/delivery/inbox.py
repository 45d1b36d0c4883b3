"""The inbox and its exact count of unread items.

``counters`` holds one item a person: ``unread`` and ``generation``. An inbox
item remembers the generation it was counted in, and is unread while that is
still the current one and nobody read it by itself. So "mark everything read"
is a single write however full the inbox is, and whatever arrives meanwhile is
counted on the right side, because every change of ``unread`` is conditional on
the generation it was made for.
"""

import threading
from typing import Any

from cachetools import TTLCache
from chalicelib.notifications.core import names
from chalicelib.notifications.core.models import Content
from chalicelib.notifications.core.transactions import pause, transact
from chalicelib.notifications.delivery import ledger

from shared.aws import dynamo, sdk
from shared.aws.dynamo import TransactionCanceled, encode, encode_item
from shared.base.clock import now_ms

_ATTEMPTS = 8
# A transaction takes a hundred actions; fifty leave room and keep conflicts short.
_READ_CHUNK = 50

# Guesses that save a read; a wrong one costs a retry, never a wrong count.
_generations: TTLCache[str, int] = TTLCache(maxsize=20_000, ttl=3600)
_generations_lock = threading.Lock()


def add(content: Content) -> bool:
    """Put a notification into its recipient's inbox and count it, in one transaction.

    The ledger's entry goes into the same transaction: our own table is the
    provider here, so this channel is exactly-once and needs no lease.

    Returns:
        False when it was there already.

    Raises:
        TransactionCanceled: the recipient's counter stayed contended.
    """
    user_id, attempt = content.user_id, 0
    while True:
        with _generations_lock:
            generation = _generations.get(user_id, 0)
        try:
            transact(
                [
                    dynamo.put(names.table("inbox"), _item(content, generation),
                               unless_exists="user_id"),
                    _count(user_id, generation, 1),
                    dynamo.put(names.table("ledger"), _ledger_item(content)),
                ]
            )  # fmt: skip
            return True
        except TransactionCanceled as canceled:
            if canceled.failed(0):
                return False
            attempt += 1
            if not canceled.failed(1) or attempt == _ATTEMPTS:
                raise
            current = counter(user_id)[1]
            with _generations_lock:
                _generations[user_id] = current


def counter(user_id: str) -> tuple[int, int]:
    """(unread, generation) of a person, read consistently."""
    answer = sdk.client("dynamodb").get_item(
        TableName=names.table("counters"),
        Key=encode_item({"user_id": user_id}),
        ConsistentRead=True,
    )
    item = dynamo.decode_item(answer.get("Item") or {})
    return item.get("unread", 0), item.get("generation", 0)


def page(user_id: str, before: str | None, limit: int) -> list[dict[str, Any]]:
    """Items older than an id (exclusive), newest first (one Query)."""
    condition, values = "user_id = :user", {":user": encode(user_id)}
    if before is not None:
        condition += " AND id < :before"
        values[":before"] = encode(before)
    answer = sdk.client("dynamodb").query(
        TableName=names.table("inbox"),
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        Limit=limit,
    )
    return [dynamo.decode_item(raw) for raw in answer["Items"]]


def is_read(item: dict[str, Any], generation: int) -> bool:
    """Whether an inbox item counts as read when the counter stands at a generation."""
    return "read_at" in item or item["generation"] < generation


def read_all(user_id: str) -> int:
    """Mark everything read with one write; returns the unread count that is left."""
    try:
        sdk.client("dynamodb").update_item(
            TableName=names.table("counters"),
            Key=encode_item({"user_id": user_id}),
            UpdateExpression="SET unread = :zero, generation = generation + :one",
            # Nothing unread, nothing to do: the generation must not grow without need.
            ConditionExpression="unread > :zero",
            ExpressionAttributeValues={":zero": encode(0), ":one": encode(1)},
        )
    except sdk.client("dynamodb").exceptions.ConditionalCheckFailedException:
        return 0
    return counter(user_id)[0]


def read_some(user_id: str, ids: list[str]) -> int:
    """Mark items read; unknown ids and items already read change nothing.

    Returns:
        the unread count that is left.

    Raises:
        TransactionCanceled: others kept changing the same items.
    """
    table, attempt = names.table("inbox"), 0
    while True:
        unread, generation = counter(user_id)
        keys = [{"user_id": user_id, "id": item_id} for item_id in ids]
        found = dynamo.batch_get({table: keys}, consistent=True)[table]
        chunk = [item["id"] for item in found if not is_read(item, generation)][:_READ_CHUNK]
        if not chunk:
            return unread
        try:
            transact([_count(user_id, generation, -len(chunk)), *_reads(user_id, chunk)])
        except TransactionCanceled:
            # Somebody else read one of them, or everything: look again.
            attempt += 1
            if attempt == _ATTEMPTS:
                raise
            pause(attempt)


def _reads(user_id: str, ids: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "Update": {
                "TableName": names.table("inbox"),
                "Key": encode_item({"user_id": user_id, "id": item_id}),
                "UpdateExpression": "SET read_at = :now",
                "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(read_at)",
                "ExpressionAttributeValues": {":now": encode(now_ms())},
            }
        }
        for item_id in ids
    ]


def _count(user_id: str, generation: int, amount: int) -> dict[str, Any]:
    condition = "generation = :generation"
    if generation == 0:
        condition += " OR attribute_not_exists(generation)"
    return {
        "Update": {
            "TableName": names.table("counters"),
            "Key": encode_item({"user_id": user_id}),
            "UpdateExpression": "SET generation = :generation ADD unread :amount",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {
                ":generation": encode(generation),
                ":amount": encode(amount),
            },
        }
    }


def _item(content: Content, generation: int) -> dict[str, Any]:
    return {
        "user_id": content.user_id,
        "id": content.id,
        "type": content.type,
        "actor_id": content.actor_id,
        "tweet_id": content.tweet_id,
        "title": content.title,
        "text": content.text,
        "generation": generation,
        "created_at": content.created_at,
    }


def _ledger_item(content: Content) -> dict[str, Any]:
    return {
        "notification_id": content.id,
        "target": ledger.target_key(names.INBOX, content.user_id),
        "state": ledger.SENT,
        "provider_id": content.id,
        "updated_at": now_ms(),
    }
