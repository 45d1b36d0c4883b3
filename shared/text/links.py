"""Links in text, found as X finds them: by twitter-text's rules for URLs.

A link is a host that ends in a top-level domain, with or without ``http://``, and what
follows it. Beyond X's rules, addresses such as ``http://127.0.0.1:8000/`` and names that
RFC 2606 reserves are links when the scheme is written, so that a local platform's own are.
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
# What labels of hosts, and the dots, hyphens and underscores between, are made of.
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
    """Links as (start, end, url); punctuation that closes a sentence is not part of them."""
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
        # To the end of the run here: looking for it again after each link would read it as often.
        position = start
        while position < end:
            position = _without_scheme(text, position, end, found)
    return found


def expanded(url: str) -> str:
    """The address of a link: one without a scheme is taken for http, as X does."""
    return url if "://" in url[:8] else f"http://{url}"


def _with_scheme(text: str, start: int, host: int, run_end: int, found: list[Link]) -> int:
    """Note the link whose host begins at ``host``; where to go on reading."""
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
    """Note the first link without a scheme in a run of host characters; where to go on."""
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
    # Only a path takes port and query along.
    if text.startswith("/", path):
        end = _tail(text, path)
    if end - start <= _LONGEST_URL:
        found.append((start, end, text[start:end]))
    return end


def _tail(text: str, end: int) -> int:
    """Where a link ends whose host (and port) ends at ``end``."""
    if path := _PATH.match(text, end):
        end = path.end()
    query = _QUERY.match(text, end)
    return query.end() if query else end


def _host_end(text: str, start: int, stop: int, *, reserved: bool) -> int | None:
    """Where the longest host ends that begins at ``start`` and whose dots are before ``stop``."""
    end, label = None, start
    while (dot := text.find(".", label, stop)) >= 0 and dot - start <= _LONGEST_HOST:
        name = text[label:dot]
        if not name or name[0] in "-_" or name[-1] in "-_":
            break
        # An underscore is for subdomains.
        if "_" not in name and (found := _top_level_end(text, dot + 1, reserved=reserved)):
            end = found
        label = dot + 1
    return end if end is not None and _encodes(text[start:end]) else None


def _top_level_end(text: str, start: int, *, reserved: bool) -> int | None:
    """Where the top-level domain ends that begins at ``start``, if there is one."""
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
    """Whether a host can be one in DNS: no label over 63 octets."""
    try:
        return len(host.encode("idna")) <= _LONGEST_HOST
    except UnicodeError:
        return False


@lru_cache(maxsize=1)
def _top_level() -> tuple[frozenset[str], int]:
    """The top-level domains, and the length of the longest that is not ASCII."""
    found = frozenset((Path(__file__).parent / "tlds.txt").read_text("utf-8").split())
    return found, max(len(one) for one in found if not one.isascii())
