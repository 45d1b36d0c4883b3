"""Cookies of one chain of requests, as cookie walls need them.

A jar lives as long as its chain and belongs to one run: nothing is kept. Cookies are
host-only whatever their ``Domain`` says, so no list of public suffixes is needed.
"""

import re

from ada_url import URL

_MAX_COOKIES, _MAX_BYTES = 20, 4096
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e\x80-\xff]*")
# Commas join repeated headers; those of dates come before a space and a number.
_NEXT = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
# Host and name to value, path and whether it needs TLS.
_Stored = dict[tuple[str, str], tuple[str, str, bool]]


class CookieJar:
    """At most twenty cookies of 4 KB, each for its host, path and scheme.

    Attributes:
        changes: number of answers that changed it.
    """

    def __init__(self) -> None:
        self._cookies: _Stored = {}
        self.changes = 0

    def store(self, url: str, header: str) -> None:
        """Take the cookies of an answer.

        Args:
            header: all ``Set-Cookie`` values, joined by commas.
        """
        before = dict(self._cookies)
        for value in _NEXT.split(header) if header else ():
            self._take(URL(url), value)
        self.changes += self._cookies != before

    def header(self, url: str) -> str:
        """Return the ``Cookie`` header for a URL, empty without cookies for it."""
        target = URL(url)
        return "; ".join(
            f"{name}={value}"
            for (host, name), (value, path, secure) in self._cookies.items()
            if host == target.hostname
            and _covers(path, target.pathname)
            and (target.protocol == "https:" or not secure)
        )

    def _take(self, url: URL, value: str) -> None:
        pair, *attributes = value.split(";")
        name, _, content = (part.strip() for part in pair.partition("="))
        fits = len(name) + len(content) <= _MAX_BYTES
        if not (fits and _NAME.fullmatch(name) and _VALUE.fullmatch(content)):
            return
        known = {
            one.partition("=")[0].strip().lower(): one.partition("=")[2].strip()
            for one in attributes
        }
        key = (url.hostname, name)
        if known.get("max-age", "1").startswith(("0", "-")):
            self._cookies.pop(key, None)
            return
        if key not in self._cookies and len(self._cookies) >= _MAX_COOKIES:
            return
        path = known.get("path", "")
        if not path.startswith("/"):
            path = url.pathname.rpartition("/")[0] or "/"
        self._cookies[key] = (content, path, "secure" in known)


def _covers(path: str, target: str) -> bool:
    """Return true if a cookie's path covers a URL's (RFC 6265, 5.1.4)."""
    return target == path or target.startswith(path.rstrip("/") + "/")
