"""DynamoDB tables: one way to read, write on a condition, page and transact.

Expressions are DynamoDB's own, with every attribute written as ``#name`` and every value as
``:name``, a member of ``values``; a value that no expression names is not sent::

    TWEETS = Table.of(Tweet)
    TWEETS.get({"id": tweet_id})
    TWEETS.update({"id": tweet_id}, "SET #hidden = :yes", {"yes": True}, "attribute_exists(#id)")
    for item in TWEETS.query("#author_id = :author", {"author": user_id}, index=BY_AUTHOR):

PynamoDB models declare the keys and attributes. `load`, `save`, `change` and `remove` work on
their instances; everything else on plain items, which cost a tenth of the CPU.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from botocore.exceptions import ClientError
from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Change
from pynamodb.models import Model

from shared.aws import dynamo, sdk
from shared.aws.dynamo import Item, Key

M = TypeVar("M", bound=Model)
Values = Mapping[str, Any]
Action = dict[str, Any]

_NOTHING: Values = {}
_REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True)
class Outcome:
    """End of a write on a condition; true if the condition held.

    Attributes:
        item: what the write was told to return: the item before or after it, or the stored
            item that refused it. ``None`` if there is none.
    """

    held: bool
    item: Item | None = None

    def __bool__(self) -> bool:
        return self.held


@dataclass(frozen=True)
class Page:
    """Items of one call, and the key to go on after: ``None`` at the end."""

    items: list[Item]
    last_key: Item | None


class Table(Generic[M]):
    """One table; making one costs no call."""

    def __init__(
        self, name: str, hash_key: str, range_key: str | None = None, model: type[M] | None = None
    ) -> None:
        self.name, self.hash_key, self.range_key = name, hash_key, range_key
        self._model = model

    @classmethod
    def of(cls, model: type[M]) -> "Table[M]":
        """The table that a model declares."""
        hash_key = model._hash_keyname
        if hash_key is None:
            raise TypeError(f"{model.__name__} has no hash key")
        return cls(model.Meta.table_name, hash_key, model._range_keyname, model)

    # Reading

    def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        """Return one item, or ``None``."""
        request = {"TableName": self.name, "Key": dynamo.encode_item(key)}
        answer = sdk.client("dynamodb").get_item(**request, ConsistentRead=consistent)
        return dynamo.decode_item(answer["Item"]) if "Item" in answer else None

    def get_many(
        self, keys: Iterable[Key], *, consistent: bool = False, recheck_missing: bool = False
    ) -> list[Item]:
        """Return the items that are there, in no order: one call per hundred keys.

        Args:
            recheck_missing: re-read missing keys consistently (see `dynamo.batch_get`).

        Raises:
            Unprocessed: the table kept throttling.
        """
        sure = (self.name,) if recheck_missing else ()
        return dynamo.batch_get({self.name: keys}, consistent, sure=sure)[self.name]

    def page(
        self,
        condition: str,
        values: Values,
        *,
        index: str | None = None,
        filter: str = "",
        attributes: str = "",
        descending: bool = False,
        consistent: bool = False,
        limit: int | None = None,
        start: Key | None = None,
    ) -> Page:
        """One Query.

        Args:
            condition: the key condition, such as ``#user_id = :user AND #position > :after``.
            attributes: projection, such as ``#id, #version``; all attributes if empty.
            limit: items read (not: left by the filter).
            start: the key to go on after.
        """
        answer = sdk.client("dynamodb").query(
            **self._request(
                values,
                KeyConditionExpression=condition,
                FilterExpression=filter,
                ProjectionExpression=attributes,
            ),
            **_options(index, consistent, limit, start),
            ScanIndexForward=not descending,
        )
        return _page(answer)

    def query(self, condition: str, values: Values, **options: Any) -> Iterator[Item]:
        """All items of a Query, call after call as they are taken; options as of `page`.

        ``limit`` bounds the items of one call, not of all.
        """
        start = options.pop("start", None)
        while True:
            page = self.page(condition, values, start=start, **options)
            yield from page.items
            start = page.last_key
            if start is None:
                return

    def count(
        self, condition: str, values: Values, *, index: str | None = None, consistent: bool = False
    ) -> int:
        """Count the items of a Query; every item is paid for."""
        total, start = 0, None
        while True:
            answer = sdk.client("dynamodb").query(
                **self._request(values, KeyConditionExpression=condition),
                **_options(index, consistent, None, start),
                Select="COUNT",
            )
            total += int(answer["Count"])
            start = _last_key(answer)
            if start is None:
                return total

    def scan_page(
        self,
        *,
        segment: int = 0,
        segments: int = 1,
        limit: int | None = None,
        start: Key | None = None,
        attributes: str = "",
        filter: str = "",
        values: Values = _NOTHING,
    ) -> Page:
        """One Scan of one of the table's segments."""
        answer = sdk.client("dynamodb").scan(
            **self._request(values, FilterExpression=filter, ProjectionExpression=attributes),
            **_options(None, False, limit, start),
            Segment=segment,
            TotalSegments=segments,
        )
        return _page(answer)

    # Writing

    def put(self, item: Item, condition: str = "", values: Values = _NOTHING) -> Outcome:
        """Write an item, in place of the one with its key; a refusal tells that one."""
        return self._write("put_item", self._put(item, condition, values), condition)

    def insert(self, item: Item) -> Outcome:
        """Write an item unless its key is taken; a refusal tells the item that has it."""
        return self.put(item, f"attribute_not_exists(#{self.hash_key})")

    def update(
        self,
        key: Key,
        expression: str,
        values: Values = _NOTHING,
        condition: str = "",
        *,
        returning: str = "NONE",
    ) -> Outcome:
        """Change an item, made if absent; a refusal tells the stored item.

        Args:
            returning: ``ALL_NEW``, ``ALL_OLD``, ``UPDATED_NEW`` or ``UPDATED_OLD``.
        """
        request = self._update(key, expression, values, condition)
        return self._write("update_item", request, condition, returning)

    def add(self, key: Key, amounts: Mapping[str, int], *, returning: str = "NONE") -> Outcome:
        """Add to number attributes, in an item that is made if absent."""
        expression, values = _addition(amounts)
        return self.update(key, expression, values, returning=returning)

    def delete(
        self,
        key: Key,
        condition: str = "",
        values: Values = _NOTHING,
        *,
        returning: str = "NONE",
    ) -> Outcome:
        """Delete an item; without a condition also one that is not there."""
        request = self._request(values, Key=dynamo.encode_item(key), ConditionExpression=condition)
        return self._write("delete_item", request, condition, returning)

    def batch_write(self, puts: Iterable[Item] = (), deletes: Iterable[Key] = ()) -> None:
        """Put and delete items, twenty-five per call, until all are accepted.

        Raises:
            Unprocessed: the table kept throttling; the caller's retry writes them again.
        """
        dynamo.batch_write(self.name, puts, deletes)

    # Actions of a transaction (`dynamo.transact`); each failed one tells its stored item

    def put_action(self, item: Item, condition: str = "", values: Values = _NOTHING) -> Action:
        """A put."""
        return {"Put": _telling(self._put(item, condition, values), condition)}

    def insert_action(self, item: Item) -> Action:
        """A put that needs its key to be free."""
        return self.put_action(item, f"attribute_not_exists(#{self.hash_key})")

    def update_action(
        self, key: Key, expression: str, values: Values = _NOTHING, condition: str = ""
    ) -> Action:
        """An update."""
        return {"Update": _telling(self._update(key, expression, values, condition), condition)}

    def add_action(self, key: Key, amounts: Mapping[str, int]) -> Action:
        """An update that adds to number attributes."""
        return self.update_action(key, *_addition(amounts))

    def delete_action(self, key: Key, condition: str = "", values: Values = _NOTHING) -> Action:
        """A deletion."""
        request = self._request(values, Key=dynamo.encode_item(key), ConditionExpression=condition)
        return {"Delete": _telling(request, condition)}

    def check_action(self, key: Key, condition: str, values: Values = _NOTHING) -> Action:
        """A condition on an item that the transaction leaves alone."""
        request = self._request(values, Key=dynamo.encode_item(key), ConditionExpression=condition)
        return {"ConditionCheck": _telling(request, condition)}

    # Instances of the table's model

    def load(self, hash_key: Any, range_key: Any = None, *, consistent: bool = False) -> M | None:
        """Return an instance by its key, or ``None``."""
        try:
            return self._typed().get(hash_key, range_key, consistent_read=consistent)
        except DoesNotExist:
            return None

    def save(self, instance: M, condition: Condition | None = None) -> bool:
        """Write an instance; returns whether the condition held."""
        try:
            instance.save(condition=condition)
        except PutError as error:
            return _refused(error)
        return True

    def change(
        self, instance: M, changes: Sequence[Change], condition: Condition | None = None
    ) -> bool:
        """Change an item by PynamoDB's actions; the instance then holds what is stored.

        Returns:
            whether the condition held.
        """
        try:
            instance.update(list(changes), condition=condition)
        except UpdateError as error:
            return _refused(error)
        return True

    def remove(self, instance: M, condition: Condition | None = None) -> bool:
        """Delete an instance's item; returns whether the condition held."""
        try:
            instance.delete(condition=condition)
        except DeleteError as error:
            return _refused(error)
        return True

    def _typed(self) -> type[M]:
        if self._model is None:
            raise TypeError(f"{self.name} has no model")
        return self._model

    def _put(self, item: Item, condition: str, values: Values) -> Action:
        return self._request(values, Item=dynamo.encode_item(item), ConditionExpression=condition)

    def _update(self, key: Key, expression: str, values: Values, condition: str) -> Action:
        return self._request(
            values,
            Key=dynamo.encode_item(key),
            UpdateExpression=expression,
            ConditionExpression=condition,
        )

    def _request(self, values: Values, **members: Any) -> Action:
        """A request's members, without empty ones, and what its expressions name."""
        request: Action = {"TableName": self.name}
        names: dict[str, str] = {}
        used: dict[str, Any] = {}
        for member, value in members.items():
            if not value:
                continue
            request[member] = value
            if isinstance(value, str):
                attributes, wanted = _placeholders(value)
                names.update(attributes)
                for name in wanted:
                    used[f":{name}"] = dynamo.encode(values[name])
        if names:
            request["ExpressionAttributeNames"] = names
        if used:
            request["ExpressionAttributeValues"] = used
        return request

    def _write(
        self, operation: str, request: Action, condition: str, returning: str = "NONE"
    ) -> Outcome:
        if returning != "NONE":
            request["ReturnValues"] = returning
        try:
            answer = getattr(sdk.client("dynamodb"), operation)(**_telling(request, condition))
        except ClientError as error:
            if error.response["Error"]["Code"] != _REFUSED:
                raise
            stored = error.response.get("Item")
            return Outcome(False, dynamo.decode_item(stored) if stored else None)
        told = answer.get("Attributes")
        return Outcome(True, dynamo.decode_item(told) if told else None)


