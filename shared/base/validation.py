"""JSON Schema (2020-12) for bodies and queries, with X's errors.

`jsonschema` is imported at the first validation, not at start: it would be a
third of a cold start that serves a GET without parameters.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from shared.base.errors import invalid_parameters

Schema = dict[str, Any]

# JSON may spell lone surrogates; no storage, no UTF-8 and no client can hold them.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Spellings of booleans in a query string that X's APIs take, in any case.
_FLAGS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_validators: dict[int, tuple[Schema, Any]] = {}


def parse_json(raw: bytes) -> Any:
    """Return a JSON body.

    An empty one is an empty object, and ``1.0`` an integer as in JSON Schema.

    Raises:
        Problem: 400 when it is not JSON, not UTF-8, nests too deeply or
            holds lone surrogates or NUL characters.
    """
    if not raw.strip():
        return {}
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise _body_error("The request body is not valid JSON.") from error
    if "\\u" in text and _unstorable(value):
        raise _body_error("The request body holds characters that are not valid Unicode text.")
    return value


def validate_body(schema: Schema, body: Any) -> Any:
    """Return the body if it is valid against the schema.

    Raises:
        Problem: 400 naming every invalid member (at most ten).
    """
    errors = []
    for error in _sorted_errors(schema, body):
        path = ".".join(str(part) for part in error.absolute_path) or "body"
        errors.append(
            {"parameters": {path: [_shown(error.instance)]}, "message": f"{path}: {_words(error)}"}
        )
    if errors:
        raise invalid_parameters(errors[:10])
    return body


def validate_query(
    schema: Schema, query: Mapping[str, list[str]], *, lenient: bool = False
) -> dict[str, Any]:
    """Return query parameters with their types and defaults.

    ``integer`` and ``boolean`` parameters are converted, ``array`` ones take
    commas or repetition. Unknown parameters are refused, as by X's API v2.

    Args:
        lenient: ignore unknown parameters, as X's API 1.1.

    Raises:
        Problem: 400 naming every invalid parameter.
    """
    properties: dict[str, Schema] = schema.get("properties", {})
    values: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for name, raw in query.items():
        if name not in properties:
            if lenient:
                continue
            known = ",".join(sorted(properties))
            message = f"The query parameter [{name[:100]}] is not one of [{known}]"
            errors.append({"parameters": {name[:100]: _clip(raw)}, "message": message})
            continue
        values[name] = _convert(properties[name], raw)
    for error in _sorted_errors(schema, values):
        name = str(error.absolute_path[0]) if error.absolute_path else _required_name(error)
        shown = _clip(query.get(name, []))
        message = f"The `{name}` query parameter value {shown} is not valid: {_words(error)}"
        errors.append({"parameters": {name: shown}, "message": message})
    if errors:
        raise invalid_parameters(errors[:10])
    for name, spec in properties.items():
        if "default" in spec:
            values.setdefault(name, spec["default"])
    return values


def check(schema: Schema, value: Any) -> None:
    """Validate a value that does not come from a client (an event).

    Raises:
        ValueError: it is not valid against the schema.
    """
    for error in _sorted_errors(schema, value):
        raise ValueError(f"{error.json_path}: {_words(error)}")


def _sorted_errors(schema: Schema, value: Any) -> list[Any]:
    cached = _validators.get(id(schema))
    if cached is None:
        # The schema is kept beside its validator so that its id stays its own.
        cached = (schema, _strict()(schema))
        _validators[id(schema)] = cached
    return sorted(cached[1].iter_errors(value), key=lambda error: list(map(str, error.path)))


@cache
def _strict() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    return extend(Draft202012Validator, {"pattern": _pattern})


def _pattern(_: Any, pattern: str, value: Any, __: Schema) -> Iterator[Any]:
    """JSON Schema's ``pattern``, whose ``$`` is the end of the text.

    Python's also matches before a line break at the end. Its ``\\d`` are the digits of all scripts:
    patterns say ``[0-9]``. Blanks are those of all scripts, as they are in JSON Schema.
    """
    from jsonschema import ValidationError

    whole = re.sub(r"\$$", r"\\Z", pattern)
    if isinstance(value, str) and not re.search(whole, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _convert(spec: Schema, raw: list[str]) -> Any:
    kind = spec.get("type")
    if kind == "array":
        return [part for value in raw for part in value.split(",") if part]
    value = raw[-1]
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,19}", value):
        return int(value)
    if kind == "boolean":
        return _FLAGS.get(value.lower(), value)
    return value


def _required_name(error: Any) -> str:
    missing = [name for name in error.validator_value if name not in error.instance]
    return str(missing[0]) if error.validator == "required" and missing else "query"


def _words(error: Any) -> str:
    match error.validator:
        case "required":
            missing = [n for n in error.validator_value if n not in error.instance]
            return f"required: {', '.join(missing)}"
        case "additionalProperties":
            unknown = sorted(set(error.instance) - set(error.schema.get("properties", {})))
            return f"unknown members: {', '.join(name[:100] for name in unknown[:10])}"
        case "maxLength":
            return f"longer than {error.validator_value} characters"
        case "minLength":
            return f"shorter than {error.validator_value} characters"
        case "maxItems":
            return f"more than {error.validator_value} items"
        case "pattern":
            return f"does not match {error.validator_value}"
        case "type":
            return f"not of type {error.validator_value}"
        case "minimum":
            return f"less than {error.validator_value}"
        case "maximum":
            return f"greater than {error.validator_value}"
        case "enum":
            return f"not one of {error.validator_value}"
        case "anyOf" if all(set(one) == {"required"} for one in error.validator_value):
            choices = (", ".join(one["required"]) for one in error.validator_value)
            return f"required: {' or '.join(choices)}"
    return str(error.message)[:200]


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, default=str)[:100]


def _clip(values: list[str]) -> list[str]:
    return [value[:100] for value in values[:10]]


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _unstorable(value: Any) -> bool:
    match value:
        case str():
            return "\x00" in value or _SURROGATE.search(value) is not None
        case list():
            return any(_unstorable(member) for member in value)
        case dict():
            return any(_unstorable(name) or _unstorable(member) for name, member in value.items())
    return False


def _body_error(message: str) -> Exception:
    return invalid_parameters([{"parameters": {}, "message": message}])
