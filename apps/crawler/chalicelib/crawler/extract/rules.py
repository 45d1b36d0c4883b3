"""Extraction rules of a run: CSS or XPath, one per column.

Any expression is allowed, so any may take quadratic or cubic time on a page made for it, and
nothing stops libxml2 from within. So rules are evaluated in a child process with limits of
CPU time and memory (`extract.sandbox`); here they are checked and translated.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MAX_RULES = 30
MAX_CHARS = 300
NAME = r"^[a-z][a-z0-9_]{0,39}$"
_MAX_COMPILED_CHARS = 5_000
MAX_VALUES = 20
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_PREFIXED = re.compile(r"[\w-]+\s*:\s*[\w*-]+")

Rules = Mapping[str, Mapping[str, Any]]


class InvalidRule(ValueError):
    """A rule that cannot be used.

    Attributes:
        name: its column.
        reason: safe to show; quotes the selector.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


def check(rules: Rules) -> None:
    """Check the rules of a run.

    Args:
        rules: by column; ``{"css": …}`` or ``{"xpath": …}``, with ``"all": true`` for a list
            of values. CSS takes ``::text`` and ``::attr(name)``, as Scrapy does.

    Raises:
        InvalidRule: it names the column and the selector.
    """
    if len(rules) > MAX_RULES:
        raise InvalidRule(list(rules)[MAX_RULES], f"more than {MAX_RULES} rules")
    for name, rule in rules.items():
        if not re.fullmatch(NAME, name):
            raise InvalidRule(name[:50], "a column is a lower-case word of at most 40 characters")
        if ("css" in rule) == ("xpath" in rule):
            raise InvalidRule(name, "one of css and xpath is needed")
        try:
            compiled(rule)
        except ValueError as error:
            selector = rule.get("css", rule.get("xpath"))
            raise InvalidRule(name, f"{selector[:100]!r}: {error}") from error


def compiled(rule: Mapping[str, Any]) -> tuple[str, int]:
    """Return a rule's XPath and the number of values that it may give.

    Raises:
        ValueError: with the reason.
    """
    kind = "css" if "css" in rule else "xpath"
    return _path(kind, rule[kind]), MAX_VALUES if rule.get("all") else 1


@lru_cache(maxsize=256)
def _path(kind: str, selector: str) -> str:
    from lxml.etree import XPath, XPathError

    if not 0 < len(selector) <= MAX_CHARS:
        raise ValueError(f"a selector has 1 to {MAX_CHARS} characters")
    path = _of_css(selector) if kind == "css" else selector
    if len(path) > _MAX_COMPILED_CHARS:
        raise ValueError("the selector is too complicated")
    bare = _STRING.sub("''", path)
    if "$" in bare:
        raise ValueError("variables are not supported")
    if _PREFIXED.search(bare.replace("::", " ")):
        raise ValueError("namespaces are not supported")
    try:
        XPath(path, smart_strings=False, regexp=False)
    except (XPathError, SyntaxError, ValueError) as error:
        raise ValueError(f"not valid XPath ({error})") from error
    return path


def _of_css(selector: str) -> str:
    from cssselect import HTMLTranslator, SelectorError, parse

    try:
        parsed = parse(selector)
        translator = HTMLTranslator()
        paths = [translator.selector_to_xpath(one) + _end_of(one.pseudo_element) for one in parsed]
    except (SelectorError, RecursionError) as error:
        raise ValueError(f"not valid CSS ({error})") from error
    return " | ".join(paths)


def _end_of(pseudo: Any) -> str:
    """Last step of a path, for Scrapy's pseudo-elements."""
    if pseudo is None:
        return ""
    if pseudo == "text":
        return "/descendant-or-self::text()"
    if getattr(pseudo, "name", "") == "attr" and pseudo.argument_types() == ["IDENT"]:
        return f"/@{pseudo.arguments[0].value}"
    raise ValueError("of pseudo-elements only ::text and ::attr(name) are supported")
