"""Write actions for `dynamo.transact`, with names written as ``#name`` in expressions."""

import re
from typing import Any

from botocore.exceptions import ClientError

from shared.aws import dynamo, sdk

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


def check(table: str, key: dynamo.Key, values: dict[str, Any], condition: str) -> Action:
    """A condition on an item that the transaction leaves alone; a failure tells the item."""
    action = _conditional(table, "", values, condition)
    told = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return {"ConditionCheck": {**action, "Key": dynamo.encode_item(key), **told}}


def run(update: Action) -> bool:
    """Make an Update by itself; returns whether its condition held."""
    try:
        sdk.client("dynamodb").update_item(**update["Update"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


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
