"""Update expressions of items whose changes become events."""

from collections.abc import Mapping
from typing import Any

from shared.aws.dynamo import Item

# New values by attribute name; ``None`` removes the attribute.
Attributes = Mapping[str, Any]


def versioned(attributes: Attributes, *, at: int) -> tuple[str, Item]:
    """Change attributes and advance the item's version.

    Args:
        at: moment of the change, in Unix ms.

    Returns:
        the update expression and its values, for `Table.update` and `Table.update_action`;
        a condition may use the new values as ``:name``.
    """
    expression, values = _changed({**attributes, "updated_at": at}, [])
    return f"{expression} ADD #version :one", {**values, "one": 1}


def unversioned(attributes: Attributes, *, at: int) -> tuple[str, Item]:
    """Change attributes and keep the item's version, so that no event follows.

    As `versioned`; an item that does not exist is made with its first version.
    """
    new = {"version": 1, "updated_at": at}
    kept = [f"#{name} = if_not_exists(#{name}, :{name})" for name in new]
    expression, values = _changed(attributes, kept)
    return expression, {**values, **new}


def _changed(attributes: Attributes, assignments: list[str]) -> tuple[str, Item]:
    values = {name: value for name, value in attributes.items() if value is not None}
    removed = ", ".join(f"#{name}" for name in attributes if name not in values)
    expression = "SET " + ", ".join([*assignments, *(f"#{name} = :{name}" for name in values)])
    return expression + (f" REMOVE {removed}" if removed else ""), values
