"""What goes when an account is erased: contact, inbox, and the notifications in it."""

from chalicelib.notifications import contacts, inbox_store, names

from shared import aws, dynamo
from shared.observability import logger

_PAGE = 500


def erase(user_id: str) -> None:
    """Erase a user's data, page by page; after a crash the rest goes at the next delivery.

    The ledger keeps only ids and digests, and the contact leaves a row without
    content, which late events of the same person cannot fill again.

    Raises:
        Exception: a store failed; the event must come again.
    """
    contacts.store().forget(user_id)
    erased = 0
    while page := inbox_store.page(user_id, None, _PAGE):
        ids = [item["id"] for item in page]
        dynamo.batch_write(names.table("notifications"), deletes=[{"id": one} for one in ids])
        entries = [{"user_id": user_id, "id": one} for one in ids]
        dynamo.batch_write(names.table("inbox"), deletes=entries)
        erased += len(ids)
    aws.client("dynamodb").delete_item(
        TableName=names.table("counters"), Key=dynamo.encode_item({"user_id": user_id})
    )
    logger().info("erased", user_id=user_id, notifications=erased)
