"""Building blocks of answer schemas: components and closed records."""

from collections.abc import Mapping
from typing import Any

from shared.base.validation import Schema


class Component(dict[str, Any]):
    """A schema that the API document lists under its name, and refers to.

    It is an ordinary schema everywhere else, so a validator needs no references.
    """

    def __init__(self, name: str, schema: Schema) -> None:
        super().__init__(schema)
        self.name = name


def record(
    required: Mapping[str, Schema] | None = None, optional: Mapping[str, Schema] | None = None
) -> Schema:
    """Return the schema of an object whose members are all known.

    The document leaves it open, so that a member can be added without a new
    version; the tests hold answers to exactly these members.
    """
    schema: Schema = {"type": "object"}
    if required:
        schema["required"] = list(required)
    schema["properties"] = {**(required or {}), **(optional or {})}
    return schema


def component(
    name: str,
    description: str,
    required: Mapping[str, Schema] | None = None,
    optional: Mapping[str, Schema] | None = None,
    example: Mapping[str, Any] | None = None,
) -> Component:
    """Return a named `record`."""
    examples = {"examples": [dict(example)]} if example else {}
    return Component(name, {"description": description, **record(required, optional), **examples})


def array(items: Schema, **bounds: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **bounds}


def choice(*values: str) -> Schema:
    """Return the schema of one of some words."""
    return {"type": "string", "enum": list(values)}


def constant(value: bool | str) -> Schema:
    """Return the schema of the one value that an answer has in this place."""
    return {"type": "boolean" if isinstance(value, bool) else "string", "const": value}


def data(schema: Schema, **more: Schema) -> Schema:
    """Return the schema of an answer with ``data`` and further members."""
    return record({"data": schema, **more})


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
URL: Schema = {"type": "string", "format": "uri"}
ID: Schema = {"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["1346889436626259968"]}
MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
    "examples": ["2026-01-06T18:40:40.000Z"],
}
