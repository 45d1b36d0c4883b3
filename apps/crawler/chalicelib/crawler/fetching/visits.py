"""Requests for one page, and redirects that lead back to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.crawler.core import limits
from chalicelib.crawler.extract import documents, sitemaps
from chalicelib.crawler.extract.links import Document
from chalicelib.crawler.fetching.politeness import HostGate, delay_for
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.profiles import DEFAULT, Profile
from chalicelib.crawler.fetching.robots import Robots, Rules
from chalicelib.crawler.frontier import visited
from chalicelib.crawler.frontier.visited import ClaimedPage

from shared.aws.dynamo import Item
from shared.base.process import process
from shared.net.answers import Fetched
from shared.net.cookies import CookieJar
from shared.net.sniffing import HTML
from shared.text import canonical_urls

_HEADERS = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", "accept-language": "*"}


class Disallowed(Exception):
    """robots.txt forbids the page."""


class Postponed(Exception):
    """It is not the host's turn yet, and nothing of the visit was requested.

    Attributes:
        seconds: time to wait.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TooSlow(Exception):
    """The site asks for a longer delay than one visit may take.

    Attributes:
        status: HTTP status code of the last answer.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class RedirectLoop(Exception):
    """The page redirects to itself without an end.

    Attributes:
        status: HTTP status code of the last answer.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Reached:
    """Last answer of a visit.

    Attributes:
        document: the page, if the answer is one.
        target: address of another page that the answer redirects to.
        body_bytes: bytes of all bodies that were read.
        latency_ms: time from the last request to the end of its answer.
        earlier: the page's record in the base run, if there is one.
        unchanged: the server says that the page is as it was then.
    """

    answer: Fetched
    document: Document | None = None
    target: str | None = None
    body_bytes: int = 0
    latency_ms: int = 0
    earlier: Item | None = None
    unchanged: bool = False


