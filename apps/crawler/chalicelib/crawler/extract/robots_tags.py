"""Robots directives of pages: meta tags and ``X-Robots-Tag``."""

import re

_SEPARATORS = re.compile(r"[\s,:]+")
_KNOWN = frozenset(
    "all noindex nofollow none noarchive nosnippet noimageindex notranslate noai".split()
)
_MAX_CHARS = 4096


def directives(value: str) -> list[str]:
    """Return the known directives of a value, in order, each once.

    A directive for another bot counts as well: headers with and without a bot's name come
    joined, so that whose they are cannot be told, and obeying both does no harm.
    """
    words = _SEPARATORS.split(value[:_MAX_CHARS].lower())
    return [word for word in dict.fromkeys(words) if word in _KNOWN]


def forbids_following(value: str) -> bool:
    """True if robots directives of a page say ``nofollow`` or ``none``."""
    found = directives(value)
    return "nofollow" in found or "none" in found
