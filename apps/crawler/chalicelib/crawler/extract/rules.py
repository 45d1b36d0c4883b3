"""Extraction rules of a run: CSS or XPath, one per column.

Rules need a tree, and an expression may take quadratic time. So both sides are bounded:
a page gives at most 10,000 elements to the tree, an expression may visit all elements of a
page only so often (`check`), and rules that come after a second of CPU are not evaluated.
"""

import re
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

MAX_RULES = 30
MAX_CHARS = 300
NAME = r"^[a-z][a-z0-9_]{0,39}$"
TIMED_OUT = "timed_out"
_MAX_TAGS, _MAX_PAGE_CHARS = 10_000, 1_000_000
_CPU_SECONDS = 1.0
_MAX_VALUES, _VALUE_CHARS, _MAX_FIELDS_CHARS = 20, 500, 8_000
_MAX_COMPILED_CHARS = 3_000
# Of a whole expression, and of its predicates, which are evaluated for each element.
_MAX_SWEEPS, _MAX_INNER_SWEEPS, _MAX_NESTING, _MAX_UNIONS = 5, 1, 3, 5
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_SWEEP = re.compile(r"//|\b(?:descendant|ancestor)\b|\b(?:following|preceding)-sibling\b")
_BANNED = re.compile(r"\b(?:following|preceding)\s*::|\bnamespace\s*::")
_PREFIXED = re.compile(r"[\w-]\s*:\s*(?=[\w-])(?<!::)(?!:)")
_FUNCTION = re.compile(r"([\w-]+)\s*\(")
_FUNCTIONS = frozenset(
    """
    text node comment last position count name local-name string concat starts-with contains
    substring-before substring-after substring string-length normalize-space translate
    boolean not true false lang number sum floor ceiling round and or div mod
    """.split()
)
_TAG = re.compile(r"<[a-zA-Z]")


class InvalidRule(ValueError):
    """A rule that cannot be used.

    Attributes:
        name: its column.
        reason: safe to show; quotes the selector.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


def check(fields: Mapping[str, Mapping[str, Any]]) -> None:
    """Check the rules of a run.

    Args:
        fields: by column; ``{"css": …}`` or ``{"xpath": …}``, with ``"all": true`` for a list
            of values. CSS takes ``::text`` and ``::attr(name)``, as Scrapy does.

    Raises:
        InvalidRule: it names the column and the selector.
    """
    if len(fields) > MAX_RULES:
        raise InvalidRule(list(fields)[MAX_RULES], f"more than {MAX_RULES} rules")
    for name, rule in fields.items():
        if not re.fullmatch(NAME, name):
            raise InvalidRule(name[:50], "a column is a lower-case word of at most 40 characters")
        kinds = [kind for kind in ("css", "xpath") if kind in rule]
        if len(kinds) != 1:
            raise InvalidRule(name, "one of css and xpath is needed")
        try:
            _compiled(kinds[0], rule[kinds[0]])
        except ValueError as error:
            raise InvalidRule(name, f"{rule[kinds[0]][:100]!r}: {error}") from error


def extract(text: str, fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values of a page by column, for columns that have any.

    A value has at most 500 characters, a list 20 values, the whole 8,000 characters; columns
    that were given up for time are named under ``timed_out``.

    Args:
        text: the decoded page.
        fields: rules that `check` accepted.
    """
    root = _tree(text)
    if root is None:
        return {}
    found: dict[str, Any] = {}
    late: list[str] = []
    started, room = time.thread_time(), _MAX_FIELDS_CHARS
    for name, rule in fields.items():
        if time.thread_time() - started > _CPU_SECONDS:
            late.append(name)
            continue
        kind = "css" if "css" in rule else "xpath"
        limit = _MAX_VALUES if rule.get("all") else 1
        values = _values(_compiled(kind, rule[kind])(root), limit)
        room -= sum(map(len, values))
        if values and room >= 0:
            found[name] = values if rule.get("all") else values[0]
    if late:
        found[TIMED_OUT] = late
    return found


