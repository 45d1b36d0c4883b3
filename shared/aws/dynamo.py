"""DynamoDB calls that span tables, and the codec of plain items.

Calls on one table go through `shared.aws.table`. Batch reads and transactions
cross tables.
"""

import base64
from collections.abc import Container, Iterable, Mapping
from itertools import chain, islice
from typing import Any

from botocore.exceptions import ClientError

from shared.aws import sdk
from shared.base.backoff import pause

Item = dict[str, Any]
Key = Mapping[str, Any]

_BATCH_GET_LIMIT = 100
_BATCH_WRITE_LIMIT = 25
_UNPROCESSED_ATTEMPTS = 8
# Attempts for callers that would rather wait a few seconds than fail on a write conflict.
CONFLICT_ATTEMPTS = 8


class Unprocessed(Exception):
    """Part of a batch that DynamoDB kept refusing; the caller must retry it."""


def encode(value: Any) -> dict[str, Any]:
    """Return a Python value as a DynamoDB attribute value.

    Raises:
        TypeError: the type has no DynamoDB form (floats are refused on purpose).
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case set() | frozenset():
            kind = "NS" if all(isinstance(member, int) for member in value) else "SS"
            return {kind: [str(member) for member in sorted(value)]}
        case list() | tuple():
            return {"L": [encode(member) for member in value]}
        case dict():
            return {"M": {name: encode(member) for name, member in value.items()}}
    raise TypeError(f"cannot store {type(value).__name__}")


def decode(attribute: Mapping[str, Any]) -> Any:
    """Return the Python value of an attribute value.

    Numbers without a point are ints.
    """
    # A page decodes two thousand of these: the two frequent kinds come first.
    if "S" in attribute:
        return attribute["S"]
    if "N" in attribute:
        try:
            return int(attribute["N"])
        except ValueError:
            return float(attribute["N"])
    kind, value = next(iter(attribute.items()))
    match kind:
        case "BOOL":
            return value
        case "M":
            return {name: decode(member) for name, member in value.items()}
        case "L":
            return [decode(member) for member in value]
        case "SS":
            return set(value)
        case "NS":
            return {int(member) for member in value}
        case "B":
            return value if isinstance(value, bytes) else base64.b64decode(value)
    return None


def encode_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A whole item; attributes that are ``None`` are left out."""
    return {name: encode(value) for name, value in item.items() if value is not None}


def decode_item(raw: Mapping[str, Any]) -> Item:
    """The inverse of `encode_item`."""
    return {n: value["S"] if "S" in value else decode(value) for n, value in raw.items()}


def batch_get(
    keys: Mapping[str, Iterable[Key]],
    consistent: bool = False,
    *,
    recheck_missing: Container[str] = (),
) -> dict[str, list[Item]]:
    """Read items of several tables by key: one call per hundred keys.

    Args:
        keys: table name to keys; repeated keys are read once.
        consistent: strongly consistent reads (twice the units).
        recheck_missing: tables whose missing keys are read again with strong consistency,
            because replicas may lag behind the last write (one call more if any is missing).

    Returns:
        table name to the items found, in no order; missing keys are left out.

    Raises:
        Unprocessed: the table kept throttling.
    """
    unique = {
        table: {tuple(sorted(key.items())): key for key in table_keys}
        for table, table_keys in keys.items()
    }
    wanted = [(table, encode_item(key)) for table in unique for key in unique[table].values()]
    found: dict[str, list[Item]] = {table: [] for table in keys}
    for start in range(0, len(wanted), _BATCH_GET_LIMIT):
        request: dict[str, Any] = {}
        for table, key in wanted[start : start + _BATCH_GET_LIMIT]:
            request.setdefault(table, {"Keys": [], "ConsistentRead": consistent})
            request[table]["Keys"].append(key)
        for attempt in range(_UNPROCESSED_ATTEMPTS):
            answer = sdk.client("dynamodb").batch_get_item(RequestItems=request)
            for table, items in answer["Responses"].items():
                found[table] += [decode_item(item) for item in items]
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                break
            _back_off(attempt)
        else:
            raise Unprocessed("BatchGetItem left keys unread")
    late = {
        table: _absent(unique[table].values(), found[table])
        for table in keys
        if table in recheck_missing and not consistent and len(found[table]) < len(unique[table])
    }
    if late:
        for table, items in batch_get(late, consistent=True).items():
            found[table] += items
    return found


