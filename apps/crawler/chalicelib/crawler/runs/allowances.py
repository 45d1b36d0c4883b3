"""Quotas of crawls per role."""

from dataclasses import dataclass

from chalicelib.crawler.core.limits import MAX_PAGES
from chalicelib.crawler.core.models import BY_OWNER, RUNS
from chalicelib.crawler.core.states import OPEN
from chalicelib.crawler.runs import reading

from shared.auth.authentication import Principal
from shared.base.errors import Problem, invalid_request

# An owner's newest runs, among which open ones are counted.
_NEWEST = 100


@dataclass(frozen=True)
class Allowance:
    """Quotas of one account.

    Attributes:
        open_runs: running and paused runs at a time.
        pages: of one run.
        schedules: at a time.
    """

    open_runs: int
    pages: int
    schedules: int


USER = Allowance(open_runs=20, pages=min(100_000, MAX_PAGES), schedules=20)
STAFF = Allowance(open_runs=100, pages=MAX_PAGES, schedules=100)


def of(principal: Principal | None) -> Allowance:
    """Return what the caller may have, by role."""
    staff = principal is not None and principal.may(reading.MANAGE_PERMISSION)
    return STAFF if staff else USER


def check(owner_id: str, max_pages: int, allowance: Allowance) -> None:
    """Check a new run against the quota: one query.

    Two requests at the same moment may exceed it by one.

    Raises:
        Problem: 400 for too many pages, 429 for too many open runs.
    """
    if max_pages > allowance.pages:
        raise invalid_request(f"max_pages: {allowance.pages} at most", max_pages=max_pages)
    newest = RUNS.page(
        "#owner_id = :owner", {"owner": owner_id}, index=BY_OWNER, descending=True,
        limit=_NEWEST, attributes="#status",
    )  # fmt: skip
    running = sum(item["status"] in OPEN for item in newest.items)
    if running >= allowance.open_runs:
        raise Problem(
            429, "about:blank", "Too Many Requests",
            f"{running} of your crawls have not ended; the quota is {allowance.open_runs}.",
            headers={"retry-after": "60"},
        )  # fmt: skip
