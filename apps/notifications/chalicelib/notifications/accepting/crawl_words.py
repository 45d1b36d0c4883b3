"""Outcomes of crawls in words.

`web/src/lib/words.ts` says the same to people in a browser.
"""

import re
from typing import Any

_STATUS = {"finished": "has finished", "stopped": "was stopped", "failed": "has failed"}
_REASONS = {
    "completed": "every page that could be reached was visited",
    "max_pages": "it reached its maximum of pages",
    "max_bytes": "it reached its maximum of bytes",
    "max_seconds": "it reached its maximum of time",
    "max_cost": "it reached its maximum of cost",
    "time_limit": "it ran for a week",
    "byte_quota": "the bytes of the day were used up",
    "stopped_by_user": "as you asked",
    "account_not_active": "the account is not active",
    "incomplete": "some of its pages were lost",
    "nothing could be fetched": "no page could be fetched",
    "robots_disallowed": "the site's robots.txt forbids it",
    "robots_unreachable": "the site's robots.txt cannot be read",
    "not_read": "the address is not a page",
    "refused": "the address may not be fetched",
    "dns": "there is no such site",
    "connect": "the site cannot be reached",
    "timeout": "the site took too long to answer",
    "tls": "the site's certificate is not valid",
}


def title(status: str) -> str:
    """Return the outcome by status: ``has finished``."""
    return _STATUS[status]


def outcome(data: dict[str, Any]) -> str:
    """Return the outcome with its reason, as far as there are words for it.

    Args:
        data: of the event ``crawl.finished``.
    """
    reason = str(data.get("reason") or "")
    if found := re.fullmatch(r"http_(\d{3})", reason):
        words: str | None = f"the site answered with an error ({found[1]})"
    else:
        words = _REASONS.get(reason.partition(":")[0])
    return f"{title(data['status'])}: {words}" if words else title(data["status"])
