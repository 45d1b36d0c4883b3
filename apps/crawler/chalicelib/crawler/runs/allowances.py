"""Quotas of crawls per role."""

from dataclasses import dataclass

from chalicelib.crawler.core.limits import MAX_PAGES
from chalicelib.crawler.core.models import BY_OPEN, RUNS
from chalicelib.crawler.runs import reading

from shared.auth.authentication import Principal
from shared.base.errors import Problem, invalid_request


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
    """Check a new run, or one that is to go on, against the quota: one query.

    Two requests at the same moment may exceed it by one.

    Raises:
        Problem: 400 for too many pages, 429 for too many open runs.
    """
    if max_pages > allowance.pages:
        raise invalid_request(f"max_pages: {allowance.pages} at most", max_pages=max_pages)
    found = RUNS.page(
        "#open_of = :owner", {"owner": owner_id}, index=BY_OPEN, limit=allowance.open_runs,
        attributes="#id",
    )  # fmt: skip
    if len(found.items) >= allowance.open_runs:
        raise Problem(
            429, "about:blank", "Too Many Requests",
            f"{allowance.open_runs} of your crawls have not ended, as many as the quota allows.",
            headers={"retry-after": "60"},
        )  # fmt: skip
