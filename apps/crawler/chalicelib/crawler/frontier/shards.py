"""A run's visited records read shard by shard: lists, recounts, the sweeper."""

from collections.abc import Iterator
from typing import Any

from chalicelib.crawler.core.models import VISITED_TABLE
from chalicelib.crawler.frontier import visited

from shared.aws import dynamo, sdk
from shared.aws.dynamo import Item

# First hex digits of a digest: the hash keys of one run.
SHARDS = "0123456789abcdef"


def records(
    run_id: str,
    shard: str,
    *,
    after: str | None = None,
    limit: int | None = None,
    consistent: bool = False,
) -> Iterator[Item]:
    """The records of one shard in the order of their digests.

    Args:
        after: digest to begin behind.
        limit: records to read in one call.
    """
    query = _query(run_id, shard, consistent)
    if limit:
        query["Limit"] = limit
    if after:
        query["ExclusiveStartKey"] = dynamo.encode_item(visited.key(run_id, after))
    for answer in _answers(query):
        for raw in answer["Items"]:
            yield dynamo.decode_item(raw)


def count(run_id: str) -> int:
    """Number of a run's records, strongly consistent per shard."""
    queries = ({**_query(run_id, shard, True), "Select": "COUNT"} for shard in SHARDS)
    return sum(answer["Count"] for query in queries for answer in _answers(query))


def _answers(query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    while True:
        answer = sdk.client("dynamodb").query(**query)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _query(run_id: str, shard: str, consistent: bool) -> dict[str, Any]:
    return {
        "TableName": VISITED_TABLE,
        "KeyConditionExpression": "#shard = :shard",
        "ExpressionAttributeNames": {"#shard": "shard"},
        "ExpressionAttributeValues": {":shard": {"S": f"{run_id}#{shard}"}},
        "ConsistentRead": consistent,
    }
