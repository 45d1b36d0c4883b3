"""Find changes whose stream records were lost; hand them in again."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

SLACK_MS = 60_000
PAGE = 100


def _sequence(keys: dict[str, Any], updated_at: int) -> str:
    """A sequence number that depends on the change alone.

    A handler that remembers sequence numbers then knows a change that two
    sweeps in a row bring it.
    """
    text = repr(sorted((name, repr(value)) for name, value in keys.items()))
    return f"{updated_at:020d}{zlib.crc32(text.encode()):010d}"


def sweep(
    dynamodb: Any, table: dict[str, Any], since_ms: int, *, limit: int = PAGE
) -> Iterator[list[dict[str, Any]]]:
    """Batches of stream records for items that changed after ``since_ms``.

    ``table`` is DescribeTable's answer. Items say when they changed in a
    numeric attribute ``updated_at`` (milliseconds); others are left out. The
    records say MODIFY and carry the new image only.
    """
    after = max(0, since_ms - SLACK_MS)
    names = [key["AttributeName"] for key in table["KeySchema"]]
    arguments: dict[str, Any] = {
        "TableName": table["TableName"],
        "FilterExpression": "attribute_type(updated_at, :kind) AND updated_at > :after",
        "ExpressionAttributeValues": {":kind": {"S": "N"}, ":after": {"N": str(after)}},
        "ConsistentRead": True,
    }
    batch: list[dict[str, Any]] = []
    while True:
        answer = dynamodb.scan(**arguments)
        for item in answer["Items"]:
            keys = {name: item[name] for name in names}
            updated_at = int(float(item["updated_at"]["N"]))
            sequence = _sequence(keys, updated_at)
            batch.append(
                {
                    "eventID": f"sweep-{sequence}",
                    "eventName": "MODIFY",
                    "eventVersion": "1.1",
                    "eventSource": "aws:dynamodb",
                    "awsRegion": dynamodb.meta.region_name,
                    "dynamodb": {
                        "ApproximateCreationDateTime": updated_at / 1000,
                        "Keys": keys,
                        "NewImage": item,
                        "SequenceNumber": sequence,
                        "SizeBytes": len(repr(item)),
                        "StreamViewType": "NEW_AND_OLD_IMAGES",
                    },
                }
            )
            if len(batch) >= limit:
                yield batch
                batch = []
        if "LastEvaluatedKey" not in answer:
            break
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    if batch:
        yield batch
