"""Regions in memory: tables, streams, last-writer-wins replication.

The domain's own code runs in each: this module stands for DynamoDB. It evaluates the
expressions of `pairs` and `states`, and replicates whole items as global tables do: with
delays, and the later write replaces the earlier one silently.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any

from botocore.exceptions import ClientError

from shared.aws import dynamo
from shared.aws.dynamo import Item

Key = tuple[str, ...]
# Moment of a write, and its region: the greater one wins.
Stamp = tuple[float, str]
_KEYWORDS = re.compile(r"\b(SET|REMOVE|ADD|DELETE) ")


class Record:
    """Stream event with one record."""

    def __init__(self, number: int, key: Item, old: Item | None, new: Item) -> None:
        images = {"Keys": dynamo.encode_item(key), "NewImage": dynamo.encode_item(new)}
        if old is not None:
            images["OldImage"] = dynamo.encode_item(old)
        kind = "INSERT" if old is None else "MODIFY"
        self._records = [{"eventID": str(number), "eventName": kind, "dynamodb": images}]

    def to_dict(self) -> dict[str, Any]:
        return {"Records": self._records}


class Region:
    """Tables of one region, with the calls that the graph room makes.

    Args:
        replicated: name of the table that other regions get.
        written: is told of each local write to it: region, key, item, stamp.
        streamed: is told of each record of its stream.
    """

    def __init__(
        self,
        name: str,
        now: Callable[[], float],
        replicated: str,
        written: Callable[["Region", Item, Item, Stamp], None],
        streamed: Callable[["Region", Record], None],
    ) -> None:
        self.name, self._now = name, now
        self._replicated, self._written, self._streamed = replicated, written, streamed
        self.tables: dict[str, dict[Key, Item]] = {}
        self._stamps: dict[Key, Stamp] = {}
        self._records = 0

    def transact_write_items(self, **request: Any) -> Item:
        actions = [next(iter(action.items())) for action in request["TransactItems"]]
        reasons: list[Item] = []
        for _, one in actions:
            stored = self._get(one)
            holds = _holds(one, stored)
            reasons.append({"Code": "None"} if holds else _refusal(stored))
        if any("Message" in reason for reason in reasons):
            answer = {"Error": {"Code": "TransactionCanceledException"}}
            raise ClientError({**answer, "CancellationReasons": reasons}, "TransactWriteItems")
        for kind, one in actions:
            if kind == "Update":
                self._update(one)
        return {}

    def update_item(self, **request: Any) -> Item:
        stored = self._get(request)
        if not _holds(request, stored):
            error = {"Error": {"Code": "ConditionalCheckFailedException"}, **_refusal(stored)}
            raise ClientError(error, "UpdateItem")
        self._update(request)
        return {}

    def batch_get_item(self, **request: Any) -> Item:
        found = {
            table: [
                dynamo.encode_item(item)
                for key in wanted["Keys"]
                if (item := self.tables.get(table, {}).get(_key(key)))
            ]
            for table, wanted in request["RequestItems"].items()
        }
        return {"Responses": found}

    def receive(self, key: Item, item: Item, stamp: Stamp) -> None:
        """Take an item of another region, unless the own one is newer."""
        place = tuple(key.values())
        if stamp > self._stamps.get(place, (0.0, "")):
            self._store(key, item, stamp)

    def _get(self, request: Item) -> Item | None:
        return self.tables.setdefault(request["TableName"], {}).get(_key(request["Key"]))

    def _update(self, request: Item) -> None:
        key = dynamo.decode_item(request["Key"])
        item = {**key, **(self._get(request) or {})}
        _change(item, request["UpdateExpression"], _values(request))
        if request["TableName"] != self._replicated:
            self.tables[request["TableName"]][tuple(key.values())] = item
            return
        stamp = (self._now(), self.name)
        self._store(key, item, stamp)
        self._written(self, key, item, stamp)

    def _store(self, key: Item, item: Item, stamp: Stamp) -> None:
        place, table = tuple(key.values()), self.tables.setdefault(self._replicated, {})
        old = table.get(place)
        table[place], self._stamps[place] = item, stamp
        self._records += 1
        self._streamed(self, Record(self._records, key, old, item))


def _key(raw: Item) -> Key:
    return tuple(value["S"] for value in raw.values())


def _values(request: Item) -> Item:
    raw = request.get("ExpressionAttributeValues", {})
    return {name[1:]: dynamo.decode(value) for name, value in raw.items()}


def _refusal(stored: Item | None) -> Item:
    reason: Item = {"Code": "ConditionalCheckFailed", "Message": ""}
    return {**reason, "Item": dynamo.encode_item(stored)} if stored else reason


def _holds(request: Item, stored: Item | None) -> bool:
    condition = request.get("ConditionExpression")
    if not condition:
        return True
    names = {"item": stored or {}, "values": _values(request)}
    return bool(eval(_python(condition), names))


@lru_cache(None)
def _python(condition: str) -> CodeType:
    """Return a condition as Python."""
    text = re.sub(r"attribute_not_exists\(#(\w+)\)", r"('\1' not in item)", condition)
    text = re.sub(r"contains\(#(\w+), :(\w+)\)", r"(values['\2'] in item.get('\1', ()))", text)
    text = re.sub(r"size\(#(\w+)\)", r"len(item.get('\1', ()))", text)
    text = re.sub(r"#(\w+)", r"item.get('\1')", text)
    text = re.sub(r":(\w+)", r"values['\1']", text)
    text = re.sub(r"\b(AND|OR|NOT)\b", lambda word: word[1].lower(), text.replace(" = ", " == "))
    return compile(text, condition, "eval")


def _change(item: Item, expression: str, values: Item) -> None:
    _, *parts = _KEYWORDS.split(expression)
    for keyword, clause in zip(parts[::2], parts[1::2], strict=True):
        for part in re.split(r", (?=#)", clause.strip()):
            name, _, rest = part.strip().partition(" ")
            name = name[1:]
            if keyword == "REMOVE":
                item.pop(name, None)
            elif keyword == "SET":
                item[name] = _assigned(item, rest.removeprefix("= "), values)
            elif keyword == "ADD" and isinstance(values[rest[1:]], set):
                item[name] = item.get(name, set()) | values[rest[1:]]
            elif keyword == "ADD":
                item[name] = item.get(name, 0) + values[rest[1:]]
            else:
                item[name] = item.get(name, set()) - values[rest[1:]]
                if not item[name]:
                    del item[name]


def _assigned(item: Item, text: str, values: Item) -> Any:
    if found := re.fullmatch(r"if_not_exists\(#(\w+), :(\w+)\)( \+ :(\w+))?", text):
        value = item.get(found[1], values[found[2]])
        return value + values[found[4]] if found[3] else value
    return values[text[1:]]