class Visits:
    """Makes the requests for a page.

    Args:
        fetch: makes one request.
        robots: rules of sites.
        gate: turns of hosts.
        sleep: waits some seconds.
    """

    def __init__(
        self,
        fetch: Fetch,
        robots: Robots,
        gate: HostGate,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._fetch, self._robots, self._gate, self._sleep = fetch, robots, gate, sleep

    def reach(
        self,
        page: ClaimedPage,
        allow_private: bool,
        spend: Callable[[int], None],
        profile: Profile = DEFAULT,
    ) -> Reached:
        """Request a page, and follow redirects that lead back to it.

        Cookie walls and session ids need that: the answer redirects to the same page, with
        a cookie or by another spelling. All requests of a visit share one deadline and one
        jar, which ends with it.

        Args:
            spend: gets the bytes of each body.
            profile: settings of the page's run.

        Raises:
            Disallowed, Postponed, RedirectLoop, TooSlow. RobotsUnreachable, FetchError: see
            there.
        """
        cookies, url, size = CookieJar(), page.url, 0
        earlier = _earlier(page, profile)
        deadline = process.clock.monotonic() + limits.PAGE_SECONDS
        for hop in range(limits.MAX_HOPS + 1):
            rules = self._robots.rules(url, allow_private, profile.secrets.proxy)
            if not rules.allow(url):
                raise Disallowed
            if not hop:
                self._wait_after_robots(url, rules)
            known = cookies.changes
            started = process.clock.monotonic()
            conditions = _conditions(earlier) if profile.on_condition and not hop else {}
            answer = self._request(
                url, allow_private, cookies, deadline - started, profile, conditions
            )
            latency = round((process.clock.monotonic() - started) * 1000)
            size += len(answer.body)
            spend(len(answer.body))
            if answer.status == 304 and conditions:
                return Reached(answer, None, None, size, latency, earlier, unchanged=True)
            document = documents.of(answer, profile.wanted)
            target = _target(answer, document)
            new_cookies = cookies.changes != known
            if target == url and answer.location is None and (hop or not new_cookies):
                # A page that reloads itself from time to time.
                target = None
            if target is None or not _leads_back(page, target, new_cookies):
                if document and profile.wanted.sitemaps and not page.depth:
                    document = _with_sitemaps(document, rules.sitemaps)
                return Reached(answer, document, target, size, latency, earlier)
            if target == url and not new_cookies:
                break
            url = target
            delay = delay_for(url, rules.delay)
            wait = self._gate.reserve(url, delay, deadline - process.clock.monotonic())
            if wait > deadline - process.clock.monotonic():
                raise TooSlow(answer.status)
            if wait > 0:
                self._sleep(wait)
        raise RedirectLoop(answer.status)

    def _request(
        self,
        url: str,
        allow_private: bool,
        cookies: CookieJar,
        seconds: float,
        profile: Profile,
        conditions: dict[str, str],
    ) -> Fetched:
        wanted, secrets = profile.wanted, profile.secrets
        more = sitemaps.TYPES if wanted.sitemaps or wanted.feeds else ()
        own = {**secrets.headers_for(url), **conditions}
        proxied = {"proxy": secrets.proxy} if secrets.proxy else {}
        return self._fetch(
            url,
            headers={**_HEADERS, **own, "user-agent": limits.user_agent()},
            max_bytes=limits.PAGE_BYTES,
            truncate=True,
            partial_body=True,
            timeout_s=seconds,
            max_redirects=0,
            allow_private=allow_private,
            ports=limits.CRAWL_PORTS,
            accept=(*HTML, *more),
            cookies=cookies,
            **proxied,
        )

    def _wait_after_robots(self, url: str, rules: Rules) -> None:
        """Keep the host's delay after this process's request for robots.txt.

        Raises:
            Postponed: it is longer than the longest sleep.
        """
        if rules.asked_at is None:
            return
        delay = delay_for(url, rules.delay)
        rest = rules.asked_at + delay - process.clock.monotonic()
        if not delay or rest <= 0:
            return
        self._gate.hold(url, rest)
        wait = self._gate.reserve(url, delay, limits.MAX_SLEEP_SECONDS)
        if wait > limits.MAX_SLEEP_SECONDS:
            raise Postponed(wait)
        self._sleep(wait)


def _earlier(page: ClaimedPage, profile: Profile) -> Item | None:
    """Record of the page in the base run, if it was fetched there."""
    if profile.base_run is None:
        return None
    found = visited.known(profile.base_run, [page.digest]).get(page.digest)
    return found if found and found["state"] == visited.FETCHED else None


def _conditions(earlier: Item | None) -> dict[str, str]:
    """Headers that ask for a page only if it has changed.

    A page that added others to the base run, or would have without its limits, is always read:
    its links lead to them.
    """
    if earlier is None or earlier.get("status_code") not in (200, 304):
        return {}
    if any(earlier.get(name) for name in ("new_links", "dropped", *limits.CUTS)):
        return {}
    pairs = (("if-none-match", "etag"), ("if-modified-since", "last_modified"))
    return {header: earlier[name] for header, name in pairs if earlier.get(name)}


def _with_sitemaps(document: Document, sitemaps: tuple[str, ...]) -> Document:
    """Root page with the sitemaps that robots.txt names among its links."""
    known = set(document.links)
    added = [url for url in map(canonical_urls.address, sitemaps) if url and url not in known]
    return replace(document, links=[*added, *document.links])


def _target(answer: Fetched, document: Document | None) -> str | None:
    """Address that an answer redirects to, by its status or by a refresh."""
    if answer.status >= 400:
        return None
    if answer.location is not None:
        return canonical_urls.address(answer.location)
    refresh = answer.refresh or (document.refresh if document else None)
    if refresh is None or not refresh.redirects:
        return None
    return canonical_urls.address(refresh.url)


def _leads_back(page: ClaimedPage, target: str, new_cookies: bool) -> bool:
    """True if a redirect must be followed at once to reach the page.

    That is a redirect to the page itself, and one that brings a cookie back to the page
    that redirected here.
    """
    key = canonical_urls.key(target)
    return key == page.digest or (new_cookies and page.hops > 0 and key == page.parent)
