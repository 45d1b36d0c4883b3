"""Requests for one page, and redirects that lead back to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.crawler.core import limits
from chalicelib.crawler.extract import links
from chalicelib.crawler.extract.links import Document
from chalicelib.crawler.fetching.politeness import HostGate, delay_for
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.robots import Robots
from chalicelib.crawler.frontier.visited import ClaimedPage

from shared.net.answers import Fetched
from shared.net.cookies import CookieJar
from shared.net.sniffing import HTML
from shared.text import canonical_urls

_HEADERS = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", "accept-language": "*"}


class Disallowed(Exception):
    """robots.txt forbids the page."""


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
    """

    answer: Fetched
    document: Document | None = None
    target: str | None = None
    body_bytes: int = 0


class Visits:
    """Makes the requests for a page.

    Args:
        fetch: makes one request.
        robots: rules of sites.
        gate: turns of hosts.
    """

    def __init__(self, fetch: Fetch, robots: Robots, gate: HostGate) -> None:
        self._fetch, self._robots, self._gate = fetch, robots, gate

    def reach(
        self, page: ClaimedPage, allow_private: bool, spend: Callable[[int], None]
    ) -> Reached:
        """Request a page, and follow redirects that lead back to it.

        Cookie walls and session ids need that: the answer redirects to the same page, with
        a cookie or by another spelling. All requests of a visit share one deadline and one
        jar, which ends with it.

        Args:
            spend: gets the bytes of each body.

        Raises:
            Disallowed, RedirectLoop. RobotsUnreachable, FetchError: see there.
        """
        cookies, url, size = CookieJar(), page.url, 0
        deadline = time.monotonic() + limits.PAGE_SECONDS
        for hop in range(limits.MAX_HOPS + 1):
            if not self._robots.rules(url, allow_private).allow(url):
                raise Disallowed
            known = cookies.changes
            answer = self._request(url, allow_private, cookies, deadline - time.monotonic())
            size += len(answer.body)
            spend(len(answer.body))
            document = _document(answer)
            target = _target(answer, document)
            new_cookies = cookies.changes != known
            if target == url and answer.location is None and (hop or not new_cookies):
                # A page that reloads itself from time to time.
                target = None
            if target is None or not _leads_back(page, target, new_cookies):
                return Reached(answer, document, target, size)
            if target == url and not new_cookies:
                break
            url = target
            self._wait(url, allow_private)
        raise RedirectLoop(answer.status)

    def _request(
        self, url: str, allow_private: bool, cookies: CookieJar, seconds: float
    ) -> Fetched:
        return self._fetch(
            url,
            headers={**_HEADERS, "user-agent": limits.user_agent()},
            max_bytes=limits.PAGE_BYTES,
            truncate=True,
            partial_body=True,
            timeout_s=seconds,
            max_redirects=0,
            allow_private=allow_private,
            ports=limits.CRAWL_PORTS,
            accept=HTML,
            cookies=cookies,
        )

    def _wait(self, url: str, allow_private: bool) -> None:
        """Keep the host's delay before another request of the same visit.

        A site that asks for more than the longest sleep gets that much: coming back later
        would begin the visit again.
        """
        rules = self._robots.known(url, allow_private)
        delay = delay_for(url, rules.delay if rules else 0.0)
        patience = limits.MAX_SLEEP_SECONDS
        wait = self._gate.reserve(url, delay, patience)
        if wait > 0:
            time.sleep(min(wait, patience))


def _document(answer: Fetched) -> Document | None:
    if answer.status >= 400 or not answer.body or not answer.content_type.startswith(HTML):
        return None
    header = answer.headers.get("content-type", "")
    return links.parse(answer.body, header, answer.url, answer.headers.get("x-robots-tag", ""))


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
