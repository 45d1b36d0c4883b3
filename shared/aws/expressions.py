"""Requests of DynamoDB from expressions with ``#name`` and ``:name``.

Names and values of an expression are filled in from one mapping of values; values that no
expression names are not sent.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shared.aws import dynamo
from shared.aws.dynamo import Key

Values = Mapping[str, Any]
Action = dict[str, Any]


def request(table: str, values: Values, members: Mapping[str, Any]) -> Action:
    """Return a request without empty members, with names and values.

    Args:
        members: by DynamoDB's names; texts are expressions.

    Raises:
        KeyError: an expression names a value that is missing.
    """
    made: Action = {"TableName": table}
    names: dict[str, str] = {}
    used: dict[str, Any] = {}
    for member, value in members.items():
        if not value:
            continue
        made[member] = value
        if isinstance(value, str):
            attributes, wanted = _placeholders(value)
            names.update(attributes)
            for name in wanted:
                used[f":{name}"] = dynamo.encode(values[name])
    if names:
        made["ExpressionAttributeNames"] = names
    if used:
        made["ExpressionAttributeValues"] = used
    return made


def addition(amounts: Mapping[str, int]) -> tuple[str, Values]:
    """Return the update that adds to number attributes, and its values."""
    return "ADD " + ", ".join(f"#{name} :{name}" for name in amounts), amounts


def change(sets: Values, amounts: Mapping[str, int]) -> tuple[str, Values]:
    """Return the update that sets some attributes and adds to others.

    Attributes to be set to ``None`` are removed.
    """
    clauses = {
        "SET": [f"#{name} = :{name}" for name, value in sets.items() if value is not None],
        "REMOVE": [f"#{name}" for name, value in sets.items() if value is None],
        "ADD": [f"#{name} :{name}" for name in amounts],
    }
    text = " ".join(f"{verb} {', '.join(terms)}" for verb, terms in clauses.items() if terms)
    return text, {**sets, **amounts}


def telling(action: Action, condition: str) -> Action:
    """Let a failed condition return the stored item (no unit more)."""
    if condition:
        action["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return action


def options(
    index: str | None, consistent: bool, limit: int | None, start: Key | None
) -> dict[str, Any]:
    """Return the options of a Query or Scan."""
    made: dict[str, Any] = {"ConsistentRead": consistent}
    if index:
        made["IndexName"] = index
    if limit is not None:
        made["Limit"] = limit
    if start:
        made["ExclusiveStartKey"] = dynamo.encode_item(start)
    return made


@lru_cache(maxsize=2048)
def _placeholders(expression: str) -> tuple[dict[str, str], frozenset[str]]:
    """Attribute names and names of values in an expression."""
    names = {f"#{name}": name for name in re.findall(r"#(\w+)", expression)}
    return names, frozenset(re.findall(r":(\w+)", expression))
