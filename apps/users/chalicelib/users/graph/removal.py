"""What goes of the social graph with an account: the user's own pairs, and others' towards it.

Counters follow by the table's stream. What is left behind is what others
decided about the account and cannot be found by it: their mutes.
"""

from typing import Any

from chalicelib.users.core.models import Follow

from shared.aws import dynamo, sdk
from shared.contracts import follower_shards, graph

Item = dict[str, Any]

_PAGE = 1000


def remove_all(user_id: str) -> int:
    """Delete the pairs of a user who is leaving; returns how many.

    Each page that is deleted is not found again, so after a crash the rest can go.
    """
    return _remove_requests_and_follows(user_id) + _remove_own(user_id)


def _remove_own(user_id: str) -> int:
    """All that the user felt; and the other direction where they blocked the user."""
    table, removed = Follow.Meta.table_name, 0
    query: Item = {
        "TableName": table,
        "KeyConditionExpression": "user_id = :user",
        "ExpressionAttributeValues": {":user": {"S": user_id}},
        "ConsistentRead": True,
        "Limit": _PAGE,
    }
    while True:
        answer = sdk.client("dynamodb").query(**query)
        pairs = [graph.to_relation(dynamo.decode_item(raw)) for raw in answer["Items"]]
        keys = [_key(user_id, pair.target_id) for pair in pairs]
        inverse = [_key(pair.target_id, user_id) for pair in pairs if pair.severed]
        # The way to the other direction goes last.
        dynamo.batch_write(table, deletes=inverse)
        dynamo.batch_write(table, deletes=keys)
        removed += len(inverse) + len(keys)
        if "LastEvaluatedKey" not in answer:
            return removed
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _remove_requests_and_follows(user_id: str) -> int:
    """Others' pairs towards the user, by the indexes that list them."""
    removed = 0
    for people in (graph.requester_ids, graph.follower_ids):
        after: str | None = None
        while ids := people(user_id, after=after, limit=_PAGE):
            keys = [_key(person, user_id) for person in ids]
            dynamo.batch_write(Follow.Meta.table_name, deletes=keys)
            removed += len(ids)
            after = ids[-1]
    if (follower_shards.known(user_id) or 1) > 1:
        dynamo.batch_write(Follow.Meta.table_name, deletes=follower_shards.markers(user_id))
    return removed


def _key(user_id: str, target_id: str) -> Item:
    return {"user_id": user_id, "target_id": target_id}
