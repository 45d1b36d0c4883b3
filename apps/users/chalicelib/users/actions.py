"""Write actions for `shared.dynamo.transact`, with names written as ``#name`` in expressions."""

import re
from typing import Any

from shared import dynamo

Action = dict[str, Any]


def update(
    table: str, key: dynamo.Key, expression: str, values: dict[str, Any], condition: str = ""
) -> Action:
    """An Update; ``:name`` in the expressions stands for a member of ``values``."""
    action = _conditional(table, expression, values, condition)
    return {"Update": {**action, "Key": dynamo.encode_item(key), "UpdateExpression": expression}}


def delete(table: str, key: dynamo.Key, values: dict[str, Any], condition: str = "") -> Action:
    """A Delete under a condition."""
    return {
        "Delete": {**_conditional(table, "", values, condition), "Key": dynamo.encode_item(key)}
    }


def put(table: str, item: dynamo.Item, values: dict[str, Any], condition: str = "") -> Action:
    """A Put under a condition that may look at the values of the item it replaces."""
    return {"Put": {**_conditional(table, "", values, condition), "Item": dynamo.encode_item(item)}}


def _conditional(table: str, expression: str, values: dict[str, Any], condition: str) -> Action:
    action: Action = {"TableName": table}
    if names := re.findall(r"#(\w+)", f"{expression} {condition}"):
        action["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
    if values:
        encoded = {f":{name}": dynamo.encode(value) for name, value in values.items()}
        action["ExpressionAttributeValues"] = encoded
    if condition:
        action["ConditionExpression"] = condition
    return action
