"""Links in text, found like X by twitter-text's rules for URLs.

A link is a host that ends in a top-level domain, with or without ``http://``, and its port,
path and query. Beyond X's rules, addresses such as ``http://127.0.0.1:8000/`` and names that
RFC 2606 reserves are links if they have a scheme, for links to a local platform.
Every text is read once from left to right, whatever it holds.
"""

import re
from functools import lru_cache
from pathlib import Path

# Accented letters, as part of a character class.
ACCENTED = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268"
    "\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_SPACES = "\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTIONS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_NOT_IN_HOSTS = "".join(f"\\{sign}" for sign in "!'#%&()*+,\\/:;<=>?@[]^{|}~$\"")
# Characters of hosts: labels and the dots, hyphens and underscores between them.
_RUN = re.compile(f"[^{_NOT_IN_HOSTS}{_SPACES}{_DIRECTIONS}\ufffe\ufeff\uffff]+")
_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9@＠$#＃])(https?://)\Z", re.IGNORECASE)
# Without a scheme, only hosts in ASCII and accented letters count.
_PLAIN = f"[-a-z0-9{ACCENTED}]"
_PLAIN_HOST = re.compile(f"(?<!{_PLAIN})(?:{_PLAIN}++\\.)+", re.IGNORECASE)
_NO_LINK_AFTER = frozenset("@＠$#＃-_./\ufffe\ufeff\uffff")
_PORT = re.compile(r":[0-9]+")
_GENERAL = f"[a-z\u0400-\u04ff0-9!*';:=+,.$/%#\\[\\]\\-\u2013_~@|&{ACCENTED}]"
_PARENTHESES = (
    f"\\((?:{_GENERAL}+(?:\\({_GENERAL}+\\){_GENERAL}*)?|\\({_GENERAL}+\\){_GENERAL}*)\\)"
)
_ENDING = f"[+\\-a-z\u0400-\u04ff0-9=_#/{ACCENTED}]"
_PATH = re.compile(
    f"/(?:(?:{_GENERAL}|{_PARENTHESES})*(?:{_ENDING}|{_PARENTHESES}))?", re.IGNORECASE
)
_QUERY_PATTERN = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"
_QUERY = re.compile(_QUERY_PATTERN, re.IGNORECASE)
# X's own short links take no further path.
_SHORT = re.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY_PATTERN})?", re.IGNORECASE)
_MAX_SLUG = 40
_ASCII_LABEL = re.compile(r"[-0-9a-z]+", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\w.-])", re.IGNORECASE)
_RESERVED = frozenset(("example", "invalid", "localhost", "test"))
_LONGEST_URL, _LONGEST_HOST = 4096, 253

Link = tuple[int, int, str]


def find_urls(text: str) -> list[Link]:
    """Return links as (start, end, url).

    Punctuation that closes a sentence is not part of them.
    """
    found: list[Link] = []
    if "." not in text and "://" not in text:
        return found
    position = 0
    while run := _RUN.search(text, position):
        start, end = run.span()
        scheme = _SCHEME.search(text, max(0, start - 9), start)
        if scheme:
            position = _with_scheme(text, scheme.start(1), start, end, found)
            continue
        # Reads the whole run here: searching it again after each link would be quadratic.
        position = start
        while position < end:
            position = _without_scheme(text, position, end, found)
    return found


def expanded(url: str) -> str:
    """Return the address of a link; without a scheme it means http, as at X."""
    return url if "://" in url[:8] else f"http://{url}"


def _with_scheme(text: str, start: int, host: int, run_end: int, found: list[Link]) -> int:
    """Note the link of the host at ``host``; returns the next position."""
    end = _host_end(text, host, run_end, reserved=True)
    if end is None and (numbers := _NUMBERS.match(text, host)):
        end = numbers.end()
    if end is None:
        return run_end
    port = _PORT.match(text, end)
    end = _tail(text, port.end() if port else end)
    if short := _SHORT.match(text, start, end):
        end = short.end()
        if len(short[1]) > _MAX_SLUG:
            return end
    if end - start <= _LONGEST_URL:
        found.append((start, end, text[start:end]))
    return end


def _without_scheme(text: str, start: int, run_end: int, found: list[Link]) -> int:
    """Note the first link without a scheme; returns the next position."""
    plain = _PLAIN_HOST.search(text, start, run_end)
    if plain is None:
        return run_end
    start = plain.start()
    end = None
    if start == 0 or text[start - 1] not in _NO_LINK_AFTER:
        end = _host_end(text, start, plain.end(), reserved=False)
    if end is None:
        return plain.end()
    port = _PORT.match(text, end)
    path = port.end() if port else end
    # Port and query count only with a path.
    if text.startswith("/", path):
        end = _tail(text, path)
    if end - start <= _LONGEST_URL:
        found.append((start, end, text[start:end]))
    return end


def _tail(text: str, end: int) -> int:
    """Return the end of a link whose host (and port) ends at ``end``."""
    if path := _PATH.match(text, end):
        end = path.end()
    query = _QUERY.match(text, end)
    return query.end() if query else end


def _host_end(text: str, start: int, stop: int, *, reserved: bool) -> int | None:
    """Return the end of the longest host from ``start``.

    All its dots stand before ``stop``.
    """
    end, label = None, start
    while (dot := text.find(".", label, stop)) >= 0 and dot - start <= _LONGEST_HOST:
        name = text[label:dot]
        if not name or name[0] in "-_" or name[-1] in "-_":
            break
        # Only subdomains may have an underscore.
        if "_" not in name and (found := _top_level_end(text, dot + 1, reserved=reserved)):
            end = found
        label = dot + 1
    return end if end is not None and _encodes(text[start:end]) else None


def _top_level_end(text: str, start: int, *, reserved: bool) -> int | None:
    """Return the end of the top-level domain at ``start``, if there is one."""
    known, longest = _top_level()
    if label := _ASCII_LABEL.match(text, start):
        name = label[0].lower()
        fits = name in known or name.startswith("xn--") or (reserved and name in _RESERVED)
        if fits and not text.startswith(("@", "+"), label.end()):
            return label.end()
    for end in range(min(start + longest, len(text)), start, -1):
        name = text[start:end].lower()
        if not name.isascii() and name in known and not _ASCII_LABEL.match(text, end):
            return end
    return None


def _encodes(host: str) -> bool:
    """Return true if a host fits DNS: no label over 63 octets."""
    try:
        return len(host.encode("idna")) <= _LONGEST_HOST
    except UnicodeError:
        return False


@lru_cache(maxsize=1)
def _top_level() -> tuple[frozenset[str], int]:
    """Return top-level domains and the longest non-ASCII one's length."""
    found = frozenset((Path(__file__).parent / "tlds.txt").read_text("utf-8").split())
    return found, max(len(one) for one in found if not one.isascii())