@lru_cache(maxsize=2048)
def _placeholders(expression: str) -> tuple[dict[str, str], frozenset[str]]:
    """The attribute names and the names of values in an expression."""
    names = {f"#{name}": name for name in re.findall(r"#(\w+)", expression)}
    return names, frozenset(re.findall(r":(\w+)", expression))


def _addition(amounts: Mapping[str, int]) -> tuple[str, Values]:
    return "ADD " + ", ".join(f"#{name} :{name}" for name in amounts), amounts


def _telling(request: Action, condition: str) -> Action:
    """A write that answers a failed condition with the stored item (no unit more)."""
    if condition:
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request


def _options(
    index: str | None, consistent: bool, limit: int | None, start: Key | None
) -> dict[str, Any]:
    options: dict[str, Any] = {"ConsistentRead": consistent}
    if index:
        options["IndexName"] = index
    if limit is not None:
        options["Limit"] = limit
    if start:
        options["ExclusiveStartKey"] = dynamo.encode_item(start)
    return options


def _page(answer: Mapping[str, Any]) -> Page:
    return Page([dynamo.decode_item(raw) for raw in answer["Items"]], _last_key(answer))


def _last_key(answer: Mapping[str, Any]) -> Item | None:
    last = answer.get("LastEvaluatedKey")
    return dynamo.decode_item(last) if last else None


def _refused(error: PutError | UpdateError | DeleteError) -> bool:
    """Return False for a condition that failed; raise everything else again."""
    if error.cause_response_code != _REFUSED:
        raise error
    return False