def _tree(text: str) -> Any:
    from chalicelib.crawler.extract.links import parser_lock
    from lxml.etree import HTMLParser, LxmlError, fromstring

    text = _bounded(text)
    with parser_lock:
        parser = HTMLParser(
            encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            return fromstring(text.encode("utf-8", "replace"), parser)
        except (LxmlError, ValueError):
            return None


def _bounded(text: str) -> str:
    """Beginning of a page with a bounded number of tags."""
    text = text[:_MAX_PAGE_CHARS]
    for number, tag in enumerate(_TAG.finditer(text)):
        if number >= _MAX_TAGS:
            return text[: tag.start()]
    return text


def _values(result: Any, limit: int) -> list[str]:
    if not isinstance(result, list):
        result = [result]
    values = []
    for one in result:
        value = " ".join(_text_of(one).split())[:_VALUE_CHARS]
        if value:
            values.append(value)
            if len(values) >= limit:
                break
    return values


def _text_of(one: Any) -> str:
    if isinstance(one, str):
        return one[: 4 * _VALUE_CHARS]
    if isinstance(one, bool):
        return "true" if one else "false"
    if isinstance(one, float):
        return str(int(one)) if one.is_integer() else str(one)
    return _joined(one.itertext())


def _joined(pieces: Iterable[str]) -> str:
    found, size = [], 0
    for piece in pieces:
        found.append(piece)
        size += len(piece)
        if size > 4 * _VALUE_CHARS:
            break
    return "".join(found)


@lru_cache(maxsize=256)
def _compiled(kind: str, selector: str) -> Any:
    """Compile a selector.

    Raises:
        ValueError: with the reason.
    """
    from lxml.etree import XPath, XPathError

    if not 0 < len(selector) <= MAX_CHARS:
        raise ValueError(f"a selector has 1 to {MAX_CHARS} characters")
    path = _of_css(selector) if kind == "css" else selector
    _check_cost(path)
    try:
        # EXSLT's regular expressions are Python's, which may backtrack for ever.
        return XPath(path, smart_strings=False, regexp=False)
    except (XPathError, SyntaxError) as error:
        raise ValueError(f"not valid XPath ({error})") from error


def _of_css(selector: str) -> str:
    from cssselect import HTMLTranslator, SelectorError, parse
    from cssselect.parser import FunctionalPseudoElement

    try:
        parsed = parse(selector)
        translator = HTMLTranslator()
        paths = []
        for one in parsed:
            path, pseudo = translator.selector_to_xpath(one), one.pseudo_element
            if isinstance(pseudo, FunctionalPseudoElement):
                if pseudo.name != "attr" or pseudo.argument_types() != ["IDENT"]:
                    raise ValueError("only ::text and ::attr(name) are supported")
                path += f"/@{pseudo.arguments[0].value}"
            elif pseudo is not None:
                if pseudo != "text":
                    raise ValueError("only ::text and ::attr(name) are supported")
                path += "/descendant-or-self::text()"
            paths.append(path)
    except (SelectorError, RecursionError) as error:
        raise ValueError(f"not valid CSS ({error})") from error
    return " | ".join(paths)


def _check_cost(path: str) -> None:
    """Refuse what could visit the elements of a page too often."""
    if len(path) > _MAX_COMPILED_CHARS:
        raise ValueError("the selector is too complicated")
    bare = _STRING.sub("''", path)
    if "$" in bare:
        raise ValueError("variables are not supported")
    if _BANNED.search(bare):
        raise ValueError("the axes following, preceding and namespace are not supported")
    if _PREFIXED.search(bare.replace("::", " ")):
        raise ValueError("namespaces are not supported")
    for name in _FUNCTION.findall(bare.replace("::", " ")):
        if name not in _FUNCTIONS:
            raise ValueError(f"the function {name} is not supported")
    for part in (parts := bare.split("|")):
        inner, depth = _inside_predicates(part)
        if depth > _MAX_NESTING:
            raise ValueError("predicates are nested too deeply")
        if (
            len(_SWEEP.findall(inner)) > _MAX_INNER_SWEEPS
            or len(_SWEEP.findall(part)) > _MAX_SWEEPS
        ):
            raise ValueError("it would search the whole page too often")
    if len(parts) > _MAX_UNIONS:
        raise ValueError(f"more than {_MAX_UNIONS} alternatives")


def _inside_predicates(path: str) -> tuple[str, int]:
    """Text within brackets, and how deeply they are nested."""
    inner: list[str] = []
    depth = deepest = 0
    for sign in path:
        depth += (sign == "[") - (sign == "]")
        deepest = max(deepest, depth)
        if depth > 0:
            inner.append(sign)
    return "".join(inner), deepest
