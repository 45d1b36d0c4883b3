"""Units that DynamoDB bills for a call, by AWS's published rules.

Writes are taken from the embedded AWS's own ``ConsumedCapacity``: it rounds up
to 1 KB on the larger of the item before and after, adds what each index has to
write (nothing when its view of the item stays, two when the entry moves) and
doubles the table's share, not the indexes', in transactions. That agrees with
the developer guide; `tests/integration/shared/test_budgets.py` holds it to that.

Two things are worked out here instead, because the emulator gets them wrong:

* **Reads.** It charges 0.5 (or 1) for any GetItem, Query, Scan or key of a
  BatchGetItem, whatever its size. AWS rounds up to 4 KB: GetItem and every key
  of a batch by itself, a Query or Scan page on the sum of all it evaluated;
  halved unless strongly consistent, doubled in transactions, and never less
  than one block, even for an item that is not there.
* **Refused conditional writes**, which are billed like the write that did not
  happen (the larger of what is stored and what was offered). An error carries
  no ``ConsumedCapacity``. A cancelled transaction is charged in full.

A filter or projection does not make a read cheaper, but hides items from the
answer: such reads are repeated bare, through a client that is not metered, to
be sized.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
# Repeats a read without filter and projection; reads an item by table and key.
Reread = Callable[[str, Json], Json]

READS = frozenset(["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"])
WRITES = frozenset(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"])
HIDING = ("FilterExpression", "ProjectionExpression", "AttributesToGet", "Select", "QueryFilter")
_READ_BLOCK, _WRITE_BLOCK = 4096, 1024


@dataclass(frozen=True)
class Units:
    """Request units of one call."""

    write: float = 0.0
    read: float = 0.0


def units(operation: str, params: Json, answer: Json, reread: Reread) -> Units:
    """Units of one DynamoDB call.

    Args:
        answer: the parsed answer, or the parsed error.
        reread: performs an unmetered call, by operation name and parameters.
    """
    if operation in READS:
        if "Error" in answer:
            return Units()
        return Units(read=_read(operation, params, answer, reread))
    if operation in WRITES:
        if "Error" in answer:
            return Units(write=_refused(operation, params, answer["Error"].get("Code"), reread))
        return _reported(answer.get("ConsumedCapacity") or [])
    return Units()


def item_size(item: Json) -> int:
    """Bytes of an item: names and values in UTF-8."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(attribute: Json) -> int:
    """Bytes of one attribute value in wire form."""
    kind, value = next(iter(attribute.items()))
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return number_size(value)
        case "B":
            return len(value)
        case "SS" | "BS":
            return sum(len(one.encode() if isinstance(one, str) else one) for one in value)
        case "NS":
            return sum(number_size(one) for one in value)
        case "L":
            return 3 + sum(1 + value_size(one) for one in value)
        case "M":
            return 3 + sum(1 + len(k.encode()) + value_size(one) for k, one in value.items())
    return 1


def number_size(text: str) -> int:
    """Bytes of a number: one per two significant digits, plus one, plus sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def read_units(size: int, factor: float) -> float:
    """Units of one read of so many bytes; ``factor`` is 0.5, 1 or 2."""
    return max(1, -(-size // _READ_BLOCK)) * factor


def write_units(size: int) -> int:
    """Units of one write of so many bytes."""
    return max(1, -(-size // _WRITE_BLOCK))


def _factor(request: Json) -> float:
    return 1.0 if request.get("ConsistentRead") else 0.5


def _read(operation: str, params: Json, answer: Json, reread: Reread) -> float:
    if operation == "BatchGetItem":
        return _batch_get(params, answer, reread)
    if operation == "TransactGetItems":
        found = [one.get("Item", {}) for one in answer.get("Responses", ())]
        return sum(read_units(item_size(item), 2.0) for item in found)
    if any(name in params for name in HIDING):
        bare = {name: value for name, value in params.items() if name not in HIDING}
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            bare = _pruned(bare, name)
        answer = reread(operation, bare)
    if operation == "GetItem":
        return read_units(item_size(answer.get("Item") or {}), _factor(params))
    return read_units(sum(map(item_size, answer.get("Items", ()))), _factor(params))


def _batch_get(params: Json, answer: Json, reread: Reread) -> float:
    total = 0.0
    for table, request in params["RequestItems"].items():
        unread = (answer.get("UnprocessedKeys") or {}).get(table, {}).get("Keys", ())
        items: Iterable[Json] = answer.get("Responses", {}).get(table, ())
        if any(name in request for name in HIDING):
            bare = {name: request[name] for name in ("Keys", "ConsistentRead") if name in request}
            items = reread("BatchGetItem", {"RequestItems": {table: bare}})["Responses"][table]
        sizes = [item_size(item) for item in items]
        absent = len(request["Keys"]) - len(unread) - len(sizes)
        factor = _factor(request)
        total += sum(read_units(size, factor) for size in [*sizes, *[0] * absent])
    return total


def _pruned(request: dict[str, Any], name: str) -> dict[str, Any]:
    """Drop unused names and values, which DynamoDB refuses."""
    if name not in request:
        return request
    words = set(
        re.findall(
            r"[#:]\w+",
            str([v for k, v in request.items() if "Expression" in k and isinstance(v, str)]),
        )
    )
    kept = {key: value for key, value in request[name].items() if key in words}
    rest = {key: value for key, value in request.items() if key != name}
    return {**rest, name: kept} if kept else rest


def _reported(consumed: Any) -> Units:
    entries = [consumed] if isinstance(consumed, Mapping) else consumed
    total = read = 0.0
    for entry in entries:
        total += entry["CapacityUnits"]
        # A transaction repeated with its token is answered from memory, at the price of a read.
        read += entry.get("ReadCapacityUnits", 0.0)
    return Units(total - read, read)


def _refused(operation: str, params: Json, code: str | None, reread: Reread) -> float:
    if operation == "TransactWriteItems" and code == "TransactionCanceledException":
        actions = [next(iter(action.values())) for action in params["TransactItems"]]
        return sum(2 * write_units(_attempted(action, reread)) for action in actions)
    if code == "ConditionalCheckFailedException":
        return write_units(_attempted(params, reread))
    return 0.0


def _attempted(action: Json, reread: Reread) -> int:
    """Bytes that a refused write is billed by."""
    if "Item" in action:
        return item_size(action["Item"])
    request = {"TableName": action["TableName"], "Key": action["Key"], "ConsistentRead": True}
    stored = reread("GetItem", request).get("Item")
    values = action.get("ExpressionAttributeValues", {}).values()
    return item_size(stored) if stored else item_size(action["Key"]) + sum(map(value_size, values))
