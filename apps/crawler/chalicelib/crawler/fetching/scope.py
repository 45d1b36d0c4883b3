"""The scope of a run: the links that it follows."""

from functools import lru_cache

from ada_url import URL

from shared.text.canonical_urls import canonical, is_trap

_WEB_PORTS = frozenset({"", "80", "443"})


class Scope:
    """The part of the web that one run may visit.

    ``host``: the root's host and port. http and https on their usual ports count as one
    site, and so does the name with and without ``www.``: sites redirect between these.
    ``domain``: the root's host and its subdomains.

    Args:
        root: the address of the run's root.
        kind: ``host`` or ``domain``.
        max_depth: links from the root; ``None`` for no limit.
    """

    def __init__(self, root: str, kind: str, max_depth: int | None) -> None:
        self._host, self._port, _ = _site_of(root)
        self._suffix = "." + self._host
        self._domain = kind == "domain"
        self._max_depth = max_depth

    def contains(self, url: str) -> bool:
        """True if the URL belongs to the site."""
        host, port, _ = _site_of(url)
        if self._domain:
            return host == self._host or host.endswith(self._suffix)
        return host == self._host and port == self._port

    def follows(self, url: str, depth: int) -> bool:
        """True if the run follows a link at a depth."""
        if self._max_depth is not None and depth > self._max_depth:
            return False
        return self.contains(url) and not _site_of(url)[2]


@lru_cache(maxsize=20_000)
def _site_of(url: str) -> tuple[str, str, bool]:
    """Host without ``www.``, unusual port, and True for a crawler trap.

    Sites link to the same pages from every page, so the cache answers most calls.
    """
    parsed = URL(url)
    port = "" if parsed.port in _WEB_PORTS else parsed.port
    return parsed.hostname.removeprefix("www."), port, is_trap(canonical(url) or url)
