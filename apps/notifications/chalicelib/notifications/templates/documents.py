"""Documents of templates: texts by locale, schema of variables.

Everything here is pure. A document is ``{"default_locale", "locales": {tag: {"title", "text",
"html"?, "url"?}}, "schema"?}``. Compiled templates are kept by their source.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.notifications.templates import sandbox
from chalicelib.notifications.templates.sandbox import TemplateError

from shared.base.process import Cache, process

Document = Mapping[str, Any]

NAME = re.compile("[a-z][a-z0-9_.-]{0,63}")
LOCALE_PATTERN = "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
PARTS = ("title", "text", "html", "url")
# Members that every template may use beside its own variables.
BUILT_IN = frozenset({"recipient", "platform"})

_TITLE_LENGTH = 150
_SCHEMA_DEPTH = 8
# Keywords that cost what their author likes: patterns that backtrack, references that turn round.
_REFUSED_KEYWORDS = frozenset(
    {"$ref", "$dynamicRef", "$recursiveRef", "pattern", "patternProperties", "unevaluatedItems"}
)
_MAPS = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_URL = re.compile(r"(https?://|/(?!/))\S*")
_compiled: Cache[tuple[str, bool], Any] = process.cache(500)


@dataclass(frozen=True)
class Texts:
    """The parts of a rendered template."""

    title: str
    text: str
    html: str | None = None
    url: str | None = None


def check(document: Document) -> None:
    """Check a document that is to be stored.

    Raises:
        TemplateError: a part does not compile, uses a variable that the schema does not have,
            or the schema is none, or the default locale has no texts.
    """
    locales: Mapping[str, Mapping[str, str]] = document["locales"]
    if document["default_locale"] not in locales:
        raise TemplateError("The default locale has no texts.")
    schema = document.get("schema")
    if schema is not None:
        _check_schema(schema)
    for tag, parts in locales.items():
        for part, source in parts.items():
            try:
                _compile(source, html=part == "html")
                used = sandbox.variables(source) - BUILT_IN
            except TemplateError as error:
                raise TemplateError(f"{tag}, {part}: {error}") from error
            known = (schema or {}).get("properties")
            if known is not None and (unknown := sorted(used - set(known))):
                raise TemplateError(
                    f"{tag}, {part}: the schema has no variable {', '.join(unknown)}."
                )


def check_data(document: Document, data: Mapping[str, Any]) -> None:
    """Check the values of a template's variables.

    Raises:
        TemplateError: they are not valid against the template's schema.
    """
    schema = document.get("schema")
    if schema is None:
        return
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(schema).iter_errors(dict(data)):
        path = ".".join(str(part) for part in error.absolute_path)
        raise TemplateError(f"data{'.' if path else ''}{path}: {str(error.message)[:200]}")


def parts_for(document: Document, locale: str | None) -> tuple[str, Mapping[str, str]]:
    """Return the texts for a locale, and the locale that they are in.

    ``de-AT`` falls back to ``de``, and that to the default locale.
    """
    locales: Mapping[str, Mapping[str, str]] = document["locales"]
    for tag in _fallbacks(locale):
        if tag in locales:
            return tag, locales[tag]
    default: str = document["default_locale"]
    return default, locales[default]


def render(document: Document, data: Mapping[str, Any], locale: str | None) -> Texts:
    """Render all parts of a document.

    Values are escaped in the HTML part; a title has no line breaks, which would begin another
    header of a mail.

    Raises:
        TemplateError: the data does not fit, or a part fails or gives too much.
    """
    check_data(document, {name: value for name, value in data.items() if name not in BUILT_IN})
    tag, parts = parts_for(document, locale)
    made: dict[str, str] = {}
    for part in PARTS:
        if part in parts:
            try:
                made[part] = sandbox.render(_compile(parts[part], html=part == "html"), data)
            except TemplateError as error:
                raise TemplateError(f"{tag}, {part}: {error}") from error
    title = " ".join(made["title"].split())[:_TITLE_LENGTH]
    text = made["text"].strip()
    if not title or not text:
        raise TemplateError(f"{tag}: title and text must not be empty.")
    url = made.get("url", "").strip() or None
    if url is not None and not _URL.fullmatch(url):
        raise TemplateError(f"{tag}, url: it must begin with http://, https:// or a slash.")
    return Texts(title, text, made.get("html"), url)


def _compile(source: str, *, html: bool) -> Any:
    key = (source, html)
    found = _compiled.get(key)
    if found is None:
        found = _compiled.put(key, sandbox.compile_template(source, html=html))
    return found


def _fallbacks(locale: str | None) -> Iterator[str]:
    parts = (locale or "").split("-")
    for size in range(len(parts), 0, -1):
        yield "-".join(parts[:size])


def _check_schema(schema: Mapping[str, Any]) -> None:
    from jsonschema import Draft202012Validator, SchemaError

    for keyword in _keywords(schema, _SCHEMA_DEPTH):
        if keyword in _REFUSED_KEYWORDS:
            raise TemplateError(f"schema: `{keyword}` is not available here.")
    if schema.get("type") != "object":
        raise TemplateError("schema: its type must be object.")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise TemplateError(f"schema: {str(error.message)[:200]}") from error


def _keywords(schema: Any, depth: int) -> Iterator[str]:
    """Keywords of a schema and those in it; names of properties are none."""
    if depth == 0:
        raise TemplateError("schema: it is nested too deeply.")
    if isinstance(schema, list):
        for one in schema:
            yield from _keywords(one, depth)
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            yield keyword
            if keyword in _MAPS and isinstance(value, dict):
                for one in value.values():
                    yield from _keywords(one, depth - 1)
            elif keyword not in ("const", "default", "enum", "examples"):
                yield from _keywords(value, depth - 1)
