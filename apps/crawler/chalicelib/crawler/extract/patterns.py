"""Allow and deny patterns of a run, matched in linear time.

People write them, and every link of every page meets them, so a pattern that backtracks
would hold a worker for ever. RE2 has no backtracking: a match takes at most the size of the
program times the length of the address. It refuses what needs backtracking (back references,
look-around).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

MAX_PATTERNS = 100
MAX_CHARS = 500
# Instructions of all patterns together: a typical one has 20 to 50. Of addresses of at most
# 2,000 characters, a match takes at most 20 million steps in the worst case, 10 ms measured.
MAX_PROGRAM = 10_000
_MEMORY_BYTES = 4 << 20


class InvalidPattern(ValueError):
    """A pattern that cannot be used.

    Attributes:
        pattern: the pattern.
        reason: safe to show.
    """

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(f"{pattern[:100]!r}: {reason}")
        self.pattern, self.reason = pattern, reason


class Matcher:
    """True for addresses in which one of several patterns is found.

    Attributes:
        program: RE2's instructions, which bound the steps of a match per character.
    """

    def __init__(self, found: Any | None) -> None:
        self._found = found
        self.program: int = found.programsize if found is not None else 0

    def __bool__(self) -> bool:
        """True if there are patterns."""
        return self._found is not None

    def matches(self, url: str) -> bool:
        """Return true if a pattern is found anywhere in an address."""
        return self._found is not None and self._found.search(url) is not None


def compile(patterns: Sequence[str]) -> Matcher:
    """Return the matcher of patterns in RE2's syntax, found anywhere.

    Raises:
        InvalidPattern: it names the pattern.
    """
    return _compiled(tuple(patterns))


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> Matcher:
    if not patterns:
        return Matcher(None)
    if len(patterns) > MAX_PATTERNS:
        raise InvalidPattern(patterns[MAX_PATTERNS], f"more than {MAX_PATTERNS} patterns")
    size = 0
    for pattern in patterns:
        size += _one(pattern).programsize
        if size > MAX_PROGRAM:
            raise InvalidPattern(pattern, "too large, alone or with the patterns before it")
    # One program for all of them: each address is read once. Each pattern stands alone above,
    # so that no parenthesis of one closes another's.
    return Matcher(_one("|".join(f"(?:{pattern})" for pattern in patterns), "|".join(patterns)))


def _one(pattern: str, shown: str | None = None) -> Any:
    import re2

    if shown is None and not 0 < len(pattern) <= MAX_CHARS:
        raise InvalidPattern(pattern, f"must have 1 to {MAX_CHARS} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    options.never_capture = True
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        raise InvalidPattern(shown or pattern, _reason(error)) from error


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if isinstance(error, UnicodeError):
        return "not valid Unicode"
    return str(text).replace("invalid perl operator", "not supported")[:200] or "not valid"
