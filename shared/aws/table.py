"""DynamoDB tables: reads, conditional writes, pages and transactions.

Expressions are DynamoDB's own, with every attribute written as ``#name`` and every value as
``:name``, a member of ``values``; a value that no expression names is not sent::

    TWEETS = Table.of(Tweet)
    TWEETS.get({"id": tweet_id})
    TWEETS.update({"id": tweet_id}, "SET #hidden = :yes", {"yes": True}, "attribute_exists(#id)")
    for item in TWEETS.query("#author_id = :author", {"author": user_id}, index=BY_AUTHOR):

PynamoDB models declare the keys and attributes. `load`, `save`, `change` and `remove` work on
their instances (`shared.aws.instances`); everything else on plain items, which cost a tenth
of the CPU.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pynamodb.models import Model

from shared.aws import dynamo, expressions, sdk, writers
from shared.aws.dynamo import Item, Key
from shared.aws.expressions import Action, Values
from shared.aws.instances import REFUSED, Instances
from shared.aws.models import TruthModel

__all__ = ["Action", "Outcome", "Page", "Table", "Values"]

M = TypeVar("M", bound=Model)

_NOTHING: Values = {}


@dataclass(frozen=True)
class Outcome:
    """End of a write on a condition; true if the condition held.

    Attributes:
        item: the item before or after the write, as requested, or the stored item that
            refused it. ``None`` if there is none.
    """

    held: bool
    item: Item | None = None

    def __bool__(self) -> bool:
        return self.held


@dataclass(frozen=True)
class Page:
    """Items of one call (or their decoded forms), and the key to go on after.

    Attributes:
        last_key: ``None`` at the end.
    """

    items: list[Any]
    last_key: Item | None


class Table(Instances[M]):
    """One table; making one costs no call.

    Args:
        truth: each write names the region (see `shared.aws.writers`).
        best_effort: one attempt with a timeout of 1 s per call, for optional work.
    """

    def __init__(
        self,
        name: str,
        hash_key: str,
        range_key: str | None = None,
        model: type[M] | None = None,
        *,
        truth: bool = False,
        best_effort: bool = False,
    ) -> None:
        super().__init__(name, model, truth)
        self.hash_key, self.range_key = hash_key, range_key
        self._best_effort = best_effort

    @classmethod
    def of(cls, model: type[M]) -> "Table[M]":
        """Return the table that a model declares."""
        hash_key = model._hash_keyname
        if hash_key is None:
            raise TypeError(f"{model.__name__} has no hash key")
        truth = issubclass(model, TruthModel)
        return cls(model.Meta.table_name, hash_key, model._range_keyname, model, truth=truth)

    # Reading

    def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        """Return one item, or ``None``."""
        request = {"TableName": self.name, "Key": dynamo.encode_item(key)}
        answer = self._client().get_item(**request, ConsistentRead=consistent)
        return dynamo.decode_item(answer["Item"]) if "Item" in answer else None

    def get_many(
        self, keys: Iterable[Key], *, consistent: bool = False, recheck_missing: bool = False
    ) -> list[Item]:
        """Return the existing items, in no order; one call per hundred keys.

        Args:
            recheck_missing: re-read missing keys consistently (see `dynamo.batch_get`).

        Raises:
            Unprocessed: the table kept throttling.
        """
        recheck = (self.name,) if recheck_missing else ()
        return dynamo.batch_get({self.name: keys}, consistent, recheck_missing=recheck)[self.name]

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
        decode: Callable[[Item], Any] = dynamo.decode_item,
    ) -> Page:
        """Run one Query.

        Args:
            condition: the key condition, such as ``#user_id = :user AND #position > :after``.
            attributes: projection, such as ``#id, #version``; all attributes if empty.
            limit: items read (not: left by the filter).
            start: the key to go on after.
            decode: turns an item as DynamoDB sends it into anything, for pages of hundreds.
        """
        answer = self._client().query(
            **self._request(
                values,
                KeyConditionExpression=condition,
                FilterExpression=filter,
                ProjectionExpression=attributes,
            ),
            **expressions.options(index, consistent, limit, start),
            ScanIndexForward=not descending,
        )
        return _page(answer, decode)

    def query(self, condition: str, values: Values, **options: Any) -> Iterator[Any]:
        """Iterate over all items of a Query, page by page; options as of `page`.

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
        """Count the items of a Query; all of them are read and paid for."""
        total, start = 0, None
        while True:
            answer = self._client().query(
                **self._request(values, KeyConditionExpression=condition),
                **expressions.options(index, consistent, None, start),
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
    ) -> Page:
        """Run one Scan of one of the table's segments."""
        answer = self._client().scan(
            **self._request(_NOTHING),
            **expressions.options(None, False, limit, start),
            Segment=segment,
            TotalSegments=segments,
        )
        return _page(answer)

    # Writing

    def put(self, item: Item, condition: str = "", values: Values = _NOTHING) -> Outcome:
        """Write an item; a refusal returns the stored one with its key."""
        return self._write("put_item", self._put(item, condition, values), condition)

    def insert(self, item: Item) -> Outcome:
        """Write an item unless its key is taken; a refusal returns the taker."""
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
        """Change an item, made if absent; a refusal returns the stored item.

        Args:
            returning: ``ALL_NEW``, ``ALL_OLD``, ``UPDATED_NEW`` or ``UPDATED_OLD``.
        """
        request = self._update(key, expression, values, condition)
        return self._write("update_item", request, condition, returning)

    def add(self, key: Key, amounts: Mapping[str, int], *, returning: str = "NONE") -> Outcome:
        """Add to number attributes of an item, made if absent."""
        expression, values = expressions.addition(amounts)
        return self.update(key, expression, values, returning=returning)

    def delete(
        self,
        key: Key,
        condition: str = "",
        values: Values = _NOTHING,
        *,
        returning: str = "NONE",
    ) -> Outcome:
        """Delete an item; without a condition, an absent item is a success."""
        request = self._request(values, Key=dynamo.encode_item(key), ConditionExpression=condition)
        return self._write("delete_item", request, condition, returning)

    def batch_write(self, puts: Iterable[Item] = (), deletes: Iterable[Key] = ()) -> None:
        """Put and delete items, twenty-five per call, until all are accepted.

        Raises:
            Unprocessed: the table kept throttling; the caller's retry writes them again.
        """
        written = map(writers.named, puts) if self._truth else puts
        dynamo.batch_write(self.name, written, deletes)

    # Actions of a transaction (`dynamo.transact`); a failed one returns its stored item

    def put_action(self, item: Item, condition: str = "", values: Values = _NOTHING) -> Action:
        """Return a put."""
        return {"Put": expressions.telling(self._put(item, condition, values), condition)}

    def insert_action(self, item: Item) -> Action:
        """Return a put that needs its key to be free."""
        return self.put_action(item, f"attribute_not_exists(#{self.hash_key})")

    def update_action(
        self, key: Key, expression: str, values: Values = _NOTHING, condition: str = ""
    ) -> Action:
        """Return an update."""
        return {
            "Update": expressions.telling(
                self._update(key, expression, values, condition), condition
            )
        }

    def add_action(self, key: Key, amounts: Mapping[str, int]) -> Action:
        """Return an update that adds to number attributes."""
        return self.update_action(key, *expressions.addition(amounts))

    def delete_action(self, key: Key, condition: str = "", values: Values = _NOTHING) -> Action:
        """Return a deletion."""
        request = self._request(values, Key=dynamo.encode_item(key), ConditionExpression=condition)
        return {"Delete": expressions.telling(request, condition)}

    def check_action(self, key: Key, condition: str, values: Values = _NOTHING) -> Action:
        """Return a condition on an item that the transaction does not change."""
        request = self._request(values, Key=dynamo.encode_item(key), ConditionExpression=condition)
        return {"ConditionCheck": expressions.telling(request, condition)}

    def _client(self) -> Any:
        return sdk.client("dynamodb", best_effort=self._best_effort)

    def _put(self, item: Item, condition: str, values: Values) -> Action:
        written = dynamo.encode_item(writers.named(item) if self._truth else item)
        return self._request(values, Item=written, ConditionExpression=condition)

    def _update(self, key: Key, expression: str, values: Values, condition: str) -> Action:
        if self._truth:
            expression, values = writers.naming(expression, values)
        return self._request(
            values,
            Key=dynamo.encode_item(key),
            UpdateExpression=expression,
            ConditionExpression=condition,
        )

    def _request(self, values: Values, **members: Any) -> Action:
        return expressions.request(self.name, values, members)

    def _write(
        self, operation: str, request: Action, condition: str, returning: str = "NONE"
    ) -> Outcome:
        if returning != "NONE":
            request["ReturnValues"] = returning
        try:
            answer = getattr(self._client(), operation)(**expressions.telling(request, condition))
        except ClientError as error:
            if error.response["Error"]["Code"] != REFUSED:
                raise
            stored = error.response.get("Item")
            return Outcome(False, dynamo.decode_item(stored) if stored else None)
        told = answer.get("Attributes")
        return Outcome(True, dynamo.decode_item(told) if told else None)


def _page(answer: Mapping[str, Any], decode: Callable[[Item], Any] = dynamo.decode_item) -> Page:
    return Page([decode(raw) for raw in answer["Items"]], _last_key(answer))


def _last_key(answer: Mapping[str, Any]) -> Item | None:
    last = answer.get("LastEvaluatedKey")
    return dynamo.decode_item(last) if last else None
