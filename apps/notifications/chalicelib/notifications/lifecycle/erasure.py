"""What goes when an account is erased: contact, inbox, notifications and their deliveries.

The contact leaves a row without content, which late events of the same person
cannot fill again.
"""

from typing import Any

from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import names
from chalicelib.notifications.delivery import inbox as inbox_store

from shared.aws import dynamo, sdk
from shared.aws.walks import Job, Position, Step, Walk

# Notifications in a slice; the deliveries of each take a Query.
SLICE = 100


def contact(job: Job, position: Position | None) -> Position | None:
    """Addresses and names, in the relational store."""
    del position
    directory.store().forget(job["user_id"])
    return None


def inbox(job: Job, position: Position | None) -> Position | None:
    """Inbox items and their notifications; what is deleted is not found again."""
    del position
    ids = [item["id"] for item in inbox_store.page(job["user_id"], None, SLICE)]
    _remove(ids)
    # The way to the notifications goes last.
    entries = [{"user_id": job["user_id"], "id": one} for one in ids]
    dynamo.batch_write(names.table("inbox"), deletes=entries)
    return {} if len(ids) == SLICE else None


def unlisted(job: Job, position: Position | None) -> Position | None:
    """Notifications that went by mail only."""
    after = position["after"] if position else "!"  # sorts below every digit
    ids = [
        raw["id"]["S"]
        for raw in _query(
            "notifications",
            "unlisted_id = :user AND id > :after",
            {":user": job["user_id"], ":after": after},
            IndexName="unlisted",
            Limit=SLICE,
        )
    ]
    _remove(ids)
    return {"after": ids[-1]} if len(ids) == SLICE else None


def counter(job: Job, position: Position | None) -> Position | None:
    """The count of what is unread."""
    del position
    key = dynamo.encode_item({"user_id": job["user_id"]})
    sdk.client("dynamodb").delete_item(TableName=names.table("counters"), Key=key)
    return None


STEPS: dict[str, Step] = {
    "contact": contact,
    "inbox": inbox,
    "unlisted": unlisted,
    "counter": counter,
}
walk = Walk(names.DOMAIN, "erasures", STEPS)


def _remove(ids: list[str]) -> None:
    """Delete notifications and what the ledger says of them: few targets each, one page."""
    for one in ids:
        found = _query("ledger", "notification_id = :id", {":id": one})
        keys = [{"notification_id": one, "target": raw["target"]["S"]} for raw in found]
        dynamo.batch_write(names.table("ledger"), deletes=keys)
    dynamo.batch_write(names.table("notifications"), deletes=[{"id": one} for one in ids])


def _query(table: str, condition: str, values: dict[str, str], **more: Any) -> list[dict[str, Any]]:
    answer = sdk.client("dynamodb").query(
        TableName=names.table(table),
        KeyConditionExpression=condition,
        ExpressionAttributeValues=dynamo.encode_item(values),
        **more,
    )
    found: list[dict[str, Any]] = answer["Items"]
    return found
