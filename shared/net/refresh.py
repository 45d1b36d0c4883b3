"""``Refresh`` headers and ``<meta http-equiv=refresh>``.

By HTML's "shared declarative refresh steps".
"""

import re
from typing import NamedTuple

from ada_url import join_url

# A longer delay shows a page to read; a crawler takes its target as a link.
REDIRECT_SECONDS = 10
_MAX_CHARS = 4096
_PATTERN = re.compile(
    r"(?P<seconds>\d{1,9})?(?:\.[\d.]*)?(?:\s*[;,]|\s)\s*(?:url\s*=\s*)?(?P<url>.*)",
    re.IGNORECASE | re.DOTALL,
)


class Refresh(NamedTuple):
    """Delay in seconds and absolute URL of a refresh."""

    seconds: int
    url: str

    @property
    def redirects(self) -> bool:
        """True if it comes too soon to read the page."""
        return self.seconds <= REDIRECT_SECONDS


def refresh_of(value: str, base: str) -> Refresh | None:
    """Parse a refresh; ``None`` without a valid target.

    Args:
        base: URL that a relative target is joined to.
    """
    value = value.strip()[:_MAX_CHARS]
    found = _PATTERN.fullmatch(value)
    if found is None or (found["seconds"] is None and not value.startswith(".")):
        return None
    target = found["url"]
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    target = target.strip()
    if not target:
        return None
    try:
        return Refresh(int(found["seconds"] or 0), join_url(base, target))
    except ValueError:
        return None
