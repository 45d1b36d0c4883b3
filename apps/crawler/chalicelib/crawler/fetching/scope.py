"""The scope of a run: the links that it follows."""

from collections.abc import Sequence
from functools import lru_cache

from ada_url import URL
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.extract import patterns

from shared.text.canonical_urls import canonical, trap_rule

_WEB_PORTS = frozenset({"", "80", "443"})


class Scope:
    """The part of the web that one run may visit.

    ``host``: the root's host and port. http and https on their usual ports count as one
    site, and so does the name with and without ``www.``: sites redirect between these.
    ``domain``: the root's host and its subdomains. ``prefix``: the root's host, below the
    root's directory. ``any``: the whole web.

    Args:
        root: the address of the run's root.
        kind: one of these words.
        max_depth: links from the root; ``None`` for no limit.
        allow: patterns of which an address needs one, if there are any.
        deny: patterns of which an address must have none.
    """

    def __init__(
        self,
        root: str,
        kind: str,
        max_depth: int | None,
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
    ) -> None:
        self._host, self._port, _ = _site_of(root)
        self._suffix = "." + self._host
        self._kind = kind
        self._path = _directory(root)
        self._max_depth = max_depth
        self._allow, self._deny = patterns.compile(allow), patterns.compile(deny)

    @classmethod
    def of(cls, run: Run, url: str) -> "Scope":
        """Return the scope of a run for the links of one page.

        Of a run with several start pages, a page's own site is in scope: others are if one of
        their pages is a start page.
        """
        depth = None if run.max_depth is None else int(run.max_depth)
        root = run.url if int(run.seeds) == 1 else URL(url).origin + "/"
        return _scope(root, run.scope, depth, tuple(run.allow or ()), tuple(run.deny or ()))

    def contains(self, url: str) -> bool:
        """True if the URL belongs to the site."""
        if self._deny.matches(url) or (self._allow and not self._allow.matches(url)):
            return False
        if self._kind == "any":
            return True
        host, port, _ = _site_of(url)
        if self._kind == "domain":
            return host == self._host or host.endswith(self._suffix)
        if host != self._host or port != self._port:
            return False
        return self._kind == "host" or URL(url).pathname.startswith(self._path)

    def follows(self, url: str, depth: int) -> bool:
        """True if the run follows a link at a depth."""
        return self.rule(url, depth) is None

    def rule(self, url: str, depth: int) -> str | None:
        """Return the rule that leaves a link out, or ``None``.

        One of `limits.TRAP_RULES`, or ``scope``.
        """
        if not self.contains(url):
            return "scope"
        if self._max_depth is not None and depth > self._max_depth:
            return "depth"
        return _site_of(url)[2]


@lru_cache(maxsize=1_000)
def _scope(
    root: str, kind: str, depth: int | None, allow: tuple[str, ...], deny: tuple[str, ...]
) -> Scope:
    return Scope(root, kind, depth, allow, deny)


def _directory(url: str) -> str:
    """Path of a URL up to its last slash."""
    return URL(url).pathname.rpartition("/")[0] + "/"


@lru_cache(maxsize=20_000)
def _site_of(url: str) -> tuple[str, str, str | None]:
    """Host without ``www.``, unusual port, and the rule of a crawler trap.

    Sites link to the same pages from every page, so the cache answers most calls.
    """
    parsed = URL(url)
    port = "" if parsed.port in _WEB_PORTS else parsed.port
    return parsed.hostname.removeprefix("www."), port, trap_rule(canonical(url) or url)