def _absent(keys: Iterable[Key], items: Iterable[Item]) -> list[Key]:
    """Return the keys without an item."""
    there = list(items)
    return [key for key in keys if not any(key.items() <= item.items() for item in there)]


def batch_write(table: str, puts: Iterable[Item] = (), deletes: Iterable[Key] = ()) -> None:
    """Put and delete items of one table, twenty-five per call.

    Items are taken as they are written, so a long Query can feed it without a list.

    Raises:
        Unprocessed: the table kept throttling; the caller's retry writes them again.
    """
    requests = chain(
        ({"PutRequest": {"Item": encode_item(item)}} for item in puts),
        ({"DeleteRequest": {"Key": encode_item(key)}} for key in deletes),
    )
    while pending := list(islice(requests, _BATCH_WRITE_LIMIT)):
        for attempt in range(_UNPROCESSED_ATTEMPTS):
            answer = sdk.client("dynamodb").batch_write_item(RequestItems={table: pending})
            pending = (answer.get("UnprocessedItems") or {}).get(table, [])
            if not pending:
                break
            _back_off(attempt)
        else:
            raise Unprocessed("BatchWriteItem left items unwritten")


def transact(
    actions: list[dict[str, Any]], token: str | None = None, *, conflict_attempts: int = 1
) -> None:
    """Run a transaction of actions in wire form.

    Args:
        actions: at most 100 of ``{"Put"|"Update"|"Delete"|"ConditionCheck": …}``.
        token: client request token, for retries within ten minutes.
        conflict_attempts: attempts when the only obstacle are other writers of the
            same items (the SDK does not retry that).

    Raises:
        TransactionCanceled: a condition failed or a conflict persisted.
    """
    extra = {"ClientRequestToken": token} if token else {}
    for attempt in range(conflict_attempts):
        try:
            sdk.client("dynamodb").transact_write_items(TransactItems=actions, **extra)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            canceled = TransactionCanceled(error.response.get("CancellationReasons", []))
            if not canceled.conflict or attempt + 1 == conflict_attempts:
                raise canceled from error
        _back_off(attempt)


class TransactionCanceled(Exception):
    """Cancellation of a transaction, which wrote nothing.

    Attributes:
        reasons: per action ``None``, or the code such as ``ConditionalCheckFailed``.
        items: per action the stored item, where the action asked for it.
    """

    def __init__(self, reasons: list[dict[str, Any]]) -> None:
        self.reasons = [
            None if reason.get("Code") in (None, "None") else reason["Code"] for reason in reasons
        ]
        self.items = [decode_item(reason.get("Item") or {}) for reason in reasons]
        super().__init__(f"transaction canceled: {self.reasons}")

    @property
    def conflict(self) -> bool:
        """True if the only obstacle were other writers of the same items."""
        return {reason for reason in self.reasons if reason} == {"TransactionConflict"}

    @property
    def may_pass(self) -> bool:
        """True if the same transaction may succeed later.

        Others write the same items, a condition does not hold yet, or AWS slows us down.
        """
        passing = ("Conflict", "Throttl", "ThroughputExceeded", "ConditionalCheck")
        reasons = [reason for reason in self.reasons if reason]
        return all(any(word in reason for word in passing) for reason in reasons)

    def failed(self, index: int) -> bool:
        """Return true if the condition of that action failed."""
        return index < len(self.reasons) and self.reasons[index] == "ConditionalCheckFailed"


def _back_off(attempt: int) -> None:
    pause(attempt, first=0.05, longest=2.0)
