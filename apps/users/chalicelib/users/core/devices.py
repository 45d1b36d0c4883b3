"""Name of a session's device: a word or two of the User-Agent."""

import re

_LONGEST = 40
# The first match counts: browsers also name their relatives.
_BROWSERS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/", "Opera"),
    (r"(?:Firefox|FxiOS)/", "Firefox"),
    (r"(?:Chrome|Chromium|CriOS)/", "Chrome"),
    (r"Safari/", "Safari"),
)
_SYSTEMS = (
    (r"Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def describe(user_agent: str) -> str | None:
    """Return ``Firefox on Linux``, a program's name, or ``None``.

    Args:
        user_agent: User-Agent header (RFC 9110 section 10.1.5).
    """
    browser, system = _first_match(_BROWSERS, user_agent), _first_match(_SYSTEMS, user_agent)
    if browser:
        return f"{browser} on {system}" if system else browser
    product = _PRODUCT.match(user_agent)
    return product[0][:_LONGEST] if product else None


def _first_match(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for pattern, name in names if re.search(pattern, text)), None)
