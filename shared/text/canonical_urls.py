"""Addresses and keys of pages, and signs of a crawler trap.

The address is what is requested: as written, parsed and without its fragment. The key is
one spelling per page, by which pages are told apart; it may drop parameters, so it is
never requested.

In keys, parsing, host names (IDNA, decimal and octal addresses), default ports and dot
segments are WHATWG's (ada). On top of that: percent escapes as in RFC 3986
section 6.2.2, no fragment, parameters sorted, and without those that only track
visitors. Different spellings of one page made a crawler fetch more
than half of a test site twice.
"""

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from ada_url import URL

MAX_LENGTH = 2048
MAX_PARAMETERS = 10
MAX_SEGMENTS = 24
MAX_REPEATS = 3

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TRACKING = re.compile(
    r"(?:utm_\w*|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|ttclid|igshid|"
    r"li_fat_id|mc_[ce]id|mkt_tok|_ga|_gl|_hsenc|_hsmi|vero_id|s_cid|oly_(?:anon|enc)_id)",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"(?:jsessionid|phpsessid|aspsessionid\w*|asp\.net_sessionid|sessid|sessionid|"
    r"session_id|oscsid|zenid|cfid|cftoken)",
    re.IGNORECASE,
)
# Also the name of story, site and section numbers, which are short.
_AMBIGUOUS_SESSION = re.compile(r"sid=[\w-]{16,}", re.IGNORECASE)
_PATH_SESSION = re.compile(
    r";(?:(?:jsessionid|phpsessid)=[^/;?]*|sid=[\w-]{16,}(?=[/;?]|$))", re.IGNORECASE
)
# ASP.NET without cookies: /(S(session))/page.
_ASP_SESSION = re.compile(r"/\((?:[A-Za-z]\([^()/]*\))+\)(?=/)")
_SPECIAL = re.compile(r"[%;?#(]")
_PAGE_SCHEMES = frozenset({"http:", "https:"})


class Spellings(NamedTuple):
    """A page's address, and the canonical URL that its key is made of."""

    address: str
    canonical: str


def spellings(url: str, base: str | None = None) -> Spellings | None:
    """Return the spellings of a page's URL; ``None`` if it is not a page.

    Args:
        url: absolute, or relative to ``base``.

    Not a page: not http(s), not parseable, with user information, or longer than
    `MAX_LENGTH` characters.
    """
    try:
        parsed = URL(url.strip(), base) if base else URL(url.strip())
        if parsed.protocol not in _PAGE_SCHEMES or parsed.username or parsed.password:
            return None
        host = parsed.hostname
        if host.endswith("."):
            host = parsed.hostname = host.rstrip(".")
        if "#" in parsed.href:
            parsed.hash = ""
        address = parsed.href
        # Most links need no change, and setting components costs more than parsing.
        if _SPECIAL.search(address):
            path = _normal_escapes(parsed.pathname)
            parsed.pathname = _ASP_SESSION.sub("", _PATH_SESSION.sub("", path))
            parsed.search = _normal_query(parsed.search)
        found = Spellings(address, parsed.href)
    except ValueError:
        return None
    return found if host and max(map(len, found)) <= MAX_LENGTH else None


def canonical(url: str, base: str | None = None) -> str | None:
    """Return the canonical URL of a page; ``None`` as `spellings`.

    Applying it again changes nothing.
    """
    found = spellings(url, base)
    return found and found.canonical


def address(url: str) -> str | None:
    """Return the URL to request for a page; ``None`` as `spellings`."""
    found = spellings(url)
    return found and found.address


@lru_cache(maxsize=20_000)
def key(url: str) -> str:
    """Return a page's key: the digest of its address's canonical URL."""
    return digest(canonical(url) or url)


def digest(url: str) -> str:
    """Return 128 bits of a canonical URL's SHA-256 in hex."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def is_trap(url: str) -> bool:
    """Return true if a canonical URL looks like an endless generated site."""
    return trap_rule(url) is not None


def trap_rule(url: str) -> str | None:
    """Return the sign of an endless, generated site in a canonical URL.

    ``repetition``: one path segment over and over (relative links that pile up), or a very
    deep path; ``parameters``: more than a page needs (facets, calendars).
    """
    parsed = URL(url)
    if parsed.search.count("&") >= MAX_PARAMETERS:
        return "parameters"
    segments = [segment for segment in parsed.pathname.split("/") if segment]
    repeated = any(segments.count(segment) > MAX_REPEATS for segment in set(segments))
    return "repetition" if repeated or len(segments) > MAX_SEGMENTS else None


def _normal_escapes(text: str) -> str:
    """Normalise escapes.

    Upper-case hex, unreserved characters plain, stray ``%`` escaped.

    Stray ones must be escaped: unescaping the next characters could turn them
    into an escape that the next application would read.
    """

    def replace(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%25"
        byte = int(match[1], 16)
        return chr(byte) if byte in _UNRESERVED else f"%{match[1].upper()}"

    return _ESCAPE.sub(replace, text) if "%" in text else text


def _normal_query(search: str) -> str:
    """Sort parameters by name, and drop empty ones.

    Repeated names keep their order.
    """
    if len(search) < 2:
        return ""
    kept = []
    for part in _normal_escapes(search[1:]).split("&"):
        name = part.partition("=")[0]
        session = _SESSION.fullmatch(name) or _AMBIGUOUS_SESSION.fullmatch(part)
        if part and not _TRACKING.fullmatch(name) and not session:
            kept.append((name, part))
    kept.sort(key=lambda pair: pair[0])
    # With its question mark: otherwise the setter would drop the query's own first one.
    return "?" + "&".join(part for _, part in kept) if kept else ""
