"""Reading one page: request, verdict, and the links worth a visit."""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib.crawler.core import limits, names
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.fetching import details, earlier
from chalicelib.crawler.fetching.profiles import profile_of
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable
from chalicelib.crawler.fetching.scope import Scope
from chalicelib.crawler.fetching.visits import Disallowed, Reached, RedirectLoop, TooSlow, Visits
from chalicelib.crawler.frontier.port import Cut, Link
from chalicelib.crawler.frontier.visited import (
    FAILED,
    FETCHED,
    LEAVES_SCOPE,
    SKIPPED,
    ClaimedPage,
    PageResult,
)
from chalicelib.crawler.runs import accounting

from shared.aws.retries import RetryLater
from shared.base.config import settings
from shared.base.errors import Problem
from shared.http import quotas
from shared.net.answers import FetchError
from shared.net.sniffing import HTML

# Kinds of failures that may pass; others would be the same in a minute.
_TRANSIENT = frozenset({"timeout", "connect", "dns", "http"})


class TryAgain(RetryLater):
    """The page could not be read for a reason that may pass.

    Attributes:
        result: result of the page if this was the last try.
        after: seconds that the server asks to wait, if it does.
    """

    def __init__(self, result: PageResult, after: int | None = None) -> None:
        super().__init__(result.error)
        self.result = result
        self.after = after


@dataclass(frozen=True)
class Read:
    """A page that was dealt with.

    Attributes:
        links: pages in scope that it leads to, in its order; a redirect's target first.
        cuts: links that trap rules leave out.
    """

    result: PageResult
    links: tuple[Link, ...] = ()
    cuts: tuple[Cut, ...] = ()


class PageReader:
    """Reads pages of runs.

    Args:
        visits: makes the requests.
    """

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def read(self, run: Run, page: ClaimedPage) -> Read:
        """Request a page, and find its links.

        Raises:
            TryAgain: it may go better later.
            Postponed: its host has to rest first.
        """
        try:
            profile = profile_of(run)
            reached = self._visits.reach(page, private(run), partial(_charge, run), profile)
        except Disallowed:
            return Read(PageResult(SKIPPED, error="robots_disallowed"))
        except RedirectLoop as loop:
            return Read(PageResult(FAILED, loop.status, error="redirect_loop"))
        except TooSlow as slow:
            return Read(PageResult(FAILED, slow.status, error="crawl_delay"))
        except RobotsUnreachable as error:
            raise TryAgain(PageResult(FAILED, error=f"robots_unreachable: {error}")) from error
        except FetchError as error:
            result = PageResult(FAILED, error=error.kind)
            if error.kind in _TRANSIENT:
                raise TryAgain(result) from error
            return Read(result)
        return self._judge(run, page, reached)

    def _judge(self, run: Run, page: ClaimedPage, reached: Reached) -> Read:
        answer, document = reached.answer, reached.document
        status, kind = answer.status, answer.content_type[:100] or None
        profile = profile_of(run)
        more = details.of(reached, profile)
        if reached.unchanged and reached.earlier is not None:
            more |= earlier.contents(profile, reached.earlier)
        if status == 429 or status >= 500:
            failure = PageResult(FAILED, status, error=f"http_{status}", **more)
            raise TryAgain(failure, failure.retry_after)
        title = document.title if document else None
        read = PageResult(
            FETCHED, status, content_type=kind, bytes=reached.body_bytes, **{"title": title, **more}
        )
        if reached.unchanged:
            return Read(read)
        if status >= 400 or (300 <= status < 400 and not (answer.location or answer.body)):
            return Read(replace(read, state=FAILED, error=f"http_{status}"))
        empty = not answer.body and not answer.truncated and (kind is None or kind in HTML)
        if not (document or reached.target or answer.location or empty):
            return Read(replace(read, state=SKIPPED, error=f"not_read: {kind}"))
        return self._followed(run, page, reached, read)

    def _followed(self, run: Run, page: ClaimedPage, reached: Reached, result: PageResult) -> Read:
        """Result of a page with its links, or of a redirect.

        A redirect is a page whose one link is its target (besides those of a page that
        refreshes itself). So the target passes the same checks as any other page (scope,
        robots, politeness, address policy) and is fetched once, however many redirects lead
        to it.
        """
        scope = Scope.of(run, page.url)
        error = "truncated" if reached.answer.broken else None
        found: list[Link] = []
        cuts: list[Cut] = []
        if reached.target is not None and page.hops >= limits.MAX_HOPS:
            return Read(replace(result, state=FAILED, error="too_many_redirects"))
        if reached.target is not None and scope.follows(reached.target, page.depth):
            found.append(Link(reached.target, page.depth, page.hops + 1))
        elif reached.target or reached.answer.location:
            error = LEAVES_SCOPE
        depth = page.depth + 1
        for url in reached.document.links if reached.document else ():
            rule = scope.rule(url, depth)
            if rule is None:
                found.append(Link(url, depth))
            elif rule in limits.TRAP_RULES:
                cuts.append(Cut(url, rule))
        return Read(replace(result, error=error), tuple(found), tuple(cuts))


def known_delay(robots: Robots, run: Run, url: str) -> float:
    """Return the seconds that a page's site asks for, if they are known."""
    rules = robots.known(url, private(run), profile_of(run).secrets.proxy)
    return rules.delay if rules else 0.0


def private(run: Run) -> bool:
    """True if both the run and the stack allow private networks."""
    return bool(run.allow_private) and settings().private_fetch


def _charge(run: Run, size: int) -> None:
    """Count a page's bytes; beyond the owner's quota the run ends.

    Pages in flight still arrive, as of a run that its owner stops.
    """
    try:
        if size:
            quotas.charge(names.DOMAIN, run.owner_id, "crawls", size, used=True)
    except Problem:
        accounting.stop(run.id, "byte_quota")
