"""Templates in a sandbox: nothing to reach, an end to everything.

Jinja2's sandbox keeps templates from Python. It does not bound what they do: ranges in ranges,
strings that double, recursive macros. So a template here has no macros, imports, assignments or
calls; each loop counts against one budget, as does each piece of output; and texts grow by `~`
and `join` only, which are bounded.

jinja2 costs 100 ms of CPU to import: only functions that render import it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any

MAX_SOURCE = 64_000
MAX_OUTPUT = 100_000
MAX_STEPS = 20_000
MAX_RANGE = 1_000

_left: ContextVar[list[int]] = ContextVar("steps left")

# Filters of values, and filters of texts: the latter take no lists, whose spelling could be huge.
_FILTERS = (
    *("abs", "count", "d", "default", "dictsort", "first", "float", "int", "items", "last"),
    *("length", "max", "min", "reverse", "round", "sort", "unique"),
)
_TEXT_FILTERS = (
    *("capitalize", "e", "escape", "forceescape", "lower", "string", "striptags", "title"),
    *("trim", "truncate", "upper", "urlencode", "wordcount"),
)
_REFUSED = (
    *("Assign", "AssignBlock", "Block", "CallBlock", "Extends", "FilterBlock", "FromImport"),
    *("Import", "Include", "Macro", "Pow", "With", "ScopedEvalContextModifier"),
)
# As templates write them.
_WORDS = {
    "Assign": "set",
    "AssignBlock": "set",
    "CallBlock": "call",
    "FilterBlock": "filter",
    "FromImport": "from",
    "Pow": "**",
    "ScopedEvalContextModifier": "autoescape",
}


class TemplateError(Exception):
    """Refusal of a template, or of its data; the message says why."""


def compile_template(source: str, *, html: bool) -> Any:
    """Return a compiled template.

    Args:
        html: escape what is put into it.

    Raises:
        TemplateError: its syntax is wrong, or it uses what the sandbox does not have.
    """
    from jinja2 import TemplateSyntaxError

    if len(source) > MAX_SOURCE:
        raise TemplateError(f"The template is longer than {MAX_SOURCE} characters.")
    try:
        return _environment(html).from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateError(f"Line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise TemplateError("The template is nested too deeply.") from error


def variables(source: str) -> set[str]:
    """Return the names of all variables that a template uses.

    Raises:
        TemplateError: its syntax is wrong.
    """
    from jinja2 import TemplateSyntaxError, meta

    try:
        found: set[str] = meta.find_undeclared_variables(_environment(False).parse(source))
    except TemplateSyntaxError as error:
        raise TemplateError(f"Line {error.lineno}: {error.message}") from error
    return found - {"range"}


def render(template: Any, data: Mapping[str, Any]) -> str:
    """Render a compiled template.

    Raises:
        TemplateError: a variable is missing, or the template fails with this data, loops too
            long or gives too much.
    """
    from jinja2 import TemplateError as JinjaError

    with _budget():
        try:
            return "".join(_bounded(template.generate(data)))
        except JinjaError as error:
            raise TemplateError(str(error)[:300]) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise TemplateError(f"The template fails: {str(error)[:300]}") from error
        except RecursionError as error:
            raise TemplateError("The template is nested too deeply.") from error


@contextmanager
def _budget() -> Iterator[None]:
    token = _left.set([MAX_STEPS])
    try:
        yield
    finally:
        _left.reset(token)


def _step() -> None:
    left = _left.get()
    left[0] -= 1
    if left[0] < 0:
        raise TemplateError(f"The template takes more than {MAX_STEPS} steps.")


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        _step()
        size += len(piece)
        if size > MAX_OUTPUT:
            raise TemplateError(f"The text is longer than {MAX_OUTPUT} characters.")
        yield piece


def _counted(items: Any) -> Iterator[Any]:
    """Iterate over the items of a loop, each a step."""
    for item in items:
        _step()
        yield item


def _printable(value: Any) -> Any:
    """Return a value that may become text."""
    if isinstance(value, list | tuple | dict | range):
        raise TemplateError("A list or an object is no text; use `join` or a loop.")
    return value


def _of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that takes texts and numbers only."""

    @wraps(function)
    def checked(*arguments: Any, **named: Any) -> Any:
        for one in arguments:
            _printable(one)
        return function(*arguments, **named)

    return checked


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > MAX_RANGE:
        raise TemplateError(f"A range has more than {MAX_RANGE} numbers.")
    return found


@cache
def _environment(html: bool) -> Any:
    from jinja2 import StrictUndefined, nodes
    from jinja2.exceptions import SecurityError, TemplateAssertionError
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import escape

    refused = tuple(getattr(nodes, name) for name in _REFUSED)

    class Sandbox(ImmutableSandboxedEnvironment):
        """See the module."""

        intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            """Calculate with numbers only."""
            if not all(isinstance(one, int | float) for one in (left, right)):
                raise SecurityError(f"`{operator}` is for numbers; join texts with `~`.")
            return super().call_binop(context, operator, left, right)

        def is_safe_callable(self, obj: Any) -> bool:
            """True for ranges and the views of an object."""
            owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
            return obj is _range or (
                isinstance(owner, dict) and name in ("items", "keys", "values", "get")
            )

        def _parse(self, source: str, name: Any, filename: Any) -> Any:
            tree = super()._parse(source, name, filename)
            for node in tree.find_all(refused):
                kind = type(node).__name__
                word = _WORDS.get(kind, kind.lower())
                raise TemplateAssertionError(f"`{word}` is not available here", node.lineno)
            for loop in tree.find_all(nodes.For):
                if loop.recursive:
                    raise TemplateAssertionError("loops are not recursive here", loop.lineno)
                loop.iter = _filtered("_counted", loop.iter)
            return _joined(tree)

    def _filtered(name: str, value: Any) -> Any:
        made: Any = nodes.Filter(value, name, [], [], None, None)
        return made.set_lineno(value.lineno).set_environment(value.environment)

    def _joined(node: Any) -> Any:
        """Replace `a ~ b` by a call that is bounded, inside out."""
        for name, value in list(node.iter_fields()):
            if isinstance(value, nodes.Node):
                setattr(node, name, _joined(value))
            elif isinstance(value, list):
                made = [_joined(one) if isinstance(one, nodes.Node) else one for one in value]
                setattr(node, name, made)
        if isinstance(node, nodes.Concat):
            parts: Any = nodes.List(node.nodes)
            parts.set_lineno(node.lineno).set_environment(node.environment)
            return _filtered("_concat", parts)
        return node

    def _join(items: Any, between: Any = "") -> Any:
        text = escape if html else str
        found = [text(_printable(one)) for one in _counted(items)]
        if sum(map(len, found)) + len(found) * len(text(between)) > MAX_OUTPUT:
            raise TemplateError(f"The text is longer than {MAX_OUTPUT} characters.")
        return text(between).join(found)

    made = Sandbox(
        autoescape=html,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        # Constants are not worked out while a template is compiled, where nothing is counted.
        optimized=False,
    )
    texts = {name: _of_text(made.filters[name]) for name in _TEXT_FILTERS}
    made.filters = {name: made.filters[name] for name in _FILTERS} | texts
    made.filters |= {"_counted": _counted, "_concat": _join, "join": _join}
    made.globals = {"range": _range}
    return made
