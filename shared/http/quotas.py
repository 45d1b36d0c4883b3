"""Quotas of bytes per user and day (UTC), shared by all processes.

They use the leases of `rate_limit`, cut for bytes: a process leases a two-hundredth of the
rest at a time, and the first four-hundredth of a quota costs no call. So a picture costs
nothing or one update, and a quota's slack is a four-hundredth per process.
"""

import os
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from shared.base.clock import now_seconds
from shared.base.errors import Problem
from shared.base.process import process
from shared.http import rate_limit
from shared.http.rate_limit import DAY_SECONDS, Window

Quota = Literal["uploads", "crawls", "exports"]
_GB = 1024**3
_SHARE, _UNASKED = 200, 400
_WORDS: dict[Quota, str] = {
    "uploads": "uploads",
    "crawls": "pages fetched by crawls",
    "exports": "downloads of exports",
}


def _bytes(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


@dataclass(frozen=True)
class Quotas:
    """Bytes per user and day, each from ``<NAME>_BYTES_PER_DAY``.

    Attributes:
        uploads: media, posters and profile pictures; per domain that takes them.
        crawls: decoded bodies of pages, of all runs of a user.
        exports: archives for which a link was given out.
    """

    uploads: int = field(default_factory=partial(_bytes, "UPLOAD_BYTES_PER_DAY", 4 * _GB))
    crawls: int = field(default_factory=partial(_bytes, "CRAWL_BYTES_PER_DAY", 8 * _GB))
    exports: int = field(default_factory=partial(_bytes, "EXPORT_BYTES_PER_DAY", 8 * _GB))


def charge(
    domain: str,
    user_id: str,
    quota: Quota,
    amount: int,
    *,
    precise: bool = False,
    used: bool = False,
) -> None:
    """Count bytes of a user against a quota of the day.

    Args:
        amount: bytes; more than a whole quota counts as all of it.
        precise: ask the table although the amount is small.
        used: the bytes are used already; those that do not fit take what is left.

    Calls: none for small amounts, else at most one update per slice.

    Raises:
        Problem: 429 with the time of the reset.
    """
    limit: int = getattr(process.limits(Quotas), quota)
    day = now_seconds() // DAY_SECONDS
    fresh = Window(limit, _SHARE, _UNASKED)
    key = f"{user_id}#bytes#{quota}#{day}"
    fits, remaining = rate_limit.spend(
        domain, key, fresh, min(amount, limit), DAY_SECONDS, ask=precise
    )
    if not fits and used and remaining > 0:
        rate_limit.spend(domain, key, fresh, remaining, DAY_SECONDS)
    if not fits:
        raise _used_up(quota, limit, remaining, (day + 1) * DAY_SECONDS)


def _used_up(quota: Quota, limit: int, remaining: int, reset: int) -> Problem:
    message = f"{limit} bytes per day is the quota of {_WORDS[quota]}; {remaining} are left."
    return Problem(
        429,
        "about:blank",
        "Too Many Requests",
        message,
        headers={
            "retry-after": str(max(1, reset - now_seconds())),
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(0, remaining)),
            "x-rate-limit-reset": str(reset),
        },
    )
